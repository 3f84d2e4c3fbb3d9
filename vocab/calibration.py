"""How the installed recogniser mishears a term, learnt by ear: a voice says it, the recogniser listens.

What is heard instead of the term becomes another way of saying it, for the search by sound. Hearings are kept per term,
voice and model, so that the work can stop and go on; what is kept of them is judged again each time. A hearing that is
another entry, or sounds closer to one, or is everyday French, is never kept: it would write one word for another.
Does not know how a sentence is spoken or listened to: that is given.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vocab import general, phonetics
from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.sounds import sounds_of

HEARINGS, CALIBRATED = "hearings.tsv", "calibrated.tsv"
LEAST = 0.5
"""A hearing less like the term than this was cut badly or is noise."""
_ENOUGH = 0.97
"""A hearing this like the term is found without help."""
_LEAST_PLAIN, _SHORTEST_PLAIN = 0.7, 7
"""A hearing made of everyday words only must be long and sound much like the term."""
_MARGIN = 0.08
_CARRIER = 0.6
_SHORTEST = 5
_LONGEST = 4
_FROZEN = frozenset(
    """pas sans aucun aucune ni non jamais ne absence plus moins droit droite gauche droits droites gauches bilateral
    bilaterale deux trois quatre cinq six sept huit neuf dix vingt trente cent mille virgule point""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*['’]?")

Speak = Callable[[str, str], bytes]
"""Says a sentence (first) with a voice (second)."""
Listen = Callable[[Sequence[bytes]], Sequence[str]]
"""What is heard in each sound; several at once because a recogniser listens to half a minute at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A way of speaking, and the words around the term: it is heard as in a sentence."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What a model heard of a term said by a voice; nothing when it could not be told from the words around."""

    term: str
    voice: str
    model: str
    heard: str


def worth_hearing(lexicon: Lexicon, *, specialty: str = "") -> tuple[str, ...]:
    """The terms that a recogniser may not know.

    Those that a practice added one by one come first, then the most sold medicines, then the rest. Everyday words and
    abbreviations, which are spelled, are left out. `specialty` keeps its words only.
    """
    found = [
        entry
        for entry in (lexicon.of(specialty) if specialty else lexicon.entries)
        if entry.kind != "abbreviation" and any(not general.familiar(word.lower()) for word in entry.text.split())
    ]
    found.sort(key=lambda entry: (not entry.own or bool(entry.source), not entry.drug, -entry.weight))
    return tuple(dict.fromkeys(entry.text for entry in found))


def calibrate(
    terms: Sequence[str], *, voices: Sequence[Voice], model: str, folder: Path, speak: Speak, listen: Listen,
    batch: int = 6, progress: Callable[[int, int], None] | None = None,
) -> Iterator[Hearing]:  # fmt: skip
    """Hear each term in each voice, unless this folder already has the hearing; each is kept as soon as it is heard.

    `model` is the fingerprint of the recogniser. Stop iterating, or the program, at any time: the next call goes on.
    """
    done = {(one.term, one.voice) for one in hearings(folder) if one.model == model}
    left = [(term, voice) for voice in voices for term in terms if (term, voice.name) not in done]
    for start in range(0, len(left), batch):
        taken = left[start : start + batch]
        sounds = [speak(f"{voice.before} {term} {voice.after}", voice.name) for term, voice in taken]
        found = [
            Hearing(term=term, voice=voice.name, model=model, heard=between(heard, voice.before, voice.after))
            for (term, voice), heard in zip(taken, listen(sounds), strict=True)
        ]
        _append(folder / HEARINGS, found)
        yield from found
        if progress:
            progress(min(start + batch, len(left)), len(left))


def between(heard: str, before: str, after: str) -> str:
    """What was heard between the known words of a sentence, in lower case; empty when these are not recognised."""
    words = [word.lower() for word in _WORD.findall(heard)]
    first = _nearest([words[:count] for count in range(len(words))], before)
    last = _nearest([words[len(words) - count :] for count in range(1, len(words))], after)
    if first is None or last is None:
        return ""
    return " ".join(words[first : len(words) - last - 1])


def _nearest(stretches: Sequence[Sequence[str]], known: str) -> int | None:
    """The stretch that sounds most like the known words, or nothing when none does."""
    wanted = phonetics.phrase(known.lower())
    scores = [phonetics.likeness(phonetics.phrase(" ".join(words)), wanted) for words in stretches]
    best = max(scores, default=0.0)
    return scores.index(best) if best >= _CARRIER else None


def hearings(folder: Path) -> tuple[Hearing, ...]:
    """What was heard so far."""
    return tuple(
        Hearing(term=cells[0], voice=cells[1], model=cells[2], heard=cells[3])
        for cells in _rows(folder / HEARINGS)
        if len(cells) == 4
    )


def variants(heard: Iterable[Hearing], lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """The hearings worth keeping, by term: what one term is heard as and no other entry sounds like."""
    kept: dict[str, dict[str, None]] = {}
    owners: dict[str, set[str]] = {}
    for one in heard:
        entry = lexicon.find(one.term)
        if entry is None or not one.heard:
            continue
        owners.setdefault(phonetics.phrase(one.heard), set()).add(entry.text)
        if _worth_keeping(one.heard, entry, lexicon):
            kept.setdefault(entry.text, {})[one.heard] = None
    return {
        term: said
        for term, ways in sorted(kept.items())
        if (said := tuple(way for way in ways if len(owners[phonetics.phrase(way)]) == 1))
    }


def _worth_keeping(heard: str, entry: Entry, lexicon: Lexicon) -> bool:
    words = [part for word in heard.split() for part in re.split(r"['’-]", word) if part]
    if not words or len(heard.split()) > _LONGEST or any(fold(word) in _FROZEN or word.isdecimal() for word in words):
        return False
    if not re.fullmatch(r"[a-z' -]+", fold(heard)) or lexicon.find(heard) is not None:
        return False
    sounds = phonetics.phrase(heard)
    own = max(phonetics.likeness(sounds, way) for way in _ways(entry))
    if len(sounds) < _SHORTEST or not LEAST <= own < _ENOUGH:
        return False
    if all(general.familiar(word) for word in words) and not _long_and_like(words, sounds, own):
        return False
    return not _rivalled(sounds, own, entry, lexicon)


def _ways(entry: Entry) -> Iterator[str]:
    if entry.kind == "abbreviation":
        yield phonetics.spelled(entry.text)
    yield phonetics.phrase(entry.text.lower().replace("/", " "))
    yield from (phonetics.phrase(way.lower()) for way in entry.said)


def _long_and_like(words: Sequence[str], sounds: str, own: float) -> bool:
    return len(words) > 1 and len(sounds) >= _SHORTEST_PLAIN and own >= _LEAST_PLAIN


def _rivalled(sounds: str, own: float, entry: Entry, lexicon: Lexicon) -> bool:
    """Whether another entry sounds as much like what was heard, or nearly: another form of the term is no rival."""
    for _, found in sounds_of(lexicon).nearest([sounds], above=max(0.5, own - _MARGIN), limit=12):
        if not _akin(found.entry, entry):
            return True
    return False


def _akin(one: Entry, other: Entry) -> bool:
    if one.text == other.text:
        return True
    if one.drug or other.drug:
        return bool(one.substance) and one.substance == other.substance and one.kind == other.kind
    stems = (re.sub(r"(?:es|e|s|x|aux|al)$", "", fold(entry.text)) for entry in (one, other))
    return len(set(stems)) == 1


def write(folder: Path, found: Mapping[str, Sequence[str]], *, model: str) -> int:
    """Keep the variants of a model in `calibrated.tsv`, those of other models stay. How many terms have some."""
    others = [row for row in _rows(folder / CALIBRATED) if len(row) == 3 and row[2] != model]
    rows = [*others, *([term, "|".join(said), model] for term, said in sorted(found.items()) if said)]
    fresh = folder / f".{CALIBRATED}.new"
    body = "".join("\t".join(row) + "\n" for row in rows)
    fresh.write_text(f"# term\tsaid (as the recogniser hears it)\tmodel\n{body}", encoding="utf-8")
    os.replace(fresh, folder / CALIBRATED)
    return len(rows) - len(others)


def pronunciations(folder: Path, model: str) -> dict[str, tuple[str, ...]]:
    """The ways of saying that were learnt for this model, by term; for `Lexicon.pronounced`."""
    return {
        row[0]: tuple(way for way in row[1].split("|") if way)
        for row in _rows(folder / CALIBRATED)
        if len(row) == 3 and row[2] == model
    }


def _rows(file: Path) -> Iterator[list[str]]:
    """The rows of one of our own files; a line cut short by a stop is skipped by its number of columns."""
    if not file.is_file():
        return
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        if line and not line.startswith("#"):
            yield line.split("\t")


def _append(file: Path, found: Iterable[Hearing]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{one.term}\t{one.voice}\t{one.model}\t{one.heard}\n" for one in found)
        stream.flush()
        os.fsync(stream.fileno())
