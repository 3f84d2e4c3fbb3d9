"""Words that were not understood, searched in the lexicon by their sound, one to four words at a time.

A recogniser splits a name it does not know into ordinary words (« bise au prolole »), so the unit of search is a window
of words. What is found is decided by `gate`: AUTO (written, and said so), SUGGEST (one key press), or nothing. A
medicine is never replaced by another medicine; negations, sides and numbers are never inside a window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vocab import gate, general, inflection, morphology, phonetics
from vocab.doubt import built, garbled
from vocab.doubt import doubtful as doubtful
from vocab.doubt import unknown as unknown
from vocab.folding import fold
from vocab.lexicon import Entry, Lexicon
from vocab.sounds import Near, Sounded, sounds_of
from vocab.windows import searchable as searchable
from vocab.windows import together, windows, within
from vocab.words import Token, cut, opens_sentence

Decision = Literal["auto", "suggest"]
SUGGEST = 0.8
_EDGED = 0.9
"""A window that begins or ends with a small word must sound better: it may only have swallowed it."""
_PLAIN = 0.93
"""A window of words that may be right, everyday or well-built, must sound much better."""
_RARE = 0.86
"""A word that exists but is rare must sound a little better than one that does not exist."""
_ALTERNATIVES = 3
_ARTICLES = frozenset("la le les l' un une du d' au cette ce sa son".split())  # noqa: SIM905
_MANY = frozenset(
    "les des ces ses mes nos vos leurs aux plusieurs deux trois quatre cinq six quelques".split()  # noqa: SIM905
)
_ONE = frozenset("le la un une du au cet cette ce son sa mon ma l' d'".split())  # noqa: SIM905
_UNITS = frozenset(["mg", "µg", "g", "microgrammes"])
_PARTED_LENGTH = 8


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


Found = tuple[float, Proposal]
"""A proposal, with what it is worth against one that overlaps it."""


def propose(
    text: str, lexicon: Lexicon, *, faint: Sequence[tuple[int, int]] = (), skip: Sequence[tuple[int, int]] = ()
) -> tuple[Proposal, ...]:
    """What stretches of a text may really be, without overlap, in reading order.

    `faint` are stretches that the recogniser was unsure of: their words may be searched though they are known.
    `skip` are stretches that must not be touched (names).
    """
    tokens = cut(text)
    usable = [searchable(token) and not within(token, skip) for token in tokens]
    found: list[Found] = [*_written_apart(text, tokens, usable, lexicon), *_accents(tokens, usable, lexicon)]
    odd = [ok and _odd(tokens, at, lexicon, faint) for at, ok in enumerate(usable)]
    asked = {
        (first, last): pronounced(text[tokens[first].start : tokens[last].end])
        for first, last in windows(text, tokens, usable=usable, odd=odd)
        if _worth_searching(text, tokens, first, last, lexicon)
    }
    sounds_of(lexicon).prepare([one for several in asked.values() for one in several], above=SUGGEST)
    for (first, last), heard in asked.items():
        found += _searched(text, tokens, first, last, heard, lexicon)
    return tuple(_apart(found))


# --- what is seen without listening ----------------------------------------------------------------------------------


def _written_apart(text: str, tokens: Sequence[Token], usable: Sequence[bool], lexicon: Lexicon) -> Iterator[Found]:
    """« BP CO », « H T A », « hyper tension »: one word, its pieces written apart."""
    for first in range(len(tokens)):
        for last in range(first + 1, min(first + 6, len(tokens))):
            taken = tokens[first : last + 1]
            if not all(usable[first : last + 1]):
                break
            entry = _sigle_apart(taken, lexicon) or _word_apart(text, taken, lexicon)
            if entry:
                heard = text[taken[0].start : taken[-1].end]
                written = _cased(text, taken[0], _agreed(entry, heard, wanted=None))
                yield 3.0, _proposal(taken, heard, written, 1.0, "auto", entry)


def _sigle_apart(taken: Sequence[Token], lexicon: Lexicon) -> Entry | None:
    if not all(token.text.isupper() for token in taken):
        return None
    entry = lexicon.by_writing.get(fold("".join(token.text for token in taken)))
    return entry if entry and entry.kind == "abbreviation" else None


def _word_apart(text: str, taken: Sequence[Token], lexicon: Lexicon) -> Entry | None:
    """« pneumo thorax »: a prefix and the rest of a word of the lexicon, a space between them."""
    one, other = taken[0], taken[-1]
    if len(taken) > 2 or text[one.end : other.start] != " ":
        return None
    if len(one.key) < 4 or len(one.key) + len(other.key) < _PARTED_LENGTH or not morphology.prefix(one.text):
        return None
    entry = lexicon.find(one.text + other.text) or lexicon.find(f"{one.text}-{other.text}")
    return entry if entry and not entry.drug and lexicon.find(f"{one.text} {other.text}") is None else None


def _accents(tokens: Sequence[Token], usable: Sequence[bool], lexicon: Lexicon) -> Iterator[Found]:
    """« vesicule »: a word of the lexicon without its accents, that is not an everyday word itself."""
    for token, ok in zip(tokens, usable, strict=True):
        written = lexicon.accented.get(token.key, "")
        if not ok or not written or token.kind != "word" or len(token.text) < 4 or token.text.isupper():
            continue
        entry = lexicon.find(written) or Entry(text=written, kind="term")
        if not _lost_accents(token.text.lower(), written, strict=entry.drug):
            continue
        shown = written[:1].upper() + written[1:] if token.text[:1].isupper() else written
        yield 0.9, _proposal([token], token.text, shown, 1.0, "auto", entry)


def _lost_accents(heard: str, written: str, *, strict: bool) -> bool:
    """Whether a word lacks accents, and cannot be another word without them (« modifie », « modifié »).

    `strict` when accents are only added, never taken away: names of medicines are spelled both ways. A word that exists
    loses none either (« équipé » is not « équipe »).
    """
    if _no_diaeresis(heard) == _no_diaeresis(written) or general.rank(heard) <= general.rank(written):
        return False
    if written.rstrip("s").endswith(("é", "ée")):
        return not general.known(heard)
    return not (strict or general.known(heard)) or sum(map(_accented, heard)) < sum(map(_accented, written))


def _no_diaeresis(word: str) -> str:
    return word.replace("üe", "ue").replace("uë", "ue").replace("ï", "i")


def _accented(letter: str) -> bool:
    return letter in "àâäéèêëîïôöùûüç"


# --- what is worth a search ------------------------------------------------------------------------------------------


def _odd(tokens: Sequence[Token], index: int, lexicon: Lexicon, faint: Sequence[tuple[int, int]]) -> bool:
    token = tokens[index]
    if token.kind != "word":
        return False
    if doubtful(token.text, lexicon):
        return True
    return within(token, faint) or (before_dose(tokens, index, lexicon) and lexicon.find(token.text) is None)


def before_dose(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Whether a dose in mg, g or µg follows within four words, no known medicine between: one is expected here."""
    for at in range(index + 1, min(len(tokens) - 1, index + 5)):
        known = lexicon.find(tokens[at].text)
        if tokens[at].kind == "stop" or (known and known.drug):
            return False
        if tokens[at].kind == "number":
            return tokens[at + 1].text in _UNITS
    return False


