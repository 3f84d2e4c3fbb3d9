"""Words that were not understood, searched in the lexicon by their sound, one to four words at a time.

A recogniser splits a name it does not know into ordinary words (« bise au prolole »), so the unit of search is a window
of words. What is found is decided here: AUTO (written, and said so), SUGGEST (one key press), or nothing. A medicine is
never replaced by another medicine; negations, sides and numbers are never inside a window.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vocab import general, phonetics
from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.sounds import Sounded, sounds_of
from vocab.words import Token, cut, opens_sentence

Decision = Literal["auto", "suggest"]
AUTO, SUGGEST = 0.95, 0.8
_APART, _APART_EXACT = 0.1, 0.05
_EDGED = 0.9
"""A window that begins or ends with a small word must sound better: it may only have swallowed it."""
_PLAIN = 0.93
"""A window of everyday words must sound much better."""
_EDGES = frozenset(
    "a au aux une un est et en de du des le la les d l qui que sur".split()  # noqa: SIM905
)
_LONGEST = 4
_FROZEN = frozenset(
    [
        "pas",
        "sans",
        "aucun",
        "aucune",
        "ni",
        "non",
        "jamais",
        "absence",
        "droit",
        "droite",
        "gauche",
        "droits",
        "droites",
        "gauches",
        "bilateral",
        "bilaterale",
    ]
)
_ARTICLES = frozenset(
    "la le les l' un une du d' au cette ce sa son".split()  # noqa: SIM905
)
_MANY = frozenset(
    "les des ces ses mes nos vos leurs aux plusieurs deux trois quatre cinq six quelques".split()  # noqa: SIM905
)
_ONE = frozenset(
    "le la un une du au cet cette ce son sa mon ma l' d'".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A stretch of text that sounds like something of the lexicon."""

    start: int
    end: int
    heard: str
    written: str
    score: float
    decision: Decision
    entry: Entry
    others: tuple[str, ...] = ()
    """Other things it may be, best first."""


