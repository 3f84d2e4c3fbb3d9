"""The tables of work in progress: dictations, documents, people, and who looked at what.

Ids, states and addresses of encrypted objects only: what was said is never in these tables, except who the patient
is (in the archive's own tables) and the file name a doctor gave. Knows no query: those are in store.py, and with the
people they are about.
"""

from typing import Any

import sqlalchemy as sa

from archive.tables import NAMES, UtcDateTime, patient

metadata = sa.MetaData(naming_convention=NAMES)


def _id(**kwargs: Any) -> sa.Column[str]:
    return sa.Column("id", sa.String(10), primary_key=True, **kwargs)


doctor = sa.Table(
    "doctor",
    metadata,
    # The key is an encrypted object besides being closed by the doctor's code: a short code alone would not keep it.
    _id(),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False, server_default="Dr"),
    sa.Column("specialty", sa.String, nullable=False, server_default=""),
    sa.Column("rpps", sa.String(11), nullable=False, server_default=""),
    sa.Column("folder", sa.String, unique=True),
    sa.Column("certificate", sa.Text, nullable=False, server_default=""),
    sa.Column("signing_key", sa.String(64), nullable=False, server_default=""),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("delay_hours", sa.Float, comment="Within how long they want their letters typed; null: the kind's."),
)

dictaphone = sa.Table(
    "dictaphone",
    metadata,
    _id(),
    sa.Column("doctor", sa.ForeignKey("doctor.id"), nullable=False, index=True),
    sa.Column(
        "author", sa.String, nullable=False, server_default="", comment="What it signs its recordings with, folded."
    ),
    sa.Column("password", sa.String(64), nullable=False, server_default="", comment="An encrypted object, or empty."),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    comment="A machine a doctor dictates into: the author it writes in its files, the password that opens them.",
)

site = sa.Table(
    "site",
    metadata,
    _id(),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("phone", sa.String, nullable=False, server_default=""),
    comment="A place where doctors of the practice work.",
)

doctor_site = sa.Table(
    "doctor_site",
    metadata,
    sa.Column("doctor", sa.ForeignKey("doctor.id"), primary_key=True),
    sa.Column("site", sa.ForeignKey("site.id"), primary_key=True),
)

correspondent = sa.Table(
    "correspondent",
    metadata,
    _id(),
    sa.Column("title", sa.String, nullable=False, server_default=""),
    sa.Column("family_name", sa.String, nullable=False),
    sa.Column("given_name", sa.String, nullable=False, server_default=""),
    sa.Column("search_key", sa.String, nullable=False, index=True, comment="The names, plain: what a search reads."),
    sa.Column("specialty", sa.String, nullable=False, server_default=""),
    sa.Column("rpps", sa.String(11), nullable=False, server_default=""),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("phone", sa.String, nullable=False, server_default=""),
    sa.Column("email", sa.String, nullable=False, server_default=""),
    sa.Column("secure_email", sa.String, nullable=False, server_default="", comment="MSSanté address."),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    comment="A doctor elsewhere, or anyone letters are sent to.",
)

