"""The day's agenda, and dictations joined from several recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().opts["part"] == "work":
        _work()


def _work() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("doctor", sa.String(length=10), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("correspondent", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_appointment_doctor_doctor"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        comment="Who is expected: from the practice's agenda, to recognise who is spoken of. Never filed.",
    )
    op.create_index("ix_appointment_day_doctor", "appointment", ["day", "doctor"], unique=False)
    op.create_table(
        "recording_part",
        sa.Column("dictation", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("start", sa.Float(), nullable=False, comment="Second of the joined sound where this part begins."),
        sa.ForeignKeyConstraint(["dictation"], ["dictation.id"], name="fk_recording_part_dictation_dictation"),
        sa.ForeignKeyConstraint(["part"], ["dictation.id"], name="fk_recording_part_part_dictation"),
        sa.PrimaryKeyConstraint("dictation", "position", name="pk_recording_part"),
        comment="What a dictation joined from several recordings is made of, in order.",
    )
    op.create_index("ix_recording_part_part", "recording_part", ["part"], unique=False)
