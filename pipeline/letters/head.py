"""The head of a letter: opening words, title, identity, lines of dates and numbers, greeting.

Knows in which order doctors say them and how each is typed. Everything it writes keeps the sound it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.identity import Gender, Spoken, find
from pipeline.letters.kinds import TITLES, closest, sounds_like
from pipeline.letters.opening import DOCTOR, opening
from pipeline.letters.tail import is_closed
from pipeline.spoken.dates import figures
from pipeline.spoken.heard import Doubt, Mark, Piece, merged
from pipeline.types import Removed

_GREETINGS = (
    "cher confrère", "chère consœur", "chers confrères", "chères consœurs", "chère consœur cher confrère", "cher ami",
    "chère amie", "chers amis", "cher collègue", "chère collègue", "cher docteur", "mon cher confrère", "mon cher ami",
    "madame et cher confrère", "madame et chère consœur", "monsieur et cher confrère", "cher confrère et ami", "madame",
    "monsieur", "madame monsieur", "madame le docteur", "monsieur le docteur", "monsieur le professeur", "docteur",
    "cher monsieur", "chère madame", "mademoiselle", "chers collègues",
)  # fmt: skip
_SINGULAR = {
    "chers confrères": "cher confrère",
    "chères consœurs": "chère consœur",
    "chers amis": "cher ami",
    "chers collègues": "cher collègue",
}
_STARTERS: tuple[tuple[str, str], ...] = (
    ("consultation du", "Consultation du"), ("examen du", "Examen du"), ("date opératoire", "Date opératoire :"),
    ("date de l'intervention", "Date de l'intervention :"), ("date d'intervention", "Date d'intervention :"),
    ("intervention du", "Intervention du"), ("date de consultation", "Date de consultation :"), ("acte du", "Acte du"),
    ("date de l'examen", "Date de l'examen :"), ("date", "Date :"), ("prescripteur", "Prescripteur :"),
    ("numéro de dossier", "Dossier n°"), ("dossier numéro", "Dossier n°"), ("opérateur", "Opérateur :"),
    ("hospitalisée", "Hospitalisée"), ("hospitalisé", "Hospitalisé"), ("arrivée", "Arrivée"), ("arrivé", "Arrivé"),
    ("adressé par", "Adressé par"), ("adressée par", "Adressée par"), ("médecin traitant", "Médecin traitant :"),
    ("vu le", "Vu le"), ("vue le", "Vue le"), ("séjour du", "Séjour du"), ("entrée le", "Entrée le"),
    ("hospitalisation du", "Hospitalisation du"), ("passage du", "Passage du"), ("compte rendu du", "Compte rendu du"),
)  # fmt: skip
_FIGURED = ("consultation", "examen", "date", "intervention", "acte", "compte rendu")
_PRESENTED = {"Madame": "Patiente :", "Mademoiselle": "Patiente :", "Monsieur": "Patient :"}
_MAX_TITLE, _MAX_HEAD = 22, 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a letter, typed, and where the body begins."""

    pieces: tuple[Piece, ...]
    body: int
    title: str
    spoken: Spoken | None
    greeting: str
    doctor: str
    removed: tuple[Removed, ...]
    urgent: bool = False
    """The doctor said so before anything else."""


def head(pieces: Sequence[Piece], headings: Sequence[str], titles: Sequence[str]) -> Head:
    """The head of a dictation; all of it may be missing."""
    said = opening(pieces)
    start, doctor, removed = said.end, said.doctor, said.removed
    spoken = find(pieces, since=start)
    if spoken and (spoken.relative or is_closed(pieces[start : spoken.start])):
        spoken = None  # a relative, or the patient of a second letter
    title_end = spoken.start if spoken else _title_without_identity(pieces, start, titles)
    if title_end - start > _MAX_TITLE or any(
        p.mark in ("paragraph", "line") for p in pieces[start : max(start, title_end - 1)]
    ):
        title_end, spoken = start, None
    unnamed: list[Piece] = []
    if spoken is None and title_end == start:
        title_end, unnamed = _unidentified(pieces, start, titles)
    title = _title(_unled(pieces[start:title_end], spoken), titles, doctor)
    at = spoken.end if spoken else title_end + len(unnamed)
    lines, at = (
        ([unnamed], at)
        if unnamed
        else _lines(pieces, at, headings, spoken.gender if spoken else "")
        if (spoken or title)
        else ([], at)
    )
    if spoken:
        removed += spoken.removed
    greeted, length, greeting = _greeting(pieces, at)
    out = _page(title, _presented(spoken, title), lines, greeting)
    return Head(
        pieces=tuple(out), body=at + length, title=" ".join(piece.text for piece in title), spoken=spoken,
        greeting=greeted, doctor=doctor, removed=removed, urgent=said.urgent,
    )  # fmt: skip


def _presented(spoken: Spoken | None, title: Sequence[Piece]) -> Spoken | None:
    """A letter to the patient calls them « Madame »; any other presents « Patiente : »."""
    to_them = not title or title[0].key.startswith(("convoc", "message", "information"))
    if spoken is None or to_them or not spoken.line or spoken.line[0].text not in _PRESENTED:
        return spoken
    first = replace(spoken.line[0], text=_PRESENTED[spoken.line[0].text])
    return replace(spoken, line=(first, *spoken.line[1:]))


