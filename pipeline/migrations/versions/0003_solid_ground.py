"""Sites, correspondents, scopes, delegations, restricted documents, who saw what, backups, practice keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.String(length=10)
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    {"work": _work, "vault": _vault}[op.get_context().opts["part"]]()


def _work() -> None:
    _people()
    _rights()
    _documents()
    _traces()


def _vault() -> None:
    op.create_table(
        "practice_key",
        sa.Column("public", sa.String(length=62), nullable=False, comment="The public half, as age writes it."),
        sa.Column("since", Moment, nullable=False),
        sa.Column("retired", Moment, nullable=True),
        sa.Column("sheets_at", Moment, nullable=True, comment="When its recovery sheets were last made."),
        sa.PrimaryKeyConstraint("public", name="pk_practice_key"),
    )


def _people() -> None:
    op.add_column("doctor", sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "site",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("name", name="uq_site_name"),
        comment="A place where doctors of the practice work.",
    )
    op.create_table(
        "doctor_site",
        sa.Column("doctor", Id, nullable=False),
        sa.Column("site", Id, nullable=False),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_doctor_site_doctor_doctor"),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name="fk_doctor_site_site_site"),
        sa.PrimaryKeyConstraint("doctor", "site", name="pk_doctor_site"),
    )
    op.create_table(
        "correspondent",
        sa.Column("id", Id, nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), server_default="", nullable=False),
        sa.Column("search_key", sa.String(), nullable=False, comment="The names, plain: what a search reads."),
        sa.Column("specialty", sa.String(), server_default="", nullable=False),
        sa.Column("rpps", sa.String(length=11), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.String(), server_default="", nullable=False),
        sa.Column("email", sa.String(), server_default="", nullable=False),
        sa.Column("secure_email", sa.String(), server_default="", nullable=False, comment="MSSanté address."),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_correspondent"),
        comment="A doctor elsewhere, or anyone letters are sent to.",
    )
    op.create_index("ix_correspondent_search_key", "correspondent", ["search_key"], unique=False)


def _rights() -> None:
    everyone: sa.Column[bool] = sa.Column(
        "everyone", sa.Boolean(), server_default=sa.true(), nullable=False,
        comment="Works for every doctor; otherwise for those of user_scope only.",
    )  # fmt: skip
    op.add_column("user_account", everyone)
    op.create_table(
        "user_scope",
        sa.Column("id", Id, nullable=False),
        sa.Column("user", Id, nullable=False),
        sa.Column("doctor", Id, nullable=True),
        sa.Column("site", Id, nullable=True),
        sa.CheckConstraint("(doctor IS NULL) <> (site IS NULL)", name="ck_user_scope_one"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_user_scope_user_user_account"),
        sa.ForeignKeyConstraint(["doctor"], ["doctor.id"], name="fk_user_scope_doctor_doctor"),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name="fk_user_scope_site_site"),
        sa.PrimaryKeyConstraint("id", name="pk_user_scope"),
        sa.UniqueConstraint("user", "doctor", "site", name="uq_user_scope_user_doctor_site"),
        comment="Whom a secretary works for: a doctor, or all the doctors of a site.",
    )
    op.create_index("ix_user_scope_user", "user_scope", ["user"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", Id, nullable=False),
        sa.Column("deputy", Id, nullable=False),
        sa.Column("principal", Id, nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False, comment="Last day, included, in the practice's time zone."),
        sa.Column("signs", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("by", sa.String(), nullable=False, comment="The account that made it."),
        sa.Column("ended", Moment, nullable=True),
        sa.CheckConstraint("deputy <> principal", name="ck_delegation_two"),
        sa.ForeignKeyConstraint(["deputy"], ["doctor.id"], name="fk_delegation_deputy_doctor"),
        sa.ForeignKeyConstraint(["principal"], ["doctor.id"], name="fk_delegation_principal_doctor"),
        sa.PrimaryKeyConstraint("id", name="pk_delegation"),
        comment="A locum or an intern works for a doctor, and may sign for them, until a day.",
    )
    op.create_index("ix_delegation_deputy", "delegation", ["deputy"], unique=False)
    op.create_index("ix_delegation_principal", "delegation", ["principal"], unique=False)


def _documents() -> None:
    with op.batch_alter_table("document") as document:
        document.add_column(
            sa.Column(
                "signatory", Id, nullable=True, comment="Who signs: the doctor, or a deputy for whom it was prepared."
            )
        )
        document.add_column(sa.Column("restricted", sa.Boolean(), server_default=sa.false(), nullable=False))
        document.create_foreign_key("fk_document_signatory_doctor", "doctor", ["signatory"], ["id"])
    op.execute("UPDATE document SET signatory = doctor WHERE signed IS NOT NULL")
    op.create_table(
        "document_reader",
        sa.Column("document", Id, nullable=False),
        sa.Column("user", Id, nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name="fk_document_reader_document_document"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_document_reader_user_user_account"),
        sa.PrimaryKeyConstraint("document", "user", name="pk_document_reader"),
        comment="Who may read a restricted document, besides its doctor.",
    )


def _traces() -> None:
    op.create_table(
        "glass",
        sa.Column("id", Id, nullable=False),
        sa.Column("user", Id, nullable=False),
        sa.Column("patient", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_glass_user_user_account"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_glass_patient_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_glass"),
        comment="Someone opened, for some hours and for a reason, what they had no right to see of a patient.",
    )
    op.create_index("ix_glass_user", "glass", ["user"], unique=False)
    op.create_index("ix_glass_patient", "glass", ["patient"], unique=False)
    op.create_table(
        "access_log",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", Id, nullable=False),
        sa.Column("patient", Id, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_access_log"),
        comment="Who saw what: ids only. Kept for the time that the settings say, unlike the archive's journal.",
    )
    for column in ("actor", "at", "patient", "subject"):
        op.create_index(f"ix_access_log_{column}", "access_log", [column], unique=False)
    op.create_table(
        "backup",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="Bytes of what this backup added."),
        sa.Column("verified", Moment, nullable=True, comment="When it was proven by restoring it."),
        sa.PrimaryKeyConstraint("id", name="pk_backup"),
        comment="The backups that were made, so that a practice is told when the last one is old.",
    )