def _worth_searching(text: str, tokens: Sequence[Token], first: int, last: int, lexicon: Lexicon) -> bool:
    taken = tokens[first : last + 1]
    heard = text[taken[0].start : taken[-1].end]
    known = lexicon.by_writing.get(fold(heard))
    if known and (known.drug or heard.lower() == known.text.lower()):
        return False
    if first == last and (len(heard) < 2 or fold(heard) in lexicon.words):
        return False
    return any(len(token.text) >= 4 or _sigle(token.text) for token in taken)


def _least(taken: Sequence[Token], lexicon: Lexicon) -> float:
    """How well a window must sound to be proposed at all."""
    words = [token.text for token in taken if token.kind == "word"]
    if not any(doubtful(word, lexicon) for word in words):
        return _PLAIN
    if all(built(word, lexicon) or not doubtful(word, lexicon) for word in words):
        return _PLAIN
    if len(taken) > 1 and (taken[0].key in gate.EDGES or taken[-1].key in gate.EDGES):
        return _EDGED
    return SUGGEST if any(garbled(word, lexicon) for word in words) else _RARE


def _searched(
    text: str, tokens: Sequence[Token], first: int, last: int, said: Sequence[str], lexicon: Lexicon
) -> Iterator[Found]:
    taken = tokens[first : last + 1]
    start, end = taken[0].start, taken[-1].end
    heard = text[start:end]
    before = tokens[first - 1].key if first and tokens[first - 1].kind != "stop" else ""
    near = [
        one
        for one in sounds_of(lexicon).nearest(said, above=_least(taken, lexicon))
        if not _there(text, start, end, one[1]) and not (one[1].prefix and before in _ARTICLES)
    ]
    if not near or gate.same_letters(heard, near[0][1].entry):
        return
    score, best = near[0]
    written = _written(text, taken, before, best)
    if fold(written) == fold(heard):
        return
    torn = best.entry.drug and _torn(text, tokens, first, last, lexicon)
    decision: Decision = "auto" if not torn and gate.sure(taken, heard, near, lexicon) else "suggest"
    yield (
        score + 0.004 * len(best.sounds) - 0.004 * (last - first),
        _proposal(taken, heard, written, round(score, 3), decision, best.entry, _others(near, lexicon)),
    )


def _torn(text: str, tokens: Sequence[Token], first: int, last: int, lexicon: Lexicon) -> bool:
    """Whether the word beside a window is no word either: the name may be longer (« azils artan » is not Artane)."""
    before = first > 0 and together(text, tokens[first - 1], tokens[first])
    after = last + 1 < len(tokens) and together(text, tokens[last], tokens[last + 1])
    beside = [tokens[at] for at, near in ((first - 1, before), (last + 1, after)) if near]
    return any(token.kind == "word" and garbled(token.text, lexicon) for token in beside)