def _unidentified(pieces: Sequence[Piece], start: int, titles: Sequence[str]) -> tuple[int, list[Piece]]:
    """A head without an identity that could be read, but with a greeting: its title, and what is before the
    greeting."""
    for at in range(start, min(len(pieces), start + _MAX_HEAD)):
        if pieces[at].mark in (":", "line", "paragraph", "item"):
            break
        if at > start and _greeting(pieces, at)[1]:
            size = _best_title(pieces[start:at], titles)[2]
            return start + size, [piece for piece in pieces[start + size : at] if piece.mark != "."]
    return start, []


def _page(
    title: Sequence[Piece], spoken: Spoken | None, lines: Sequence[Sequence[Piece]], greeting: Sequence[Piece]
) -> list[Piece]:
    out: list[Piece] = []
    if title:
        out += [*title, _break(title[-1], "paragraph")]
    if spoken:
        out += [*spoken.line, _break(spoken.line[-1], "line")]
    for line in lines:
        out += [*line, _break(line[-1], "line")]
    if out and (spoken or lines):
        out.append(_break(out[-1], "paragraph"))
    if greeting:
        out += [*greeting, _break(greeting[-1], ","), _break(greeting[-1], "paragraph")]
    return out


def _break(piece: Piece, mark: Mark) -> Piece:
    return replace(piece, text="", key="", mark=mark, doubt=None, heard="", unit="", value="", after="")


