"""What stopped because the store was away, or refused for a time, begins again by itself once it answers.

A dictation that could not be drafted and a letter that could not be laid out wait for a person when the fault is in
them; here the fault is elsewhere, and nobody has to press a button for each. Knows nothing of why the store was away.
So do the recordings that a password kept shut, once the doctor's passwords open them.
"""

import sqlalchemy as sa

from archive.errors import StoreAway, StoreFailed, StoreRefused
from pipeline import locked, store
from pipeline.errors import Outdated
from pipeline.practice import Practice, Submit
from pipeline.types import Job

CODES = frozenset(kind.code for kind in (StoreFailed, StoreAway, StoreRefused))
"""Reasons that are no fault of a file, nor of a letter."""
SYSTEM = "copiste"
"""Who the journal says did it: the program."""


def begin_again(practice: Practice, submit: Submit) -> int:
    """Queue again what the store stopped; gives how many jobs. Harmless when other machines do it too.

    Filing that failed has its own way (`story.file_again`), whatever the reason was.
    """
    with practice.look() as connection:
        aside = store.dictations(connection, states=("refused-file",))
        drafts = [row for row in aside if row["reason"] in CODES and row["audio"]]
        letters = [row for row in store.documents(connection, states=("to-correct",)) if row["reason"] in CODES]
    begun = [_draft(practice, row, submit) for row in drafts] + [_prepare(practice, row, submit) for row in letters]
    return sum(begun) + locked.take_up_all(practice, submit, by=SYSTEM)


def _draft(practice: Practice, row: sa.RowMapping, submit: Submit) -> bool:
    """Put a dictation back in the queue, unless someone did since."""
    with practice.begin() as connection:
        return locked.queue(connection, submit, row)


def _prepare(practice: Practice, row: sa.RowMapping, submit: Submit) -> bool:
    """Have a letter laid out again, unless someone took it since."""
    try:
        with practice.begin() as connection:
            version = store.change_document(connection, row["id"], version=row["version"], state="preparing")
            submit(connection, Job(stretch="prepare", subject=row["id"], due=row["due"], round=version))
    except Outdated:
        return False
    return True
