"""The lexicon by ear: every entry with its sounds, searched for the nearest to what was heard.

Knows how abbreviations are spelled, how a brand is read, and how an elided article joins a word (« l'ECG »). Decides
nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from vocab import phonetics
from vocab.lexicon import Entry, Lexicon

_FEWEST_SOUNDS = 4
_WIDE, _NARROW = 0.5, 0.6
"""The fast search compares merged sounds: it keeps what is farther than what is asked."""
_NARROW_FROM = 0.8
_SHORTLIST = 16
_BATCH = 64
_KEPT = 20_000
_ELISION = re.compile(r"[ld](?=[aeiouy2@AOI])")
_ROMAN = {"II": "deux", "III": "trois", "IV": "quatre", "VI": "six", "VII": "sept", "VIII": "huit", "IX": "neuf",
          "XI": "onze", "XII": "douze"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sounded:
    """A way an entry sounds, alone or after an elided article."""

    entry: Entry
    prefix: str
    sounds: str


Near = list[tuple[float, Sounded]]
"""Entries with how alike they sound, best first."""


@dataclass(frozen=True)
class Sounds:
    """The lexicon by ear. Built once for a lexicon, on first use."""

    lexicon: Lexicon
    _shortlists: dict[tuple[str, float], tuple[int, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def _all(self) -> tuple[Sounded, ...]:
        return tuple(sounded for entry in self.lexicon.entries for sounded in _sounded(entry))

    @cached_property
    def _keys(self) -> list[str]:
        return [phonetics.coarse(sounded.sounds) for sounded in self._all]

    @cached_property
    def _exact(self) -> dict[str, Sounded]:
        """The first entry of each sound: medicines are among the last."""
        return {sounded.sounds: sounded for sounded in reversed(self._all)}

    def alike(self, sounds: str) -> Sounded | None:
        """The entry that sounds exactly so, if there is one."""
        return self._exact.get(sounds)

    def prepare(self, heard: Sequence[str], *, above: float) -> None:
        """Search many sounds at once, ten times faster than one by one; `nearest` then answers from memory."""
        import numpy as np
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        if len(self._shortlists) > _KEPT:
            self._shortlists.clear()
        sounds = (one for several in map(_elided, heard) for one, _ in several)
        reach = _NARROW if above >= _NARROW_FROM else _WIDE
        keys = [key for key in dict.fromkeys(map(phonetics.coarse, sounds)) if (key, reach) not in self._shortlists]
        for at in range(0, len(keys), _BATCH):
            batch = keys[at : at + _BATCH]
            table = process.cdist(
                batch, self._keys, scorer=Levenshtein.normalized_similarity, score_cutoff=reach,
                dtype=np.float32,
            )  # fmt: skip
            for key, row in zip(batch, table, strict=True):
                found = np.flatnonzero(row)
                if len(found) > _SHORTLIST:
                    found = found[np.argpartition(-row[found], _SHORTLIST)[:_SHORTLIST]]
                self._shortlists[key, reach] = tuple(found.tolist())

    def forget(self) -> None:
        """Drop what `prepare` keeps, as if nothing had been searched."""
        self._shortlists.clear()

    def nearest(self, heard: Sequence[str], *, above: float, limit: int = 6) -> Near:
        """The entries that sound most like any of these, best first, each once. `above` is at least 0.65."""
        self.prepare(heard, above=above)
        reach = _NARROW if above >= _NARROW_FROM else _WIDE
        best: dict[str, tuple[float, Sounded]] = {}
        for sounds, elision in (one for several in map(_elided, heard) for one in several):
            for index in self._shortlists[phonetics.coarse(sounds), reach]:
                found = self._all[index]
                if elision and found.sounds[0] not in phonetics.VOWELS:
                    continue
                alike = phonetics.likeness(elision + sounds, elision + found.sounds, above=above)
                if alike >= above and alike > best.get(found.entry.text, (0.0,))[0]:
                    best[found.entry.text] = alike, Sounded(found.entry, elision and elision + "'", found.sounds)
        return sorted(best.values(), key=lambda one: (-one[0], one[1].prefix != "", -one[1].entry.weight))[:limit]


@lru_cache(maxsize=4)
def sounds_of(lexicon: Lexicon) -> Sounds:
    """The index of a lexicon, kept."""
    return Sounds(lexicon)


def _elided(sounds: str) -> Iterator[tuple[str, str]]:
    """What was heard, and what follows an article or a preposition that has lost its vowel."""
    yield sounds, ""
    if _ELISION.match(sounds) and len(sounds) > _FEWEST_SOUNDS:
        yield sounds[1:], sounds[0]


def _sounded(entry: Entry) -> Iterator[Sounded]:
    for sounds in dict.fromkeys(_pronunciations(entry)):
        if len(sounds) >= _FEWEST_SOUNDS:
            yield Sounded(entry, "", sounds)


def _pronunciations(entry: Entry) -> Iterator[str]:
    for said in entry.said:
        yield phonetics.phrase(said)
    if entry.kind == "abbreviation":
        yield from _sigle(entry.text)
        return
    words = re.split(r"[\s/]+", entry.text)
    yield phonetics.phrase(" ".join(_ROMAN.get(word, word if _spelled(word) else word.lower()) for word in words))
    if entry.kind in ("brand", "eponym"):
        yield phonetics.phrase(phonetics.foreign(entry.text))
    if len(words) == 1 and not entry.drug:
        yield from (phonetics.phrase(form.lower()) for form in entry.inflected)


def _spelled(word: str) -> bool:
    """Whether a word of an entry is letters said one by one, figures or not: « LDL », « B12 », « IgG »."""
    return 1 < len(word) <= 5 and not word[1:].islower() and word != word.lower()


def _sigle(text: str) -> Iterator[str]:
    if text.isalnum() and len(text) >= 3 and not any(letter.islower() for letter in text):
        yield phonetics.spelled(text)
        if len(text) >= 4 and any(letter in "AEIOUY" for letter in text):
            yield phonetics.sound(text.lower())