def _others(near: Near, lexicon: Lexicon) -> tuple[str, ...]:
    """What else it may be, best first; the opposite words come before, unless it sounds exactly so."""
    score, best = near[0]
    sure = best.entry.drug or score >= gate.EXACT
    opposites = () if sure else gate.opposites(best.entry.text, lexicon)
    others = (one.prefix + one.entry.text for _, one in near[1:])
    return tuple(dict.fromkeys((*opposites, *others)))[:_ALTERNATIVES]


def _there(text: str, start: int, end: int, sounded: Sounded) -> bool:
    """Whether the entry is already written here: the window only swallowed its neighbours."""
    wanted, heard = f" {fold(sounded.entry.text)} ", f" {fold(text[start:end])} ".replace("'", "' ")
    whole = f" {fold(text[max(0, start - 24) : end + 24])} "
    return (wanted in heard and wanted != heard) or (heard.strip() in wanted and heard != wanted and wanted in whole)


def pronounced(heard: str) -> list[str]:
    """How it may have been said: as written, with its last consonant heard, and with the accents it may have lost."""
    words = heard.split()
    plain = " ".join(word if _sigle(word) else word.lower() for word in words)
    spoken = phonetics.phrase(plain)
    out = [spoken]
    if "2" in spoken and any(_sigle(word) for word in words):
        out.append(phonetics.tidy(spoken.replace("2", "e")))
    if heard[-2:].lower() in ("in", "an", "on", "en"):
        out.append(phonetics.phrase(heard.lower() + "e"))
    if spoken.endswith("A"):
        out.append(spoken[:-1] + "am")
    tail = heard[-1].lower()
    if tail in "stdpxgc" and len(heard) >= 4:
        out.append(spoken + {"x": "s", "g": "g", "c": "k"}.get(tail, tail))
    if len(heard) >= 6 and plain.isascii() and plain == heard.lower():
        out.append(phonetics.phrase(phonetics.foreign(heard)))
    return list(dict.fromkeys(out))


def _sigle(word: str) -> bool:
    return word.isupper() and 1 < len(word) <= 5


# --- what is written -------------------------------------------------------------------------------------------------


def _written(text: str, taken: Sequence[Token], before: str, best: Sounded) -> str:
    heard = text[taken[0].start : taken[-1].end]
    wanted = True if before in _MANY else False if before in _ONE else None
    written = best.entry.text if best.prefix else _agreed(best.entry, heard, wanted=wanted)
    return _cased(text, taken[0], best.prefix + written)


def _agreed(entry: Entry, heard: str, *, wanted: bool | None) -> str:
    """An entry in the number and gender that were heard; `wanted` is the number that the words before ask for."""
    if entry.drug or entry.kind == "abbreviation":
        return entry.text
    many = heard.lower().endswith(("s", "x", "aux")) if wanted is None else wanted
    she = fold(heard).rstrip("s").endswith("e")
    said = phonetics.phrase(heard.lower())
    forms = list(dict.fromkeys((entry.text, *entry.inflected)))
    alike = [phonetics.likeness(said, phonetics.phrase(form.lower())) for form in forms]
    close = [at for at in range(len(forms)) if alike[at] >= max(alike) - 0.06]
    return forms[
        max(close, key=lambda at: (_plural(forms[at], wanted=wanted) == many, _feminine(forms[at]) == she, -at))
    ]


def _feminine(form: str) -> bool:
    return fold(form).rstrip("s").endswith("e")


def _plural(form: str, *, wanted: bool | None) -> bool:
    """Whether a form is in the plural: by its last word, which was heard, or by its first, when a number is wanted."""
    word = form.rpartition(" ")[2] if wanted is None else form.partition(" ")[0]
    return word.endswith(("s", "x", "z"))


def _cased(text: str, first: Token, written: str) -> str:
    capital = first.text[:1].isupper() and opens_sentence(text, first.start)
    return written[:1].upper() + written[1:] if capital else written


def pluralised(expression: str) -> str:
    """A French expression in the plural."""
    return inflection.plural(expression)


def _proposal(
    taken: Sequence[Token], heard: str, written: str, score: float, decision: Decision, entry: Entry,
    others: tuple[str, ...] = (),
) -> Proposal:  # fmt: skip
    return Proposal(
        start=taken[0].start, end=taken[-1].end, heard=heard, written=written, score=score, decision=decision,
        entry=entry, others=others,
    )  # fmt: skip


def _apart(found: list[Found]) -> list[Proposal]:
    kept: list[Proposal] = []
    for _, proposal in sorted(found, key=lambda item: (-item[0], item[1].start)):
        if all(proposal.end <= other.start or other.end <= proposal.start for other in kept):
            kept.append(proposal)
    return sorted(kept, key=lambda proposal: proposal.start)
