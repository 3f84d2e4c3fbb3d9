"""The medicines that a text names, and the doses that belong to each of them.

Knows what stands between a name and its dose: « 2 g de ceftriaxone », « périndopril/indapamide 4 mg/1,25 mg », another
measure in between (« sous furosémide, protéinurie 3 g »). Judges nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.posology import MILLIGRAMS, Quantity
from vocab.words import Token

REACH = 8
"""Tokens between a medicine and its dose, at most, for the dose to be judged."""
_LONGEST = 5
_LIQUID = frozenset(
    ["injectable", "sirop", "solution buvable", "suspension buvable", "gouttes", "inhalé", "dialyse", "lavement"]
)
_BREATH = frozenset(["", "/", "+", "-", "("])
_OTHER_MEASURES = (
    "creatinin", "clairance", "poids", "pese", "pesait", "ferritin", "albumin", "proteinuri", "glycemi", "kaliemi",
    "hemoglobin", "uree", "bilirubin", "cholesterol", "ldl", "hdl", "triglycerid", "crp", "calcemi", "natremi", "taux",
    "lactate", "dosage", "residuel", "concentration", "dfg", "perte", "diurese", "apport", "taille", "imc", "nodule",
    "lesion", "plaie", "diametre", "psa", "tsh", "inr", "dimeres", "bnp", "troponin", "magnesemi", "phosphoremi",
    "lithiemi", "digoxinemi", "calprotectin", "microalbuminuri", "fibrinogen", "alcoolemi", "procalcitonin", "sucre",
)  # fmt: skip
"""How words begin that measure something else than a dose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A dose, and the medicine that it belongs to, or the medicines named in one breath."""

    quantity: Quantity
    entries: tuple[Entry, ...]
    substance_entries: tuple[Entry, ...] = ()
    """What is sold under other names with the same substances: a brand alone does not list every strength."""
    near: bool = True
    """Close enough to the name to be judged."""

    @property
    def entry(self) -> Entry:
        """The medicine named last."""
        return self.entries[-1]

    @property
    def substances(self) -> tuple[str, ...]:
        """The active substances, each one of a combination."""
        return tuple(dict.fromkeys(one for entry in self.entries for one in entry.substance.split("/") if one))

    @property
    def strengths(self) -> tuple[tuple[float, str], ...]:
        """What is sold: milligrams, and how it is written; under this name first."""
        return tuple(
            (one.value * MILLIGRAMS[one.unit], f"{one.value:g} {one.unit}".replace(".", ","))
            for entry in (*self.entries, *self.substance_entries)
            for one in entry.strengths
            if one.unit in MILLIGRAMS
        )

    @property
    def liquid(self) -> bool:
        """Whether any amount of it can be drawn, poured or breathed."""
        every = (*self.entries, *self.substance_entries)
        return any(one in _LIQUID for entry in every for one in entry.presentations)


def drugs(tokens: Sequence[Token], lexicon: Lexicon) -> list[tuple[int, int, Entry]]:
    """The medicines of a text: (first token, after the last, entry); the longest names first, and a longer name that is
    no medicine hides the one inside it (« protéine C réactive »)."""
    found: list[tuple[int, int, Entry]] = []
    at = 0
    while at < len(tokens):
        length, entry = _drug_at(tokens, at, lexicon)
        if entry:
            found.append((at, at + length, entry))
        at += length
    return found


def _drug_at(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[int, Entry | None]:
    if tokens[at].kind != "word" or tokens[at].name:
        return 1, None
    for length in range(min(_LONGEST, len(tokens) - at), 0, -1):
        taken = tokens[at : at + length]
        if taken[-1].kind in ("elision", "stop") or any(_parts(one) for one in taken[:-1]):
            continue
        entry = lexicon.find(_spelled(taken, " ")) or (lexicon.find(_spelled(taken, "-")) if length > 1 else None)
        if entry and entry.drug:
            return length, entry
        if entry and length > 1:
            return length - _given_in(entry, taken, lexicon), None
    return 1, None


def _given_in(entry: Entry, taken: Sequence[Token], lexicon: Lexicon) -> bool:
    """« instillation de mitomycine »: an act whose last word is the medicine that it gives."""
    last = lexicon.find(taken[-1].text)
    return entry.kind == "procedure" and taken[-2].key.strip("'") in ("de", "d", "du") and bool(last and last.drug)


def _parts(token: Token) -> bool:
    """Whether no name goes on after this."""
    return token.kind == "number" or (token.kind == "stop" and token.text != "/")


def _spelled(taken: Sequence[Token], gap: str) -> str:
    text = taken[0].text
    for before, one in pairwise(taken):
        glued = one.text == "/" or before.text == "/" or before.kind == "elision"
        text += one.text if glued else gap + one.text
    return text


def given(
    text: str,
    tokens: Sequence[Token],
    found: Sequence[tuple[int, int, Entry]],
    amounts: Sequence[Quantity],
    lexicon: Lexicon,
) -> Iterator[Given]:
    """The doses among these amounts, each with its medicine; an amount of something else is left out."""
    for amount in amounts:
        index = _owner(text, tokens, found, amount)
        if index is None:
            continue
        first, after, entry = found[index]
        between = [one for one in tokens[after:] if one.end <= amount.start]
        if any(one.key.startswith(_OTHER_MEASURES) for one in between):
            continue
        near = len(between) <= REACH or tokens[first].start >= amount.end
        entries = (*_breath(text, tokens, found, index), entry)
        yield Given(quantity=amount, entries=entries, substance_entries=_sources(entries, lexicon), near=near)


def _sources(entries: Sequence[Entry], lexicon: Lexicon) -> tuple[Entry, ...]:
    """The entries of the substances that these names hold."""
    names = dict.fromkeys(one for entry in entries for one in entry.substance.split("/") if one != entry.text)
    return tuple(entry for name in names if (entry := lexicon.find(name)) and entry.drug)


def _owner(text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], amount: Quantity) -> int | None:
    """Which medicine an amount belongs to: the one that follows (« 2 g de … »), else the last named in its sentence."""
    for index, (first, _, _) in enumerate(found):
        if tokens[first].start >= amount.end:
            if fold(text[amount.end : tokens[first].start]).strip() in ("de", "d'"):
                return index
            break
    for index in range(len(found) - 1, -1, -1):
        after = found[index][1]
        if tokens[after - 1].end <= amount.start:
            return None if _broken(tokens[after:], amount.start) else index
    return None


def _broken(tokens: Sequence[Token], before: int) -> bool:
    """Whether a sentence ends on the way."""
    return any(one.kind == "stop" and one.text in ".;\n!?" for one in tokens if one.end <= before)


def _breath(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], index: int
) -> tuple[Entry, ...]:
    """The medicines named just before, in one breath: « périndopril/indapamide », « Eliquis (apixaban) »."""
    entries: list[Entry] = []
    while index > 0:
        between = text[tokens[found[index - 1][1] - 1].end : tokens[found[index][0]].start].strip()
        if between not in _BREATH:
            break
        index -= 1
        entries.insert(0, found[index][2])
    return tuple(entries)