def unknown(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is in no list at all."""
    folded = fold(word)
    return not (folded in lexicon.words or folded in lexicon.general or general.known(word))


def doubtful(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is unknown, or too rare to be taken as heard."""
    folded = fold(word)
    return not (folded in lexicon.words or folded in lexicon.general or general.familiar(word))


def propose(
    text: str, lexicon: Lexicon, *, faint: Sequence[tuple[int, int]] = (), skip: Sequence[tuple[int, int]] = ()
) -> tuple[Proposal, ...]:
    """What stretches of a text may really be, without overlap, in reading order.

    `faint` are stretches that the recogniser was unsure of: their words may be searched though they are known.
    `skip` are stretches that must not be touched (names).
    """
    tokens = cut(text)
    found: list[tuple[float, Proposal]] = [(3.0, one) for one in _joined_capitals(text, tokens, lexicon, skip)]
    found += [(0.9, one) for one in _accents(tokens, lexicon, skip)]
    for first, last in _windows(tokens, lexicon, faint, skip):
        found += _searched(text, tokens, first, last, lexicon)
    return tuple(_apart(found))


def _joined_capitals(
    text: str, tokens: Sequence[Token], lexicon: Lexicon, skip: Sequence[tuple[int, int]]
) -> Iterator[Proposal]:
    """« BP CO », « H T A »: letters said one by one and written apart."""
    for first in range(len(tokens)):
        for last in range(first + 1, min(first + 6, len(tokens))):
            taken = tokens[first : last + 1]
            if not all(_usable(one, skip) and one.text.isupper() for one in taken):
                break
            entry = lexicon.by_writing.get(fold("".join(one.text for one in taken)))
            if entry and entry.kind == "abbreviation":
                start, end = taken[0].start, taken[-1].end
                yield Proposal(
                    start=start,
                    end=end,
                    heard=text[start:end],
                    written=entry.text,
                    score=1.0,
                    decision="auto",
                    entry=entry,
                )


def _accents(tokens: Sequence[Token], lexicon: Lexicon, skip: Sequence[tuple[int, int]]) -> Iterator[Proposal]:
    """« vesicule »: a word of the lexicon without its accents, that is not an everyday word itself."""
    for token in tokens:
        written = lexicon.accented.get(token.key, "")
        if (
            len(token.text) < 4
            or not written
            or token.kind != "word"
            or not _usable(token, skip)
            or token.text.lower() == written
        ):
            continue
        if general.rank(token.text.lower()) <= general.rank(written) or token.text.isupper():
            continue
        entry = lexicon.find(written) or Entry(text=written, kind="term")
        shown = written[:1].upper() + written[1:] if token.text[:1].isupper() else written
        yield Proposal(
            start=token.start, end=token.end, heard=token.text, written=shown, score=1.0, decision="auto", entry=entry
        )


def _windows(
    tokens: Sequence[Token], lexicon: Lexicon, faint: Sequence[tuple[int, int]], skip: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    usable = [_usable(token, skip) for token in tokens]
    odd = [
        ok and _odd(tokens, index, lexicon, faint) for index, (token, ok) in enumerate(zip(tokens, usable, strict=True))
    ]
    for first in range(len(tokens)):
        words = 0
        for last in range(first, min(len(tokens), first + 2 * _LONGEST)):
            if not usable[last]:
                break
            words += tokens[last].kind == "word"
            if words > _LONGEST:
                break
            if words and tokens[last].kind == "word" and any(odd[first : last + 1]):
                yield first, last


def _usable(token: Token, skip: Sequence[tuple[int, int]]) -> bool:
    if token.kind not in ("word", "elision") or token.name or token.key in _FROZEN:
        return False
    return not any(start < token.end and token.start < end for start, end in skip)


def _odd(tokens: Sequence[Token], index: int, lexicon: Lexicon, faint: Sequence[tuple[int, int]]) -> bool:
    token = tokens[index]
    if token.kind != "word":
        return False
    if doubtful(token.text, lexicon):
        return True
    if before_dose(tokens, index, lexicon) and lexicon.find(token.text) is None:
        return True
    return any(start < token.end and token.start < end for start, end in faint)


def before_dose(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Whether a dose in mg, g or µg follows within four words, no known medicine between: one is expected here."""
    for at in range(index + 1, min(len(tokens) - 1, index + 5)):
        known = lexicon.find(tokens[at].text)
        if tokens[at].kind == "stop" or (known and known.drug):
            return False
        if tokens[at].kind == "number":
            return tokens[at + 1].text in ("mg", "µg", "g", "microgrammes")
    return False


def _searched(
    text: str, tokens: Sequence[Token], first: int, last: int, lexicon: Lexicon
) -> Iterator[tuple[float, Proposal]]:
    start, end = tokens[first].start, tokens[last].end
    heard = text[start:end]
    if lexicon.find(heard) is not None and fold(heard) in lexicon.by_writing:
        entry = lexicon.by_writing[fold(heard)]
        if entry.drug or heard.lower() == entry.text.lower() or heard == entry.text:
            return
    if first == last and not _odd_enough(tokens[first], lexicon):
        return
    if not any(len(token.text) >= 4 or _sigle(token.text) for token in tokens[first : last + 1]):
        return
    edged = first < last and (tokens[first].key in _EDGES or tokens[last].key in _EDGES)
    plain = not any(token.kind == "word" and doubtful(token.text, lexicon) for token in tokens[first : last + 1])
    least = _PLAIN if plain else _EDGED if edged else SUGGEST
    before = tokens[first - 1].key if first else ""
    near = [
        one
        for one in sounds_of(lexicon).nearest(_sounds(heard), above=least)
        if not _there(text, start, end, one[1]) and not (one[1].prefix and before in _ARTICLES)
    ]
    if not near:
        return
    score, best = near[0]
    written = _written(text, tokens, first, last, best)
    if fold(written) == fold(heard) and written.lower() == heard.lower():
        return
    others = tuple(dict.fromkeys(other.entry.text for _, other in near[1:] if other.entry is not best.entry))[:3]
    decision = _decide(tokens[first : last + 1], heard, near, lexicon)
    proposal = Proposal(
        start=start, end=end, heard=heard, written=written, score=round(score, 3), decision=decision,
        entry=best.entry, others=others,
    )  # fmt: skip
    yield score + 0.004 * len(best.sounds) - 0.004 * (last - first), proposal


def _there(text: str, start: int, end: int, sounded: Sounded) -> bool:
    """Whether the entry is already written here: the window only swallowed its neighbours."""
    wanted, heard = f" {fold(sounded.entry.text)} ", f" {fold(text[start:end])} ".replace("'", "' ")
    whole = f" {fold(text[max(0, start - 24) : end + 24])} "
    if not sounded.entry.drug and _stem(wanted) == _stem(heard):
        return wanted != heard
    return (wanted in heard and wanted != heard) or (heard.strip() in wanted and heard != wanted and wanted in whole)


def _stem(folded: str) -> str:
    """A word without its gender and number: those are what was heard, never corrected by the lexicon."""
    return re.sub(r"(?:al|aux|ale|ales)\b", "al", re.sub(r"(?:es|e|s)\b", "", folded)).strip()


def _odd_enough(token: Token, lexicon: Lexicon) -> bool:
    return len(token.text) >= 2 and (fold(token.text) not in lexicon.words)


def _sounds(heard: str) -> list[str]:
    """How it may have been said: as written, and with its last consonant heard."""
    words = heard.split()
    spoken = phonetics.phrase(" ".join(word if _sigle(word) else word.lower() for word in words))
    out = [spoken]
    if "2" in spoken and any(_sigle(word) for word in words):
        out.append(phonetics.tidy(spoken.replace("2", "e")))
    if heard[-2:].lower() in ("in", "an", "on", "en"):
        out.append(phonetics.phrase(heard.lower() + "e"))
    tail = heard[-1].lower()
    if tail in "stdpxgc" and len(heard) >= 4:
        out.append(spoken + {"x": "s", "g": "g", "c": "k"}.get(tail, tail))
    return out


def _sigle(word: str) -> bool:
    return word.isupper() and 1 < len(word) <= 5


def _decide(tokens: Sequence[Token], heard: str, near: Sequence[tuple[float, Sounded]], lexicon: Lexicon) -> Decision:
    score, best = near[0]
    if score < AUTO or not any(token.kind == "word" and _rare(token.text, lexicon) for token in tokens):
        return "suggest"
    if any((found := lexicon.find(token.text)) and found.drug and found.text != best.entry.text for token in tokens):
        return "suggest"
    if not best.entry.drug:
        return "auto"
    others = (alike for alike, other in near[1:] if other.entry.drug and not _same_drug(other.entry, best.entry))
    apart = _APART_EXACT if score >= 0.99 else _APART
    return "suggest" if any(alike > score - apart for alike in others) else "auto"


def _rare(word: str, lexicon: Lexicon) -> bool:
    return fold(word) not in lexicon.words and not general.familiar(word)


def _same_drug(one: Entry, other: Entry) -> bool:
    return one.substance == other.substance and bool(one.substance)


def _written(text: str, tokens: Sequence[Token], first: int, last: int, best: Sounded) -> str:
    entry = best.entry
    written = entry.text
    if not entry.drug and entry.kind != "abbreviation" and _plural(tokens, first, last, best):
        written = pluralised(written)
    written = best.prefix + written
    capital = tokens[first].text[:1].isupper() and opens_sentence(text, tokens[first].start)
    return written[:1].upper() + written[1:] if capital else written


def _plural(tokens: Sequence[Token], first: int, last: int, best: Sounded) -> bool:
    if best.prefix or " de " in best.entry.text or best.entry.text.endswith(("s", "x", "z")):
        return False
    before = tokens[first - 1].key if first and tokens[first - 1].kind != "stop" else ""
    if before in _MANY:
        return True
    return before not in _ONE and tokens[last].text.endswith("s")


def pluralised(expression: str) -> str:
    """A French expression in the plural: each of its words, when it has no preposition."""
    words = expression.split(" ")
    if any(word in ("de", "du", "à", "en", "par", "des", "d'effort") or "'" in word for word in words):
        return " ".join([_plural_word(words[0]), *words[1:]])
    return " ".join(_plural_word(word) for word in words)


def _plural_word(word: str) -> str:
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith("al") and word not in ("foetal", "final"):
        return word[:-2] + "aux"
    return word + ("x" if word.endswith(("eau", "eu")) else "s")


def _apart(found: list[tuple[float, Proposal]]) -> list[Proposal]:
    kept: list[Proposal] = []
    for _, proposal in sorted(found, key=lambda item: (-item[0], item[1].start)):
        if all(proposal.end <= other.start or other.end <= proposal.start for other in kept):
            kept.append(proposal)
    return sorted(kept, key=lambda proposal: proposal.start)
