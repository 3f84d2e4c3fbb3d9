"""Who saw what: a line before anything of a patient is shown, and the reading of those lines.

The line is written in a transaction of its own, before the text or the bytes leave the function that reads them; when
it cannot be written, nothing is shown. Ids only: never a name, a title or the words of a search. Kept for the years
that the settings say (CNIL, délibération 2021-122), apart from the archive's journal, which is kept as long as the
archive. Knows nothing of who may see.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from pipeline import store, tables
from pipeline.access import Actor, owns, require
from pipeline.errors import CopisteError
from pipeline.practice import Practice

AGAIN = timedelta(minutes=5)
"""A player asks for a sound in pieces and a list reads itself again: one line says it for five minutes."""
MOST = 500
"""Lines that one reading of the log gives, the latest."""

LABELS = {
    "review.list": "Liste de travail",
    "review.show": "Texte lu",
    "review.listen": "Dictée écoutée",
    "document.read": "PDF lu",
    "archive.find": "Trouvé dans l'archive",
    "archive.show": "Notice de l'archive lue",
    "archive.export": "Extrait de l'archive",
    "patients.find": "Trouvé dans le fichier des patients",
    "agenda.show": "Agenda lu",
    "access.break": "Accès exceptionnel",
    "access.log": "Relevé des consultations lu",
}
"""What the log of consultations says of each action."""


class NotTraced(CopisteError):
    """The line that says who sees this could not be written."""

    code = "E166"
    exit_code = 166
    advice = (
        "Cette consultation n'a pas pu être notée : par sécurité, rien n'est affiché. "
        "Vérifiez qu'il reste de la place sur le disque, puis recommencez."
    )


def saw(practice: Practice, actor: Actor, action: str, *, subject: str = "", patient: str | None = None) -> None:
    """Write that this person is about to see this; NotTraced when it cannot be written, and then show nothing."""
    saw_each(practice, actor, action, [(subject, patient)])


def saw_each(
    practice: Practice, actor: Actor, action: str, seen: Iterable[tuple[str, str | None]]
) -> None:  # fmt: skip
    """`saw` for each (subject, patient) of a list, together: a search that found nobody leaves a line without one."""
    wanted = dict.fromkeys(seen) or {("", None): None}
    with _or_nothing():
        with practice.look() as connection:
            known = _said_already(connection, actor, action)
        rows = [
            {"at": store.now(), "actor": actor.id, "action": action, "subject": subject, "patient": patient}
            for subject, patient in wanted
            if (subject, patient) not in known
        ]
        if rows:
            with practice.begin() as connection:
                connection.execute(tables.access_log.insert(), rows)


@contextmanager
def _or_nothing() -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise NotTraced(type(error).__name__) from None


def _said_already(connection: sa.Connection, actor: Actor, action: str) -> set[tuple[str, str | None]]:
    table = tables.access_log
    query = sa.select(table.c.subject, table.c.patient).where(
        table.c.actor == actor.id, table.c.action == action, table.c.at > store.now() - AGAIN
    )
    return {(row.subject, row.patient) for row in connection.execute(query)}


# --- reading the log --------------------------------------------------------------------------------------------------


def log(
    practice: Practice,
    actor: Actor,
    *,
    document: str = "",
    patient: str = "",
    account: str = "",
    since: datetime | None = None,
) -> list[dict[str, Any]]:
    """The lines, the latest first, in the form of `copiste access log --json`.

    The archivist reads them all; whoever cares for patients reads those about their own documents, and their own.
    """
    require(actor, "access.log")
    table = tables.access_log
    asked = {table.c.subject: document, table.c.patient: patient}
    with practice.look() as connection:
        conditions = [column == value for column, value in asked.items() if value]
        conditions += [_own(actor)] if actor.role != "archivist" else []
        conditions += [table.c.at >= since] if since else []
        conditions += [table.c.actor.in_(_ids(connection, account))] if account else []
        query = (
            sa.select(table, tables.user.c.login, tables.user.c.name)
            .outerjoin(tables.user, tables.user.c.id == table.c.actor)
            .where(*conditions)
            .order_by(table.c.seq.desc())
            .limit(MOST)
        )
        return [_line(row) for row in connection.execute(query).mappings()]


def _own(actor: Actor) -> sa.ColumnElement[bool]:
    """What they looked at themselves; of their documents, who saw them; of their patients, exceptional access."""
    table, document = tables.access_log, tables.document
    looked = table.c.actor == actor.id
    if actor.doctor is None:
        return looked
    theirs = document.c.doctor == actor.doctor
    seen = table.c.subject.in_(sa.select(document.c.id).where(theirs))
    patients = sa.select(document.c.patient).where(theirs, document.c.patient.is_not(None))
    broken = sa.and_(table.c.action == "access.break", table.c.patient.in_(patients))
    return sa.or_(looked, seen, broken)


def _ids(connection: sa.Connection, login: str) -> Sequence[str]:
    """The id of that account; an actor that is no account (the operator) is asked for by its own name."""
    found = connection.scalars(sa.select(tables.user.c.id).where(tables.user.c.login == login.strip().lower())).all()
    return found or [login]


def _line(row: sa.RowMapping) -> dict[str, Any]:
    return {
        "at": row["at"].isoformat(),
        "account": row["login"] or row["actor"],
        "name": row["name"] or "",
        "action": row["action"],
        "subject": row["subject"],
        "patient": row["patient"] or "",
    }


def readers_of(practice: Practice, actor: Actor, row: sa.RowMapping) -> list[dict[str, Any]]:
    """Who saw one document, for its doctor; nothing for anyone else."""
    return log(practice, actor, document=row["id"]) if owns(actor, row) else []


def forget(practice: Practice) -> int:
    """Remove the lines older than the settings say, and what exceptional access they speak of; gives how many lines."""
    oldest = store.now() - timedelta(days=365.25 * practice.settings.access.log_years)
    with practice.begin() as connection:
        gone = connection.execute(tables.access_log.delete().where(tables.access_log.c.at < oldest))
        connection.execute(tables.glass.delete().where(tables.glass.c.until < oldest))
    return int(gone.rowcount)


def label(action: str) -> str:
    """What someone did, in the words of the log."""
    return LABELS.get(action, action)
