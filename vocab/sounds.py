"""The lexicon by ear: every entry with its sounds, searched for the nearest to what was heard.

Knows how abbreviations are spelled and how an elided article joins a word (« l'ECG »). Decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from vocab import phonetics
from vocab.lexicon import Entry, Lexicon

_FEWEST_SOUNDS = 4


@dataclass(frozen=True, slots=True)
class Sounded:
    """A way an entry sounds, alone or after an elided article."""

    entry: Entry
    prefix: str
    sounds: str


@dataclass(frozen=True)
class Sounds:
    """The lexicon by ear. Built once for a lexicon, on first use."""

    lexicon: Lexicon

    @cached_property
    def _all(self) -> tuple[Sounded, ...]:
        return tuple(sounded for entry in self.lexicon.entries for sounded in _sounded(entry))

    @cached_property
    def _keys(self) -> list[str]:
        return [phonetics.coarse(sounded.sounds) for sounded in self._all]

    def nearest(self, heard: Sequence[str], *, above: float, limit: int = 6) -> list[tuple[float, Sounded]]:
        """The entries that sound most like any of these, best first."""
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        best: dict[int, float] = {}
        for sounds in heard:
            found = process.extract(
                phonetics.coarse(sounds), self._keys, scorer=Levenshtein.normalized_similarity,
                score_cutoff=max(0.5, above - 0.2), limit=12,
            )  # fmt: skip
            for _, _, index in found:
                alike = phonetics.likeness(sounds, self._all[index].sounds)
                if alike >= above and alike > best.get(index, 0.0):
                    best[index] = alike
        ranked = sorted(best.items(), key=lambda item: (-item[1], self._all[item[0]].prefix != "", item[0]))
        return [(score, self._all[index]) for index, score in ranked[:limit]]


@lru_cache(maxsize=4)
def sounds_of(lexicon: Lexicon) -> Sounds:
    """The index of a lexicon, kept."""
    return Sounds(lexicon)


def _sounded(entry: Entry) -> Iterator[Sounded]:
    for sounds in _pronunciations(entry):
        if len(sounds) < _FEWEST_SOUNDS:
            continue
        yield Sounded(entry, "", sounds)
        if sounds[0] in "aeiouy2@AOI":
            yield Sounded(entry, "l'", "l" + sounds)
            yield Sounded(entry, "d'", "d" + sounds)


def _pronunciations(entry: Entry) -> Iterator[str]:
    if entry.kind != "abbreviation":
        yield phonetics.phrase(entry.text.replace("/", " ").lower())
        return
    if entry.text.isalnum() and len(entry.text) >= 3 and not any(letter.islower() for letter in entry.text):
        yield phonetics.spelled(entry.text)
        if len(entry.text) >= 4 and any(letter in "AEIOUY" for letter in entry.text):
            yield phonetics.sound(entry.text.lower())