def _named(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title_without_identity(pieces: Sequence[Piece], start: int, titles: Sequence[str]) -> int:
    """A title said without an identity after it: up to the first stop, when it begins like a known title."""
    end = start
    while end < len(pieces) and end - start < 14 and not pieces[end].mark and pieces[end].after[:1] != ".":
        end += 1
    end += bool(end < len(pieces) and not pieces[end].mark and end - start < 14)
    if end - start < 1 or end >= len(pieces):
        return start
    return (
        end
        if pieces[end - 1].after[:1] == "."
        or (pieces[end].mark in (".", "line", "paragraph") and _known(pieces[start:end], titles))
        else start
    )


def _known(pieces: Sequence[Piece], titles: Sequence[str]) -> bool:
    return _best_title(pieces, titles)[1] >= 0.85


def _best_title(pieces: Sequence[Piece], titles: Sequence[str]) -> tuple[str, float, int]:
    best = ("", 0.0, 0)
    for size in range(1, min(8, len(pieces)) + 1):
        said = " ".join(piece.text for piece in pieces[:size])
        name, score = closest(said, (*TITLES, *titles), above=0.78)
        if name and score + 0.01 * len(name) > best[1] + 0.01 * len(best[0]):
            best = (name, score, size)
    return best


def _unled(pieces: Sequence[Piece], spoken: Spoken | None) -> Sequence[Piece]:
    """« ordonnance pour monsieur X né le… »: the title ends before the word that leads to the name."""
    if spoken and len(pieces) > 1 and pieces[-1].key in ("pour", "concernant", "de") and not pieces[-1].after:
        return pieces[:-1]
    return pieces


def _title(pieces: Sequence[Piece], titles: Sequence[str], doctor: str) -> list[Piece]:
    kept = [piece for piece in pieces if not piece.mark]
    if not kept:
        return []
    name, score, size = _best_title(kept, titles)
    if name:
        doubt = None
        if score < 0.95:
            doubt = Doubt(kind="writing", reason="Titre reconnu d'après le son : vérifiez.", severity="hint")
        kept = [merged(kept[:size], name, doubt=doubt), *kept[size:]]
    if doctor:
        kept.append(replace(kept[-1], text=f"– Dr {doctor}", proper=True, doubt=None, glue=" "))
    return _titled(kept)


def _titled(pieces: Sequence[Piece]) -> list[Piece]:
    """« docteur » before a name is « Dr », the name has its capital; other capitals are the recogniser's."""
    out: list[Piece] = []
    for index, piece in enumerate(pieces):
        text = piece.text
        following = index + 1 < len(pieces)
        if piece.key == "docteur" and following:
            text = "Dr"
        elif index and pieces[index - 1].key in DOCTOR:
            text = _named(text)
        elif piece.unit == "date" and figures(piece.value):
            text = figures(piece.value)
        elif index and len(text) > 2 and text[1:].islower() and not piece.proper:
            text = text.lower()
        out.append(replace(piece, text=text, glue=" " if piece.glue == "-" and index == 0 else piece.glue))
    return out


def _lines(pieces: Sequence[Piece], at: int, headings: Sequence[str], gender: Gender) -> tuple[list[list[Piece]], int]:
    """The lines after the identity (dates, file number, prescriber), and where they end."""
    at = _skip(pieces, at)
    end = _body_start(pieces, at, headings)
    starts = [i for i in range(at, end) if _starter(pieces, i, end)]
    if not starts or starts[0] != at:
        return [], at
    lines: list[list[Piece]] = []
    for first, last in zip(starts, [*starts[1:], end], strict=True):
        line = _typed(pieces[first:last], gender)
        if line and line[0].text.startswith(("Prescripteur", "Opérateur")) and lines:
            dash = replace(line[0], text=f"– {line[0].text}", proper=True)
            lines[-1] += [dash, *line[1:]]
        elif line:
            lines.append(line)
    return lines, _skip(pieces, end)


def _skip(pieces: Sequence[Piece], at: int) -> int:
    while at < len(pieces) and pieces[at].mark in (",", ".", "line", "paragraph"):
        at += 1
    return at


def _body_start(pieces: Sequence[Piece], at: int, headings: Sequence[str]) -> int:
    """The first greeting, heading or line break after the identity."""
    for index in range(at, min(len(pieces), at + _MAX_HEAD)):
        if _greeting(pieces, index)[1]:
            return index
        if pieces[index].mark == ":":
            return heading_start(pieces, index, headings, at)
        if pieces[index].mark in ("line", "paragraph") or (pieces[index].mark == "." and index > at):
            return index
    return at


def heading_start(pieces: Sequence[Piece], colon: int, headings: Sequence[str], lowest: int) -> int:
    """Where the heading before this colon begins: the likeliest of its last one to six words."""
    best, score = max(lowest, colon - 1), 0.0
    for start in range(max(lowest, colon - 6), colon):
        if any(piece.mark for piece in pieces[start:colon]):
            continue
        said = " ".join(piece.text for piece in pieces[start:colon])
        name, alike = closest(said, headings, above=0.8)
        if name and alike + 0.02 * len(name.split()) > score:
            best, score = start, alike + 0.02 * len(name.split())
    return best


def _starter(pieces: Sequence[Piece], at: int, end: int) -> tuple[str, int] | None:
    best: tuple[str, int] | None = None
    top = 0.86
    for said, written in _STARTERS:
        size = len(said.replace("'", "' ").split())
        if at + size >= end + 1 or any(piece.mark or piece.unit for piece in pieces[at : at + size]):
            continue
        alike = sounds_like(" ".join(piece.text for piece in pieces[at : at + size]), said, above=0.8)
        score = alike + 0.005 * size
        if score > top:
            best, top = (written, size), score
    return best


def _typed(pieces: Sequence[Piece], gender: Gender) -> list[Piece]:
    starter = _starter(pieces, 0, len(pieces))
    if starter is None:
        return []
    written, size = starter
    if gender and written in (
        "Hospitalisé",
        "Hospitalisée",
        "Arrivé",
        "Adressé par",
        "Adressée par",
        "Vu le",
        "Vue le",
    ):
        written = _agreed(written, gender)
    line = [merged(pieces[:size], written, proper=True)]
    for piece in pieces[size:]:
        if piece.mark in (".", ","):
            continue
        line.append(_figured(piece, written))
    return _titled_names(line)


def _agreed(written: str, gender: Gender) -> str:
    word, _, rest = written.partition(" ")
    stem = word.removesuffix("ée").removesuffix("é")
    ending = "é" if word.endswith(("é", "ée")) else "ue" if word == "Vue" else ""
    if ending != "é":
        return ("Vue" if gender == "f" else "Vu") + (f" {rest}" if rest else "")
    return stem + ("ée" if gender == "f" else "é") + (f" {rest}" if rest else "")


def _figured(piece: Piece, written: str) -> Piece:
    if piece.unit == "date" and written.lower().startswith(_FIGURED) and figures(piece.value):
        return replace(piece, text=figures(piece.value))
    if written.startswith("Dossier") and piece.value.isdecimal():
        return replace(piece, text=piece.value)
    return piece


def _titled_names(line: Sequence[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for index, piece in enumerate(line):
        text = "Dr" if piece.key == "docteur" and index + 1 < len(line) else piece.text
        if index and line[index - 1].key in DOCTOR:
            text = _named(text)
        out.append(replace(piece, text=text))
    return out


def _greeting(pieces: Sequence[Piece], at: int) -> tuple[str, int, list[Piece]]:
    """The greeting that begins here: how it is written, how many pieces it takes with its comma, its pieces."""
    for size in range(6, 0, -1):
        end = at + size
        if end > len(pieces) or any(piece.mark or piece.unit for piece in pieces[at:end]):
            continue
        if (
            end < len(pieces)
            and pieces[end].mark not in (",", "line", "paragraph")
            and "," not in pieces[end - 1].after
        ):
            continue
        said = " ".join(piece.text for piece in pieces[at:end])
        name, score = closest(said, _GREETINGS, above=0.8 if size > 1 else 0.95)
        if not name:
            continue
        name = _SINGULAR.get(name, name)
        written = name[:1].upper() + name[1:]
        doubt = (
            None if score >= 0.9 else Doubt(kind="writing", reason="Formule reconnue d'après le son.", severity="hint")
        )
        return written, _skip(pieces, end) - at, [merged(pieces[at:end], written, proper=True, doubt=doubt)]
    return "", 0, []
