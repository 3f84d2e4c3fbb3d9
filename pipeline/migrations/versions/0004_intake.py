"""Intake: dictaphones, what their headers say, files dropped again, watched folders, pools and absences."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.String(length=10)
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    {"work": _work, "vault": _vault}[op.get_context().opts["part"]]()


def _work() -> None:
    _dictations()
    _dictaphones()
    _arrivals()
    _teams()


def _vault() -> None:
    """Nothing of intake is in the vault."""


def _dictations() -> None:
    columns: tuple[sa.Column[object], ...] = (
        sa.Column("size", sa.BigInteger(), nullable=True, comment="Bytes of the recording as it was dropped."),
        sa.Column(
            "source", sa.String(length=20), server_default="", nullable=False, comment="Where its file lay, as a hash."
        ),
        sa.Column("recorded", Moment, nullable=True, comment="When it was dictated, by the dictaphone's clock."),
        sa.Column("author", sa.String(), server_default="", nullable=False, comment="As the dictaphone wrote it."),
        sa.Column("job", sa.Integer(), nullable=True, comment="The number the dictaphone gave it."),
        sa.Column("comment", sa.String(), server_default="", nullable=False, comment="As the dictaphone wrote it."),
        sa.Column(
            "delay_hours", sa.Float(), nullable=True,
            comment="Promised by a rule of intake or by the doctor; null: the kind's.",
        ),
        sa.Column(
            "password", sa.String(length=64), nullable=True, comment="The object that holds what opens the recording."
        ),
        sa.Column(
            "remarks", sa.Text(), server_default="[]", nullable=False, comment="Codes of remarks.py, as JSON."
        ),
    )  # fmt: skip
    for column in columns:
        op.add_column("dictation", column)


def _dictaphones() -> None:
    delay: sa.Column[object] = sa.Column(
        "delay_hours", sa.Float(), nullable=True,
        comment="Within how long they want their letters typed; null: the kind's.",
    )  # fmt: skip
    op.add_column("doctor", delay)
    op.create_table(
        "dictaphone",
        sa.Column("id", Id, nullable=False),
        sa.Column("doctor", Id, nullable=False),
        sa.Column(
            "author", sa.String(), server_default="", nullable=False,
            comment="What it signs its recordings with, folded.",
        ),
        sa.Column(
            "password", sa.String(length=64), server_default="", nullable=False,
            comment="An encrypted object, or empty.",
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_dictaphone_doctor_doctor"),
        sa.PrimaryKeyConstraint("id", name="pk_dictaphone"),
        comment="A machine a doctor dictates into: the author it writes in its files, the password that opens them.",
    )  # fmt: skip
    op.create_index("ix_dictaphone_doctor", "dictaphone", ["doctor"], unique=False)


def _arrivals() -> None:
    op.create_table(
        "duplicate",
        sa.Column("id", Id, nullable=False),
        sa.Column("dictation", Id, nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("doctor", Id, nullable=True, comment="For whom it was dropped this time."),
        sa.Column("seen", Moment, nullable=True, comment="When a person said that they knew."),
        sa.ForeignKeyConstraint(["dictation"], ["dictation.id"], name="fk_duplicate_dictation_dictation"),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_duplicate_doctor_doctor"),
        sa.PrimaryKeyConstraint("id", name="pk_duplicate"),
        sa.UniqueConstraint("dictation", "source", name="uq_duplicate_dictation_source"),
        comment="A recording dropped again, elsewhere or under another name: not taken twice, people are told.",
    )
    op.create_index("ix_duplicate_dictation", "duplicate", ["dictation"], unique=False)
    op.create_table(
        "watched",
        sa.Column("id", Id, nullable=False),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False, comment="native or polling"),
        sa.Column("looked", Moment, nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False, comment="Files there, not taken yet."),
        sa.Column(
            "problem", sa.String(), server_default="", nullable=False, comment="A code, when it cannot be watched."
        ),
        sa.Column("since", Moment, nullable=True, comment="Since when there is a problem."),
        sa.PrimaryKeyConstraint("id", name="pk_watched"),
        sa.UniqueConstraint("machine", "path", name="uq_watched_machine_path"),
        comment="The folders that are watched, as the machine that watches each last saw it.",
    )


def _teams() -> None:
    op.create_table(
        "pool",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pool"),
        sa.UniqueConstraint("name", name="uq_pool_name"),
        comment="Secretaries who type together for the same doctors.",
    )
    for other, table in (("doctor", "doctor"), ("user", "user_account")):
        link = "pool_doctor" if other == "doctor" else "pool_member"
        op.create_table(
            link,
            sa.Column("pool", Id, nullable=False),
            sa.Column(other, Id, nullable=False),
            sa.ForeignKeyConstraint(["pool"], ["pool.id"], name=f"fk_{link}_pool_pool"),
            sa.ForeignKeyConstraint([other], [f"{table}.id"], name=f"fk_{link}_{other}_{table}"),
            sa.PrimaryKeyConstraint("pool", other, name=f"pk_{link}"),
        )
    op.create_table(
        "absence",
        sa.Column("id", Id, nullable=False),
        sa.Column("user", Id, nullable=False),
        sa.Column("cover", Id, nullable=True, comment="Who types instead; null: the pools."),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False, comment="Last day, included, in the practice's time zone."),
        sa.Column("by", sa.String(), nullable=False, comment="The account that wrote it."),
        sa.Column("ended", Moment, nullable=True),
        sa.CheckConstraint('cover IS NULL OR cover <> "user"', name="ck_absence_two"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_absence_user_user_account"),
        sa.ForeignKeyConstraint(["cover"], ["user_account.id"], name="fk_absence_cover_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        comment="A secretary is away until a day, and who covers for them.",
    )
    op.create_index("ix_absence_user", "absence", ["user"], unique=False)
    op.create_index("ix_absence_cover", "absence", ["cover"], unique=False)
