"""The words: drugs with their strengths, medical terms, abbreviations, look-alikes; shipped, then the practice's own.

Knows the files of `vocab/data` and of a practice's `vocab/` folder; what each file is and where it comes from is in
`data/SOURCES.md`. Does not know how a word is searched or judged.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, get_args

from vocab import inflection
from vocab.folding import fold
from vocab.tables import LexiconError as LexiconError
from vocab.tables import Made, found, made, several, shipped

Kind = Literal["substance", "brand", "abbreviation", "exam", "sign", "disease", "anatomy", "procedure", "class",
               "specialty", "qualifier", "term", "eponym", "device"]  # fmt: skip
_KINDS = frozenset(get_args(Kind))
_PARTED = str.maketrans("-/'’", "    ")
_UNINFLECTED = frozenset(["brand", "abbreviation", "eponym"])


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
    forms: tuple[str, ...] = ()
    """Its writings that no rule gives; `inflected` has the regular ones too."""
    said: tuple[str, ...] = ()
    """How it is said, in plain French spelling, when reading its letters would mislead."""
    specialties: tuple[str, ...] = ()
    """The specialties that use it most: names of files of `data/terms`; none when every one does."""
    source: str = ""
    """A code of `data/SOURCES.md`; empty for a practice's own."""
    substance: str = ""
    """For a medicine: its active substance."""
    strengths: tuple[Strength, ...] = ()
    presentations: tuple[str, ...] = ()
    """For a medicine: tablet, syrup, injection… in French, in the singular."""
    weight: int = 0
    """For a medicine: how many marketed products hold it; 0 when unknown."""
    expansions: tuple[str, ...] = ()
    """For an abbreviation: its distinct senses, most frequent first."""
    ambiguous: bool = False
    dangerous: bool = False
    kept: bool = False
    """For an abbreviation: never written in full (ADN, pH)."""
    own: bool = False
    """Added by the practice."""

    @property
    def drug(self) -> bool:
        """Whether it is a medicine: never replaced by another one without a person."""
        return self.kind in ("substance", "brand")

    @property
    def specialty(self) -> str:
        """The first of its specialties, or nothing."""
        return self.specialties[0] if self.specialties else ""

    @property
    def inflected(self) -> tuple[str, ...]:
        """All its other writings: those given, and the regular plurals and feminines."""
        if self.kind in _UNINFLECTED:
            return self.forms
        if self.kind == "substance":
            return (*self.forms, inflection.plural(self.text))
        return (*self.forms, *inflection.forms(self.text, adjective=self.kind == "qualifier"))


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
    def _inflected(self) -> tuple[tuple[str, Entry], ...]:
        """Each other writing of each entry, computed once."""
        return tuple((form, entry) for entry in self.entries for form in entry.inflected)

    @cached_property
    def by_form(self) -> dict[str, Entry]:
        """Entries by each other folded writing of theirs: plurals, feminines, and those that the tables give."""
        forms = {fold(form): entry for form, entry in self._inflected}
        return {form: entry for form, entry in forms.items() if form not in self.by_writing}

    @cached_property
    def abbreviations(self) -> dict[str, Entry]:
        """Abbreviations only, by their folded writing."""
        return {fold(entry.text): entry for entry in self.entries if entry.kind == "abbreviation"}

    @cached_property
    def _singles(self) -> frozenset[str]:
        """Each single word of any writing of any entry, with its accents, in lower case."""
        texts = {entry.text for entry in self.entries}.union(form for form, _ in self._inflected)
        return frozenset(" ".join(texts).lower().translate(_PARTED).split())

    @cached_property
    def words(self) -> frozenset[str]:
        """Each single word of any entry, folded, plurals and feminines included."""
        return frozenset(map(fold, self._singles))

    @cached_property
    def accented(self) -> dict[str, str]:
        """For a folded single word, its one writing with accents; words with several writings are left out."""
        writings: dict[str, list[str]] = {}
        for word in self._singles:
            writings.setdefault(fold(word), []).append(word)
        return {folded: ones[0] for folded, ones in writings.items() if len(ones) == 1 and ones[0] != folded}

    @cached_property
    def twins(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """For a folded name, the names it is mistaken for, and why."""
        pairs: dict[str, list[tuple[str, str]]] = {}
        for one, other, why in self.lookalikes:
            pairs.setdefault(fold(one), []).append((other, why))
            pairs.setdefault(fold(other), []).append((one, why))
        return {name: tuple(others) for name, others in pairs.items()}

    def find(self, text: str) -> Entry | None:
        """The entry written so, whatever its case, accents, plural or feminine."""
        folded = fold(text)
        return self.by_writing.get(folded) or self.by_form.get(folded)

    def of(self, specialty: str) -> tuple[Entry, ...]:
        """The entries of a specialty."""
        return tuple(entry for entry in self.entries if specialty in entry.specialties)

    def pronounced(self, said: Mapping[str, Sequence[str]]) -> "Lexicon":
        """The same words, with other ways of saying some of them: by their writing, whatever its case and accents."""
        more = {fold(text): tuple(ways) for text, ways in said.items()}
        entries = tuple(
            replace(entry, said=_once(entry.said + more[key])) if (key := fold(entry.text)) in more else entry
            for entry in self.entries
        )
        return replace(self, entries=entries)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def load(folders: Sequence[Path] = ()) -> Lexicon:
    """The shipped words, then those of each folder over them. LexiconError when a practice's file is not usable.

    A folder may hold `terms.tsv`, `terms/<specialty>.tsv`, `drugs.tsv`, `abbreviations.tsv`, `lookalikes.tsv` in the
    shipped form (only the first columns are needed), and the same in each folder of its `imported/`, read before its
    own. What a practice leaves empty for a word that is shipped stays as shipped.
    """
    known = dict(_shipped_entries())
    pairs = list(_shipped_pairs())
    for place in (place for folder in folders for place in (*found(folder / "imported", ""), folder)):
        for key, entry in _gathered(place).items():
            known[key] = _over(known.pop(key, None), replace(entry, own=True))
        pairs += _table(place / "lookalikes.tsv", _pair, needed=2)
    return Lexicon(entries=tuple(known.values()), lookalikes=tuple(pairs))


_Key = tuple[str, str]


def _key(entry: Entry) -> _Key:
    """What makes two rows the same entry: a medicine, an abbreviation and a term may be written alike."""
    return ("drug" if entry.drug else "abbreviation" if entry.kind == "abbreviation" else "term"), entry.text


@cache
def _shipped_entries() -> dict[_Key, Entry]:
    known = _gathered(shipped())
    for entry in _table(shipped("scores.tsv"), _scored, needed=3):
        if not {("term", entry.text), ("abbreviation", entry.text)} & known.keys():
            known[_key(entry)] = entry
    return known


def _gathered(folder: Path | Traversable) -> dict[_Key, Entry]:
    known: dict[_Key, Entry] = {}
    for entry in _read(folder):
        key = _key(entry)
        known[key] = _together(known[key], entry) if key in known else entry
    return known


@cache
def _shipped_pairs() -> tuple[tuple[str, str, str], ...]:
    return tuple(_table(shipped("lookalikes.tsv"), _pair, needed=2))


def _read(folder: Path | Traversable) -> Iterator[Entry]:
    """All the entries of a folder: terms, then medicines, then abbreviations."""
    yield from _table(folder / "terms.tsv", _term)
    for file in found(folder / "terms", ".tsv"):
        yield from _table(file, partial(_term, specialties=(file.name.removesuffix(".tsv"),)))
    yield from _table(folder / "drugs.tsv", _drug)
    yield from _table(folder / "abbreviations.tsv", _abbreviation, needed=2)


def _table(file: Path | Traversable, make: Callable[[list[str]], Made], *, needed: int = 1) -> Iterator[Made]:
    return made(file, make, needed=needed) if file.is_file() else iter(())


def _together(one: Entry, other: Entry) -> Entry:
    """One entry of two rows for the same word: two specialties use it."""
    return replace(
        one,
        forms=_once(one.forms + other.forms),
        said=_once(one.said + other.said),
        specialties=_once(one.specialties + other.specialties),
    )


def _over(shipped_one: Entry | None, own: Entry) -> Entry:
    """A practice's row over the shipped one: what the practice leaves empty is kept."""
    if shipped_one is None:
        return own
    kept = ("forms", "said", "specialties", "substance", "strengths", "presentations", "weight", "expansions")
    return replace(own, **{name: getattr(own, name) or getattr(shipped_one, name) for name in kept})


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _term(row: list[str], *, specialties: tuple[str, ...] = ()) -> Entry:
    text, kind, forms, said, source = row[:5]
    return Entry(
        text=text,
        kind=kind if kind in _KINDS else "term",  # type: ignore[arg-type]
        forms=several(forms),
        said=several(said),
        specialties=specialties,
        source=source,
    )


def _scored(row: list[str]) -> Entry:
    """The name of a score is a word to know and to hear; its values are in `vocab.scores`."""
    name = row[0].removesuffix(" (TNM)")
    return Entry(text=name, kind="eponym", said=several(row[1]), specialties=several(row[5]), source=row[6])


def _drug(row: list[str]) -> Entry:
    text, kind, substance, strengths, presentations, weight, said, source = row[:8]
    return Entry(
        text=text,
        kind="brand" if kind == "brand" else "substance",
        substance=substance,
        strengths=tuple(_strength(one) for one in several(strengths)),
        presentations=several(presentations),
        weight=int(weight or 0),
        said=several(said),
        source=source,
    )


def _strength(text: str) -> Strength:
    value, _, unit = text.partition(" ")
    return Strength(value=float(value.replace(",", ".")), unit=unit)


def _abbreviation(row: list[str]) -> Entry:
    text, expansions, domain, flags, said, source = row[:6]
    return Entry(
        text=text,
        kind="abbreviation",
        expansions=several(expansions),
        specialties=several(domain),
        ambiguous="A" in flags,
        dangerous="D" in flags,
        kept="K" in flags,
        said=several(said),
        source=source,
    )


def _pair(row: list[str]) -> tuple[str, str, str]:
    return row[0], row[1], row[2]
