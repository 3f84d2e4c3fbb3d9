"""One recording, its letters: title, identity, greeting, body by sections, closing, copies.

Knows how a dictation is laid out as letters, in steps, each in its own module: the `boundaries` between letters, those
that are `unsaid`, the `continuation` of a letter begun elsewhere, the `head`, the `tail`, who is `called` by name, the
`blocks` of a text. Does not know any medical word, nor Word. No word of one letter's stretch of sound ever goes to
another letter.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline import identity
from pipeline.letters import called
from pipeline.letters import kinds as kinds_
from pipeline.letters.blocks import blocks
from pipeline.letters.boundaries import Stretch, stretches
from pipeline.letters.continuation import Continuation, begun_elsewhere
from pipeline.letters.doubts import (
    CUT_HERE,
    CUT_SAID,
    CUT_UNSAID,
    NAMED_LATE,
    SAME_DENIED,
    SAME_SAID,
    SAME_SUPPOSED,
)
from pipeline.letters.head import Head, head
from pipeline.letters.kinds import KindLike, SectionLike
from pipeline.letters.notes import urgent_title
from pipeline.letters.tail import Tail, ends_letter, tail
from pipeline.letters.unsaid import unannounced
from pipeline.spoken import read
from pipeline.spoken.heard import Doubt, Mark, Piece, merged
from pipeline.spoken.page import lay
from pipeline.types import Identity, Letter, Removed, Transcript
from vocab.flag import Severity

__all__ = ["KindLike", "SectionLike", "addressees", "blocks", "compose"]

_ADDRESSEE = re.compile(
    r"\b(?:pour|à|au|à l'attention d[ue])\s+(?:le |la )?((?:Dr|Pr|docteur|professeur)\s+[A-ZÀ-Ý][^\n,.:;]*)"
)
_WINDOW = 60
_LAST_WORDS = 30
_ENDS = (".", "line", "paragraph", "item")
TO_JOIN = "Suite d'une autre dictée : joindre ce texte au courrier qu'il continue."
"""Why a letter that goes on with another one waits."""


def compose(transcript: Transcript, *, kinds: Sequence[KindLike] = ()) -> tuple[Letter, ...]:
    """The letters of a recording, written as a careful secretary would type them, before any check. Always at least
    one."""
    out: list[Letter] = []
    for announced in stretches(transcript.words):
        for stretch in unannounced(announced, kinds):
            out.append(_letter(stretch, kinds, before=out[-1] if out else None))
    return tuple(out)


def _letter(stretch: Stretch, kinds: Sequence[KindLike], *, before: Letter | None) -> Letter:
    stream = read(stretch.words)
    begun = begun_elsewhere(stream.pieces)
    names = kinds_.headings(kinds)
    opening = head(begun.pieces, names, [title for kind in kinds for title in kind.titles])
    ending = tail(begun.pieces[opening.body :])
    known = opening.spoken.identity if opening.spoken else Identity()
    body, patient = _identified(ending.pieces, known, begun)
    patient, doubt = _kept(patient, stretch, before)
    pieces = [*opening.pieces, *_headed(called.written_alike(body, patient.family_name), names), *_copies(ending)]
    page = lay(_announced(_doubted(pieces, doubt), stretch.doubts))
    kind = kinds_.detect(opening.title, kinds, greeted=bool(opening.greeting))
    removed = (*stretch.removed, *stream.removed, *begun.removed, *opening.removed, *ending.removed)
    return Letter(
        text=page.text,
        blocks=blocks(page.text, sections=next((one.sections for one in kinds if one.name == kind), ())),
        spans=page.spans,
        removed=tuple(sorted(removed, key=lambda one: one.seconds)),
        kind=kind,
        doctor=f"Dr {opening.doctor}" if opening.doctor else "",
        addressees=ending.addressees,
        urgent=_urgent(opening, ending),
        patient=patient,
        notes=ending.notes,
        continues=begun.continues,
        doubts=page.doubts,
        words=stretch.words,
    )


def _urgent(opening: Head, ending: Tail) -> bool:
    return opening.urgent or ending.urgent or urgent_title(opening.title)


def _identified(pieces: Sequence[Piece], known: Identity, begun: Continuation) -> tuple[list[Piece], Identity]:
    """The body with a place to settle where someone else is presented as the patient, and the patient.

    A patient presented nowhere is the one whom the text calls by name, partly and unsurely.
    """
    out, patient, at = list(pieces), known, 0
    others: list[int] = []
    while at < len(out):
        found = identity.find(out, since=at, undated=False)
        if found is None:
            at += _WINDOW
            continue
        nobody = not patient.family_name and not patient.birth_date
        if nobody and not found.relative:
            patient = replace(found.identity, confidence=round(found.identity.confidence / 2, 2))
            _mark(out, found.start, NAMED_LATE)
        elif nobody or not identity.same(found.identity, patient):
            others.append(found.start)
        at = max(found.end, at + 1)
    if patient.family_name:
        others += [at for at in _presented(out) if not identity.same(called.by_name(out, at), patient)]
    for at in others if patient != Identity() else ():
        _mark(out, at, CUT_HERE)
    if not (patient.family_name or patient.given_name):
        partial = called.first_named([*begun.named, *out[: min(others, default=len(out))]])
        patient = replace(partial, birth_date=patient.birth_date) if patient.birth_date else partial
    return out, patient


def _presented(pieces: Sequence[Piece]) -> list[int]:
    """Where someone is presented without a birth date: « patiente Petit Anne », or anyone right after a letter's
    end."""
    out: list[int] = []
    for at, piece in enumerate(pieces):
        begins = at > 0 and (pieces[at - 1].mark in _ENDS or pieces[at - 1].after[:1] == ".")
        if not begins or not called.is_civility(piece):
            continue
        named = called.by_name(pieces, at)
        whole = named.family_name and named.given_name and piece.key not in called.TITLES
        if whole or (named.family_name and ends_letter(pieces[max(0, at - _LAST_WORDS) : at])):
            out.append(at)
    return out


def _mark(pieces: list[Piece], at: int, reason: str, severity: Severity = "block") -> None:
    """A doubt on the first written piece from here."""
    for index in range(at, len(pieces)):
        if not pieces[index].mark:
            doubt = Doubt(kind="identity", reason=reason, severity=severity)
            pieces[index] = replace(pieces[index], doubt=doubt)
            return


def _kept(patient: Identity, stretch: Stretch, before: Letter | None) -> tuple[Identity, Doubt | None]:
    """The letter's patient; « autre courrier » keeps the one before, « patient suivant » never does."""
    if stretch.change == "unsaid":
        return patient, Doubt(kind="identity", reason=CUT_UNSAID, severity="block")
    earlier = before.patient if before else Identity()
    if stretch.change in ("", "patient") or not earlier.family_name:
        return patient, None
    named = bool(patient.family_name or patient.given_name)
    agrees = (named or patient.birth_date is not None) and identity.same(patient, earlier)
    if stretch.same and not agrees and patient != Identity():
        return patient, Doubt(kind="identity", reason=SAME_DENIED, severity="block")
    if patient.birth_date:
        return patient, None
    if stretch.same and (agrees or not named):
        doubt = Doubt(kind="identity", reason=SAME_SAID, severity="look")
        return earlier, doubt
    if agrees or (not named and stretch.change == "other"):
        return replace(earlier, confidence=min(0.5, earlier.confidence)), Doubt(
            kind="identity", reason=SAME_SUPPOSED, severity="block"
        )
    return patient, None


