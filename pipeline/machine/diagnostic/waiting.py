"""Work that waits longer than it should: counts and codes only."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from pipeline import presence, tables
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well

STUCK = timedelta(hours=2)
"""A dictation not yet transcribed, a document not yet laid out or filed: the machine's own work, never a person's."""
ABOUT = "Travail en attente"


def stuck(ground: Ground) -> Iterator[Finding]:
    """Dictations and documents that the machine should have finished with, and files set aside."""
    if ground.practice is None:
        return
    parts = presence.at_work(ground.practice)
    dictations, documents = tables.dictation, tables.document
    with ground.practice.look() as connection:
        late = _count(connection, dictations, ("received", "transcribing"), before=ground.now - STUCK)
        papers = _count(connection, documents, ("preparing", "signed"), before=ground.now - STUCK)
        aside = _count(connection, dictations, ("refused-file",), before=ground.now)
        failed = _failed(connection)
    if late or papers:
        todo = "Lancez « copiste run »." if not parts else "Voyez « copiste status », puis les journaux dans logs/."
        yield fix(ABOUT, f"{late} dictées et {papers} documents attendent depuis plus de deux heures.", todo)
    if aside:
        yield watch(ABOUT, f"fichiers à vérifier : {aside}.", "« copiste status » dit pourquoi ; reprenez-les.")
    if failed:
        yield watch(ABOUT, f"documents arrêtés par une erreur : {failed}.", "« copiste status » dit pourquoi.")
    if not (late or papers or aside or failed):
        yield well(ABOUT, f"rien n'est bloqué. {presence.sentence(parts)}")


def _count(connection: sa.Connection, table: sa.Table, states: tuple[str, ...], *, before: object) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    return connection.scalar(query.where(table.c.state.in_(states), table.c.since < before)) or 0


def _failed(connection: sa.Connection) -> int:
    """Documents that keep the code of an error; what a doctor wrote in its place is not counted."""
    table = tables.document
    codes = sa.and_(sa.func.length(table.c.reason) == 4, table.c.reason.like("E%"))
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(codes)) or 0
