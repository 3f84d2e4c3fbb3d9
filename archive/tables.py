"""The archive's tables: `metadata` in the practice's database, `vault_metadata` in the separate database of keys.

Imported inside functions only, because it loads SQLAlchemy. Every constraint is named, so that a migration can
change it on SQLite as on PostgreSQL. Rows of `record` and `journal` are only ever inserted. Knows no rule.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)
vault_metadata = sa.MetaData(naming_convention=NAMES)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment, always aware and in UTC, on SQLite (which forgets time zones) as on PostgreSQL."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: "Dialect") -> datetime | None:
        """Refuse a moment without a time zone; store the others in UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: "Dialect") -> datetime | None:
        """Give the moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = sa.String(10)
Address = sa.String(64)

patient = sa.Table(
    "patient",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Date, index=True),
    sa.Column("sex", sa.String(1)),
    sa.Column("family_key", sa.Text, nullable=False),
    sa.Column("given_key", sa.Text, nullable=False),
    sa.Column("merged_into", Id, sa.ForeignKey("patient.id")),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("sex IN ('F', 'M')", name="sex"),
    sa.Index(None, "family_key", "given_key"),
)

patient_word = sa.Table(
    "patient_word",
    metadata,
    sa.Column("patient_id", Id, sa.ForeignKey("patient.id"), primary_key=True),
    sa.Column("word", sa.String(100), primary_key=True, index=True),
    sa.Column("sound", sa.String(100), nullable=False, index=True),
    comment="The words of each patient's names, plain and by ear: what a search looks up.",
)

patient_event = sa.Table(
    "patient_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("patient_id", Id, sa.ForeignKey("patient.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("end", sa.Date, comment="Of a suspension; none while it is open."),
    sa.Column("source", sa.String(100), nullable=False, comment="Where this is known from: record:ID, user:ID…"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("kind IN ('visit', 'death', 'transfusion', 'suspension')", name="kind"),
    sa.UniqueConstraint("patient_id", "kind", "date", "source"),
)

object_ = sa.Table(
    "object",
    metadata,
    sa.Column("address", Address, primary_key=True, comment="SHA-256 of the stored, encrypted bytes."),
    sa.Column("plain_sha256", Address, nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False, comment="Bytes, before encryption."),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

record = sa.Table(
    "record",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("patient_id", Id, sa.ForeignKey("patient.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False, index=True),
    sa.Column("filed_at", UtcDateTime, nullable=False),
    sa.Column("pdf_address", Address, sa.ForeignKey("object.address"), nullable=False, index=True),
    sa.Column("master_address", Address, sa.ForeignKey("object.address")),
    sa.Column("sound_address", Address, sa.ForeignKey("object.address")),
    sa.Column("text_address", Address, sa.ForeignKey("object.address")),
    sa.Column("schedule", sa.String(40), nullable=False),
    sa.Column("schedule_version", sa.Integer, nullable=False),
    sa.Column("replaces", Id, sa.ForeignKey("record.id"), unique=True),
)

hold = sa.Table(
    "hold",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("record_id", Id, sa.ForeignKey("record.id"), index=True),
    sa.Column("patient_id", Id, sa.ForeignKey("patient.id"), index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("released_at", UtcDateTime),
    sa.Column("released_by", sa.String(100)),
    sa.CheckConstraint("(record_id IS NULL) <> (patient_id IS NULL)", name="one_subject"),
    sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="release"),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False, comment="ISO 8601, UTC: hashed as it is written."),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(100), nullable=False, index=True),
    sa.Column("details", sa.Text, nullable=False, comment="Canonical JSON: ids and hashes, never a name."),
    sa.Column("previous", Address, nullable=False, unique=True),
    sa.Column("hash", Address, nullable=False),
)

object_key = sa.Table(
    "object_key",
    vault_metadata,
    sa.Column("address", Address, primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False, comment="The object's age key, encrypted to the practice key."),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

practice_key = sa.Table(
    "practice_key",
    vault_metadata,
    sa.Column("public", sa.String(62), primary_key=True, comment="The public half, as age writes it."),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("retired", UtcDateTime),
    sa.Column("sheets_at", UtcDateTime, comment="When its recovery sheets were last made."),
)
