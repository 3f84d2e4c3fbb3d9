"""The words: drugs with their strengths, medical terms, abbreviations, look-alikes; shipped, then the practice's own.

Knows the files of `vocab/data` and of a practice's `vocab/` folder; what each file is and where it comes from is in
`data/SOURCES.md`. Does not know how a word is searched or judged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Literal

from vocab.folding import fold

Kind = Literal["substance", "brand", "abbreviation", "exam", "sign", "disease", "anatomy", "procedure", "class",
               "specialty", "qualifier", "term"]  # fmt: skip


class LexiconError(Exception):
    """A vocabulary file cannot be read. `file` and `line` say where; the message never quotes its content."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__(f"{file}, line {line}: not a usable line")
        self.file, self.line = file, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """A quantity in which a medicine is sold."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A word or an expression, as it is written."""

    text: str
    kind: Kind
    substance: str = ""
    """For a medicine: its active substance."""
    strengths: tuple[Strength, ...] = ()
    expansions: tuple[str, ...] = ()
    """For an abbreviation: its distinct senses, most frequent first."""
    ambiguous: bool = False
    dangerous: bool = False
    own: bool = False
    """Added by the practice."""

    @property
    def drug(self) -> bool:
        """Whether it is a medicine: never replaced by another one without a person."""
        return self.kind in ("substance", "brand")


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """All the entries, and the ways to find one by its writing. Sounds are indexed by `vocab.suggest`, on first use."""

    entries: tuple[Entry, ...]
    lookalikes: tuple[tuple[str, str, str], ...] = ()
    general: frozenset[str] = field(default=frozenset(), repr=False)
    """Everyday words accepted besides the general French ones (tests and practices without the French model)."""

    @cached_property
    def by_writing(self) -> dict[str, Entry]:
        """Entries by their folded writing; the practice's own win."""
        return {fold(entry.text): entry for entry in self.entries}

    @cached_property
    def words(self) -> frozenset[str]:
        """Each single word of any entry, folded, plurals included."""
        singles = {word for text in self.by_writing for word in text.replace("-", " ").replace("/", " ").split()}
        return frozenset(singles | {f"{word}s" for word in singles})

    @cached_property
    def accented(self) -> dict[str, str]:
        """For a folded single word, its one writing with accents; words with several writings are left out."""
        forms: dict[str, set[str]] = {}
        for entry in self.entries:
            for word in entry.text.lower().replace("-", " ").replace("/", " ").replace("'", " ").split():
                forms.setdefault(fold(word), set()).add(word)
                forms.setdefault(fold(word) + "s", set()).add(word + "s")
        return {folded: next(iter(one)) for folded, one in forms.items() if len(one) == 1 and folded not in one}

    @cached_property
    def twins(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """For a folded name, the names it is mistaken for, and why."""
        pairs: dict[str, list[tuple[str, str]]] = {}
        for one, other, why in self.lookalikes:
            pairs.setdefault(fold(one), []).append((other, why))
            pairs.setdefault(fold(other), []).append((one, why))
        return {name: tuple(others) for name, others in pairs.items()}

    def find(self, text: str) -> Entry | None:
        """The entry written so, whatever its case, accents or plural."""
        folded = fold(text)
        return self.by_writing.get(folded) or (self.by_writing.get(folded[:-1]) if folded.endswith("s") else None)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def load(folders: Sequence[Path] = ()) -> Lexicon:
    """The shipped words, then those of each folder over them. LexiconError when a practice's file is not usable.

    A practice's folder may hold `terms.tsv`, `drugs.tsv`, `abbreviations.tsv`, `lookalikes.tsv` in the shipped form.
    """
    entries = list(_shipped_entries())
    pairs = list(_pairs(_shipped("lookalikes.tsv")))
    for folder in folders:
        for name, read in (("terms.tsv", _terms), ("drugs.tsv", _drugs), ("abbreviations.tsv", _abbreviations)):
            entries += [_owned(entry) for entry in read(_own(folder, name))]
        pairs += _pairs(_own(folder, "lookalikes.tsv"))
    return Lexicon(entries=tuple(entries), lookalikes=tuple(pairs))


@cache
def given_names() -> dict[str, str]:
    """French given names, folded, with their gender: m, f, or e when they are given to both."""
    return {fold(row[0]): row[1] for row in _shipped("given_names.tsv")}


@cache
def _shipped_entries() -> tuple[Entry, ...]:
    return (
        *_terms(_shipped("terms.tsv")),
        *_drugs(_shipped("drugs.tsv")),
        *_abbreviations(_shipped("abbreviations.tsv")),
    )


def _owned(entry: Entry) -> Entry:
    from dataclasses import replace

    return replace(entry, own=True)


def _terms(rows: Iterable[list[str]]) -> Iterator[Entry]:
    for text, kind in (row[:2] for row in rows):
        yield Entry(text=text, kind=kind or "term")  # type: ignore[arg-type]


def _drugs(rows: Iterable[list[str]]) -> Iterator[Entry]:
    for text, kind, substance, strengths in (row[:4] for row in rows):
        yield Entry(
            text=text,
            kind="brand" if kind == "brand" else "substance",
            substance=substance,
            strengths=tuple(_strength(one) for one in strengths.split("|") if one),
        )


def _strength(text: str) -> Strength:
    value, _, unit = text.partition(" ")
    return Strength(value=float(value.replace(",", ".")), unit=unit)


def _abbreviations(rows: Iterable[list[str]]) -> Iterator[Entry]:
    for text, expansions, _, flags in (row[:4] for row in rows):
        yield Entry(
            text=text,
            kind="abbreviation",
            expansions=tuple(expansions.split("|")),
            ambiguous="A" in flags,
            dangerous="D" in flags,
        )


def _pairs(rows: Iterable[list[str]]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        yield row[0], row[1], row[2]


def _shipped(name: str) -> Iterator[list[str]]:
    text = resources.files("vocab").joinpath("data", name).read_text(encoding="utf-8")
    return _rows(text, name)


def _own(folder: Path, name: str) -> Iterator[list[str]]:
    file = folder / name
    if not file.is_file():
        return iter(())
    try:
        return _rows(file.read_text(encoding="utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise LexiconError(name, 0) from error


_COLUMNS = {"terms.tsv": 1, "drugs.tsv": 1, "abbreviations.tsv": 2, "lookalikes.tsv": 2, "given_names.tsv": 2}
_WIDTH = 4


def _rows(text: str, name: str) -> Iterator[list[str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len([cell for cell in cells[: _COLUMNS[name]] if cell]) < _COLUMNS[name]:
            raise LexiconError(name, number)
        yield cells + [""] * (_WIDTH - len(cells))
