"""The first tables: work in progress and archive in one database, keys of objects in the other."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    {"work": _work, "vault": _vault}[op.get_context().opts["part"]]()


def _work() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False, comment="ISO 8601, UTC: hashed as it is written."),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("details", sa.Text(), nullable=False, comment="Canonical JSON: ids and hashes, never a name."),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
        sa.UniqueConstraint("previous", name="uq_journal_previous"),
    )
    op.create_index("ix_journal_subject", "journal", ["subject"], unique=False)
    op.create_table(
        "object",
        sa.Column("address", sa.String(length=64), nullable=False, comment="SHA-256 of the stored, encrypted bytes."),
        sa.Column("plain_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="Bytes, before encryption."),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_object"),
    )
    op.create_index("ix_object_plain_sha256", "object", ["plain_sha256"], unique=False)
    op.create_table(
        "patient",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("family_key", sa.Text(), nullable=False),
        sa.Column("given_key", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN ('F', 'M')", name="ck_patient_sex"),
        sa.ForeignKeyConstraint(["merged_into"], ["patient.id"], name="fk_patient_merged_into_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
    )
    op.create_index("ix_patient_birth_date", "patient", ["birth_date"], unique=False)
    op.create_index("ix_patient_family_key_given_key", "patient", ["family_key", "given_key"], unique=False)
    op.create_table(
        "patient_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True, comment="Of a suspension; none while it is open."),
        sa.Column(
            "source", sa.String(length=100), nullable=False, comment="Where this is known from: record:ID, user:ID…"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('visit', 'death', 'transfusion', 'suspension')", name="ck_patient_event_kind"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_patient_event_patient_id_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_patient_event"),
        sa.UniqueConstraint(
            "patient_id", "kind", "date", "source", name="uq_patient_event_patient_id_kind_date_source"
        ),
    )
    op.create_index("ix_patient_event_patient_id", "patient_event", ["patient_id"], unique=False)
    op.create_table(
        "patient_word",
        sa.Column("patient_id", sa.String(length=10), nullable=False),
        sa.Column("word", sa.String(length=100), nullable=False),
        sa.Column("sound", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_patient_word_patient_id_patient"),
        sa.PrimaryKeyConstraint("patient_id", "word", name="pk_patient_word"),
        comment="The words of each patient's names, plain and by ear: what a search looks up.",
    )
    op.create_index("ix_patient_word_sound", "patient_word", ["sound"], unique=False)
    op.create_index("ix_patient_word_word", "patient_word", ["word"], unique=False)
    op.create_table(
        "record",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("patient_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_address", sa.String(length=64), nullable=False),
        sa.Column("master_address", sa.String(length=64), nullable=True),
        sa.Column("sound_address", sa.String(length=64), nullable=True),
        sa.Column("text_address", sa.String(length=64), nullable=True),
        sa.Column("schedule", sa.String(length=40), nullable=False),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["master_address"], ["object.address"], name="fk_record_master_address_object"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_record_patient_id_patient"),
        sa.ForeignKeyConstraint(["pdf_address"], ["object.address"], name="fk_record_pdf_address_object"),
        sa.ForeignKeyConstraint(["replaces"], ["record.id"], name="fk_record_replaces_record"),
        sa.ForeignKeyConstraint(["sound_address"], ["object.address"], name="fk_record_sound_address_object"),
        sa.ForeignKeyConstraint(["text_address"], ["object.address"], name="fk_record_text_address_object"),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("replaces", name="uq_record_replaces"),
    )
    op.create_index("ix_record_date", "record", ["date"], unique=False)
    op.create_index("ix_record_patient_id", "record", ["patient_id"], unique=False)
    op.create_index("ix_record_pdf_address", "record", ["pdf_address"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("record_id", sa.String(length=10), nullable=True),
        sa.Column("patient_id", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(length=100), nullable=True),
        sa.CheckConstraint("(record_id IS NULL) <> (patient_id IS NULL)", name="ck_hold_one_subject"),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="ck_hold_release"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_hold_patient_id_patient"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_hold_record_id_record"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_patient_id", "hold", ["patient_id"], unique=False)
    op.create_index("ix_hold_record_id", "hold", ["record_id"], unique=False)
    op.create_table(
        "authority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_authority"),
        comment="The one certificate that vouches for the doctors' keys; its own key is an encrypted object.",
    )
    op.create_table(
        "doctor",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), server_default="Dr", nullable=False),
        sa.Column("specialty", sa.String(), server_default="", nullable=False),
        sa.Column("rpps", sa.String(length=11), server_default="", nullable=False),
        sa.Column("folder", sa.String(), nullable=True),
        sa.Column("certificate", sa.Text(), server_default="", nullable=False),
        sa.Column("signing_key", sa.String(length=64), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_doctor"),
        sa.UniqueConstraint("folder", name="uq_doctor_folder"),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_event"),
    )
    op.create_index("ix_event_subject", "event", ["subject"], unique=False)
    op.create_table(
        "dictation",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("audio", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("doctor", sa.String(length=10), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("transcript", sa.String(length=64), nullable=True),
        sa.Column("playable", sa.String(length=64), nullable=True),
        sa.Column("peaks", sa.Text(), server_default="[]", nullable=False),
        sa.Column("work_seconds", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_dictation_doctor_doctor"),
        sa.PrimaryKeyConstraint("id", name="pk_dictation"),
        sa.UniqueConstraint("sha256", name="uq_dictation_sha256"),
    )
    op.create_index("ix_dictation_state", "dictation", ["state"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("doctor", sa.String(length=10), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_user_account_doctor_doctor"),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("login", name="uq_user_account_login"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("dictation", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("doctor", sa.String(length=10), nullable=True),
        sa.Column("patient", sa.String(length=10), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_check", sa.Integer(), server_default="0", nullable=False),
        sa.Column("held_by", sa.String(length=10), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review", sa.String(length=64), nullable=False),
        sa.Column("docx", sa.String(length=64), nullable=True),
        sa.Column("pdf", sa.String(length=64), nullable=True),
        sa.Column("signed", sa.String(length=64), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["dictation"], ["dictation.id"], name="fk_document_dictation_dictation"),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_document_doctor_doctor"),
        sa.ForeignKeyConstraint(["held_by"], ["user_account.id"], name="fk_document_held_by_user_account"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_document_patient_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("dictation", "position", name="uq_document_dictation_position"),
    )
    op.create_index("ix_document_dictation", "document", ["dictation"], unique=False)
    op.create_index("ix_document_state", "document", ["state"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=10), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_session_user_user_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_session"),
    )


def _vault() -> None:
    op.create_table(
        "object_key",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column(
            "secret", sa.LargeBinary(), nullable=False, comment="The object's age key, encrypted to the practice key."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_object_key"),
    )