def _doubted(pieces: list[Piece], doubt: Doubt | None) -> list[Piece]:
    if doubt:
        _mark(pieces, 0, doubt.reason, doubt.severity)
    return pieces


def _announced(pieces: list[Piece], doubts: Sequence[Removed]) -> list[Piece]:
    """A place to settle where words may have announced another letter."""
    for one in doubts:
        at = next((i for i, piece in enumerate(pieces) if piece.seconds[1] > one.seconds[0] and not piece.mark), None)
        if at is not None:
            _mark(pieces, at, CUT_SAID)
    return pieces


def _copies(ending: Tail) -> list[Piece]:
    out: list[Piece] = []
    for index, line in enumerate(ending.copies):
        mark: Mark = "line" if index else "paragraph"
        out += [replace(line[0], text="", key="", mark=mark, doubt=None, heard=""), *line]
    return out


def _headed(pieces: Sequence[Piece], names: Sequence[str]) -> list[Piece]:
    """The body with its headings written as they are named: the words between a line's beginning and « deux points
    »."""
    out: list[Piece] = []
    begun = 0
    for piece in pieces:
        if piece.mark == ":" and 0 < len(out) - begun <= 6:
            out[begun:] = _heading(out[begun:], names)
        out.append(piece)
        if piece.mark in ("line", "paragraph", ".", "item"):
            begun = len(out)
    return out


def _heading(pieces: Sequence[Piece], names: Sequence[str]) -> list[Piece]:
    if any(piece.mark for piece in pieces):
        return list(pieces)
    said = " ".join(piece.text for piece in pieces)
    name, score = kinds_.closest(said, names, above=0.8)
    if not name:
        return list(pieces)
    doubt = Doubt(kind="writing", reason="Rubrique reconnue d'après le son.", severity="hint") if score < 0.97 else None
    return [merged(pieces, name, doubt=pieces[0].doubt or doubt)]


def addressees(text: str) -> tuple[str, ...]:
    """Whom the first line says the letter is for; a copy is not for its addressee. Empty when it says nobody."""
    found = _ADDRESSEE.search(text.strip().split("\n", 1)[0])
    return (found[1].strip(),) if found else ()
