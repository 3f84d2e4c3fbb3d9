"""One recording, its letters: title, identity, greeting, body by sections, closing, copies.

Knows how a dictation is laid out as a letter; does not know any medical word, nor Word. For now a recording is
always one letter;
several letters in one recording are cut here later.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.letters import kinds as kinds_
from pipeline.letters.blocks import blocks
from pipeline.letters.head import head
from pipeline.letters.kinds import KindLike, SectionLike
from pipeline.letters.tail import Tail, tail
from pipeline.spoken import read
from pipeline.spoken.heard import Doubt, Mark, Piece, merged
from pipeline.spoken.page import lay
from pipeline.types import Identity, Letter, Transcript

__all__ = ["KindLike", "SectionLike", "blocks", "compose"]

_ADDRESSEE = re.compile(
    r"\b(?:pour|à|au|à l'attention d[ue])\s+(?:le |la )?((?:Dr|Pr|docteur|professeur)\s+[A-ZÀ-Ý][^\n,.:;]*)"
)


def compose(transcript: Transcript, *, kinds: Sequence[KindLike] = ()) -> tuple[Letter, ...]:
    """The letters of a recording, written as a careful secretary would type them, before any check. Always at least
    one."""
    stream = read(transcript.words)
    names = kinds_.headings(kinds)
    opening = head(stream.pieces, names, [title for kind in kinds for title in kind.titles])
    ending = tail(stream.pieces[opening.body :])
    family = opening.spoken.identity.family_name if opening.spoken else ""
    body = _headed(_called(ending.pieces, family), names)
    page = lay([*opening.pieces, *body, *_copies(ending)])
    kind = kinds_.detect(opening.title, kinds, greeted=bool(opening.greeting))
    sections = next((one.sections for one in kinds if one.name == kind), ())
    asked = " ".join((opening.title, *ending.notes)).lower()
    letter = Letter(
        text=page.text,
        blocks=blocks(page.text, sections=sections),
        spans=page.spans,
        removed=tuple(sorted((*stream.removed, *opening.removed, *ending.removed), key=lambda one: one.seconds)),
        kind=kind,
        doctor=f"Dr {opening.doctor}" if opening.doctor else "",
        addressees=ending.addressees,
        urgent="urgent" in asked.replace("urgences", ""),
        patient=opening.spoken.identity if opening.spoken else Identity(),
        notes=ending.notes,
        doubts=page.doubts,
        words=transcript.words,
    )
    return (letter,)


def _called(pieces: Sequence[Piece], family: str) -> list[Piece]:
    """« monsieur du pont » is Monsieur Dupont when the patient is: the same name is written the same everywhere."""
    out: list[Piece] = []
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        length, title = _named_patient(pieces, at, family)
        if title:
            shown = "-".join(part.capitalize() for part in family.lower().split("-"))
            named = pieces[at + 1 : at + length]
            out.append(replace(piece, text=title, proper=True, glue=" " if piece.glue == "-" else piece.glue))
            out.append(merged(named, shown, proper=True, glue=" "))
        else:
            out.append(piece)
        at += length
    return out


_TITLES = {"monsieur": "Monsieur", "madame": "Madame", "mademoiselle": "Mademoiselle", "m": "Monsieur", "mme": "Madame"}


def _named_patient(pieces: Sequence[Piece], at: int, family: str) -> tuple[int, str]:
    """How many pieces name the patient from here, and with which title."""
    if not family or pieces[at].key not in _TITLES:
        return 1, ""
    for length in (3, 2):
        named = pieces[at + 1 : at + length]
        if len(named) != length - 1 or any(one.mark or one.unit for one in named):
            continue
        if kinds_.likeness(" ".join(one.text for one in named), family.lower()) >= 0.85:
            return length, _TITLES[pieces[at].key]
    return 1, ""


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
