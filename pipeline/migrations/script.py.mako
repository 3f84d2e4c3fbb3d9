"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {"work": _work, "vault": _vault}[op.get_context().opts["part"]]()


def _work() -> None:
    ${upgrades if upgrades else "pass"}


def _vault() -> None:
    pass