authority = sa.Table(
    "authority",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("certificate", sa.Text, nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    comment="The one certificate that vouches for the doctors' keys; its own key is an encrypted object.",
)

user = sa.Table(
    "user_account",
    metadata,
    _id(),
    sa.Column("login", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("password_hash", sa.String, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", UtcDateTime),
    sa.Column(
        "everyone",
        sa.Boolean,
        nullable=False,
        server_default=sa.true(),
        comment="Works for every doctor; otherwise for those of user_scope only.",
    ),
)

user_scope = sa.Table(
    "user_scope",
    metadata,
    _id(),
    sa.Column("user", sa.ForeignKey("user_account.id"), nullable=False, index=True),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("site", sa.ForeignKey("site.id")),
    sa.CheckConstraint("(doctor IS NULL) <> (site IS NULL)", name="one"),
    sa.UniqueConstraint("user", "doctor", "site"),
    comment="Whom a secretary works for: a doctor, or all the doctors of a site.",
)

delegation = sa.Table(
    "delegation",
    metadata,
    _id(),
    sa.Column("deputy", sa.ForeignKey("doctor.id"), nullable=False, index=True),
    sa.Column("principal", sa.ForeignKey("doctor.id"), nullable=False, index=True),
    sa.Column("begins", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False, comment="Last day, included, in the practice's time zone."),
    sa.Column("signs", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("by", sa.String, nullable=False, comment="The account that made it."),
    sa.Column("ended", UtcDateTime),
    sa.CheckConstraint("deputy <> principal", name="two"),
    comment="A locum or an intern works for a doctor, and may sign for them, until a day.",
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user", sa.ForeignKey("user_account.id"), nullable=False),
    sa.Column("expires", UtcDateTime, nullable=False),
)

dictation = sa.Table(
    "dictation",
    metadata,
    _id(),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("audio", sa.String(64), nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("kind", sa.String),
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seconds", sa.Float),
    sa.Column("received", UtcDateTime, nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("reason", sa.String, nullable=False, server_default=""),
    sa.Column("transcript", sa.String(64)),
    sa.Column("playable", sa.String(64)),
    sa.Column("peaks", sa.Text, nullable=False, server_default="[]"),
    sa.Column("work_seconds", sa.Float),
    sa.Column("size", sa.BigInteger, comment="Bytes of the recording as it was dropped."),
    sa.Column("source", sa.String(20), nullable=False, server_default="", comment="Where its file lay, as a hash."),
    sa.Column("recorded", UtcDateTime, comment="When it was dictated, by the dictaphone's clock."),
    sa.Column("author", sa.String, nullable=False, server_default="", comment="As the dictaphone wrote it."),
    sa.Column("job", sa.Integer, comment="The number the dictaphone gave it."),
    sa.Column("comment", sa.String, nullable=False, server_default="", comment="As the dictaphone wrote it."),
    sa.Column("delay_hours", sa.Float, comment="Promised by a rule of intake or by the doctor; null: the kind's."),
    sa.Column("password", sa.String(64), comment="The object that holds what opens the recording."),
    sa.Column("remarks", sa.Text, nullable=False, server_default="[]", comment="Codes of remarks.py, as JSON."),
)

duplicate = sa.Table(
    "duplicate",
    metadata,
    _id(),
    sa.Column("dictation", sa.ForeignKey("dictation.id"), nullable=False, index=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id"), comment="For whom it was dropped this time."),
    sa.Column("seen", UtcDateTime, comment="When a person said that they knew."),
    sa.UniqueConstraint("dictation", "source"),
    comment="A recording dropped again, elsewhere or under another name: not taken twice, people are told.",
)

watched = sa.Table(
    "watched",
    metadata,
    _id(),
    sa.Column("machine", sa.String, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("mode", sa.String, nullable=False, comment="native or polling"),
    sa.Column("looked", UtcDateTime, nullable=False),
    sa.Column("waiting", sa.Integer, nullable=False, server_default="0", comment="Files there, not taken yet."),
    sa.Column("problem", sa.String, nullable=False, server_default="", comment="A code, when it cannot be watched."),
    sa.Column("since", UtcDateTime, comment="Since when there is a problem."),
    sa.UniqueConstraint("machine", "path"),
    comment="The folders that are watched, as the machine that watches each last saw it.",
)

pool = sa.Table(
    "pool",
    metadata,
    _id(),
    sa.Column("name", sa.String, nullable=False, unique=True),
    comment="Secretaries who type together for the same doctors.",
)

pool_doctor = sa.Table(
    "pool_doctor",
    metadata,
    sa.Column("pool", sa.ForeignKey("pool.id"), primary_key=True),
    sa.Column("doctor", sa.ForeignKey("doctor.id"), primary_key=True),
)

pool_member = sa.Table(
    "pool_member",
    metadata,
    sa.Column("pool", sa.ForeignKey("pool.id"), primary_key=True),
    sa.Column("user", sa.ForeignKey("user_account.id"), primary_key=True),
)

absence = sa.Table(
    "absence",
    metadata,
    _id(),
    sa.Column("user", sa.ForeignKey("user_account.id"), nullable=False, index=True),
    sa.Column("cover", sa.ForeignKey("user_account.id"), index=True, comment="Who types instead; null: the pools."),
    sa.Column("begins", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False, comment="Last day, included, in the practice's time zone."),
    sa.Column("by", sa.String, nullable=False, comment="The account that wrote it."),
    sa.Column("ended", UtcDateTime),
    sa.CheckConstraint('cover IS NULL OR cover <> "user"', name="two"),
    comment="A secretary is away until a day, and who covers for them.",
)

document = sa.Table(
    "document",
    metadata,
    _id(),
    sa.Column("dictation", sa.ForeignKey("dictation.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("reason", sa.String, nullable=False, server_default=""),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("patient", sa.ForeignKey(patient.c.id)),
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("to_check", sa.Integer, nullable=False, server_default="0"),
    sa.Column("held_by", sa.ForeignKey("user_account.id")),
    sa.Column("held_until", UtcDateTime),
    sa.Column("review", sa.String(64), nullable=False),
    sa.Column("docx", sa.String(64)),
    sa.Column("pdf", sa.String(64)),
    sa.Column("signed", sa.String(64)),
    sa.Column("signed_at", UtcDateTime),
    sa.Column("written", sa.Date, nullable=False),
    sa.Column(
        "signatory", sa.ForeignKey("doctor.id"), comment="Who signs: the doctor, or a deputy for whom it was prepared."
    ),
    sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("dictation", "position"),
)

recording_part = sa.Table(
    "recording_part",
    metadata,
    sa.Column("dictation", sa.ForeignKey("dictation.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("part", sa.ForeignKey("dictation.id"), nullable=False, index=True),
    sa.Column("start", sa.Float, nullable=False, comment="Second of the joined sound where this part begins."),
    comment="What a dictation joined from several recordings is made of, in order.",
)

appointment = sa.Table(
    "appointment",
    metadata,
    _id(),
    sa.Column("doctor", sa.ForeignKey("doctor.id")),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", UtcDateTime),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text, nullable=False, server_default=""),
    sa.Column("birth_date", sa.Date),
    sa.Column("correspondent", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_appointment_day_doctor", "day", "doctor"),
    comment="Who is expected: from the practice's agenda, to recognise who is spoken of. Never filed.",
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.String(10), nullable=False, index=True),
    sa.Column("detail", sa.String, nullable=False, server_default=""),
)

document_reader = sa.Table(
    "document_reader",
    metadata,
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("user", sa.ForeignKey("user_account.id"), primary_key=True),
    comment="Who may read a restricted document, besides its doctor.",
)

glass = sa.Table(
    "glass",
    metadata,
    _id(),
    sa.Column("user", sa.ForeignKey("user_account.id"), nullable=False, index=True),
    sa.Column("patient", sa.ForeignKey(patient.c.id), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    comment="Someone opened, for some hours and for a reason, what they had no right to see of a patient.",
)

access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("actor", sa.String, nullable=False, index=True),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.String(10), nullable=False, index=True),
    sa.Column("patient", sa.String(10), index=True),
    comment="Who saw what: ids only. Kept for the time that the settings say, unlike the archive's journal.",
)

backup = sa.Table(
    "backup",
    metadata,
    _id(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("place", sa.String, nullable=False),
    sa.Column("objects", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False, comment="Bytes of what this backup added."),
    sa.Column("verified", UtcDateTime, comment="When it was proven by restoring it."),
    comment="The backups that were made, so that a practice is told when the last one is old.",
)
