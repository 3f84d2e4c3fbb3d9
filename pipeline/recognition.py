"""A checked letter and the register: its patient recognised, proposed, or left for a person to choose.

Composes `matching` (who it may be) and the letter (how it is written). Writes a name otherwise than it was heard only
when name by ear and full birth date agree, or with a place to check that says both.
"""

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from pipeline import matching
from pipeline.letters.doubts import SUPPOSED
from pipeline.letters.renamed import Note, renamed
from pipeline.matching import Match, Outcome
from pipeline.types import CheckedText, Identity

KNOWN = "Patient reconnu dans le fichier : nom et date de naissance concordent."
_MOST = 4


def recognised(connection: sa.Connection, checked: CheckedText, *, doctor: str | None, day: date) -> CheckedText:
    """The letter with its patient as the register or the agenda has them; unchanged when nobody there is alike."""
    spoken = checked.letter.patient
    if spoken == Identity():
        return checked
    found = matching.outcome(matching.matches(connection, spoken, doctor=doctor, day=day), spoken)
    if found.rivals:
        return _to_choose(checked, found)
    match = found.chosen or found.proposed
    if match is None:
        return checked
    supposed = any(flag.reason in SUPPOSED for flag in checked.flags)
    identity = matching.as_registered(spoken, match)
    if supposed:
        identity = replace(identity, confidence=min(spoken.confidence, identity.confidence))
    if found.chosen and not supposed:
        note = Note(reason=KNOWN, severity="hint")
    else:
        sure = match.birth == "same" and match.likeness >= matching.SAME_BY_EAR and not supposed
        reason = f"D'après {_source(match)} : {matching.said_of(match)}. Vérifiez à l'écoute."
        note = Note(reason=reason, severity="look" if sure else "block")
    return renamed(checked, identity, note)


def _source(match: Match) -> str:
    return "le fichier des patients" if match.patient else "l'agenda"


def _to_choose(checked: CheckedText, found: Outcome) -> CheckedText:
    """Several people are as likely: nothing is written otherwise, and one of them must be chosen."""
    people = found.rivals[:_MOST]
    reason = "Plusieurs personnes possibles : " + " ; ".join(matching.said_of(one) for one in people) + ". Choisissez."
    note = Note(reason=reason, severity="block", others=tuple(one.identity for one in people))
    return renamed(checked, checked.letter.patient, note)
