"""What the search by sound may write without asking, and what it may only propose.

Knows which words must never be taken for each other: opposite prefixes (hypo/hyper, pré/per/post), endings that change
the act or the disease (-ectomie/-otomie), figures, letters, sides, negations, and any medicine for another. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from vocab.doubt import built, doubtful, garbled, listed
from vocab.folding import fold
from vocab.general import familiar, rank
from vocab.lexicon import Entry, Lexicon
from vocab.sounds import Near, Sounded
from vocab.windows import FROZEN
from vocab.words import Token

AUTO = 0.95
EXACT = 0.99
"""From here on two sounds are the same."""
_SHORTEST, _SHORT, _SHORT_AUTO = 5, 6, 0.98
"""Few sounds must be heard very well, and too few are never enough: too many words sound alike."""
_EDGED_AUTO = 0.97
_JOINED = 7
"""The sounds that a name needs when an article was heard glued to it (« durologie »)."""
_APART, _APART_EXACT = 0.12, 0.05
_BRAND_AUTO = 0.97
_APART_SIGLE, _APART_SIGLE_EXACT = 0.25, 0.12
_APART_OPPOSED, _APART_OPPOSED_EXACT = 0.15, 0.08
_APART_ENDING = 0.03
_PLAIN_AUTO, _PLAIN_SOUNDS, _PLAIN_APART = 0.97, 8, 0.08
"""A window of everyday words is only written when a long name alone fits it, nearly to the sound."""
_RARE_SOUNDS = 10
"""A window with a rare word is written when a name this long sounds the same."""
_ODD_RANK = 8_000
EDGES = frozenset("a au aux une un est et en de du des le la les d l qui que sur".split())  # noqa: SIM905
"""Small words, folded, that a window may only have swallowed."""

_PREFIXES: tuple[frozenset[str], ...] = tuple(
    frozenset(family.split())
    for family in (
        "hypo hyper normo", "pre per post peri para pro", "uni bi mono tri quadri di", "sus sous supra sub infra sur",
        "intra extra inter endo exo trans", "ad ab", "meta mesa meso", "brady tachy", "macro micro", "oligo poly pauci",
        "homo hetero", "ante anti retro antero postero", "eu dys", "iso aniso", "iso hypo hyper", "proximo disto",
        "latero medio", "ilio ileo", "hemo hemi", "auto allo", "primo multi nulli", "leuco leuko erythro thrombo",
    )
)  # fmt: skip
_DENYING = ("a", "an", "in", "im", "ir", "de", "des", "dys", "non", "anti", "contre", "mal", "re")
_ENDINGS = (
    "ectomie", "otomie", "ostomie", "oscopie", "ographie", "ogramme", "oplastie", "orraphie", "opexie", "olyse",
    "odese", "ocentese", "opathie", "algie", "urie", "emie", "ite", "ose", "ome", "ique", "aire", "al", "ale", "aux",
    "el", "elle", "eux", "euse", "if", "ive", "ien", "ienne", "ation", "ement", "eur", "logie", "logue", "trophie",
    "plasie", "phagie", "phasie", "praxie", "plegie", "paresie", "pnee", "cardie", "tension", "thermie", "therapie",
    "metrie", "stase", "rragie", "rrhee", "gene", "lytique", "cele",
)  # fmt: skip
_ADJECTIVES = frozenset("ique aire al ale aux el elle eux euse if ive ien ienne".split())  # noqa: SIM905
_GENDERS = {"ale": "al", "aux": "al", "elle": "el", "euse": "eux", "ive": "if", "ienne": "ien"}


def sure(tokens: Sequence[Token], heard: str, near: Near, lexicon: Lexicon) -> bool:
    """Whether the best entry may be written in place of what was heard, without a person."""
    score, best = near[0]
    if score < AUTO or not _heard_enough(tokens, heard, score, best):
        return False
    if not _senseless(tokens, near, lexicon) or _other_drug(tokens, best.entry, lexicon):
        return False
    if opposed(heard, best.entry, exact=score >= EXACT) or _figures(heard) != _figures(best.entry.text):
        return False
    return not any(_rivals(near, fold(heard))) and not (best.entry.drug and _spelled_nearer(heard, best.entry, lexicon))


def _heard_enough(tokens: Sequence[Token], heard: str, score: float, best: Sounded) -> bool:
    if len(best.sounds) < _SHORT and (score < _SHORT_AUTO or (len(best.sounds) < _SHORTEST and not heard.isupper())):
        return False
    glued = best.prefix and "'" not in heard and "’" not in heard
    if best.entry.kind == "brand" and score < _BRAND_AUTO:
        return False
    if glued and (len(best.sounds) < _JOINED or best.entry.kind == "brand"):
        return False
    edged = len(tokens) > 1 and (tokens[0].key in EDGES or tokens[-1].key in EDGES)
    return not edged or score >= _EDGED_AUTO


def _senseless(tokens: Sequence[Token], near: Near, lexicon: Lexicon) -> bool:
    """Whether what was heard cannot be what was said: no word at all, a misspelt one, everyday words at random."""
    words = [token.text for token in tokens if token.kind == "word"]
    if any(garbled(word, lexicon) for word in words):
        return True
    score, best = near[0]
    if len(words) == 1:
        if built(words[0], lexicon):
            return score == 1.0 and len(best.sounds) >= _PLAIN_SOUNDS and not best.entry.drug
        return skeleton(words[0]) == skeleton(best.entry.text)
    if score >= EXACT and len(best.sounds) >= _RARE_SOUNDS and any(doubtful(word, lexicon) for word in words):
        return True
    return _random([word for word in words if len(word) > 2], near, lexicon)


def _random(words: Sequence[str], near: Near, lexicon: Lexicon) -> bool:
    """Whether everyday words follow each other by chance: none is medical, one is not so common, one name fits."""
    score, best = near[0]
    if score < _PLAIN_AUTO or len(best.sounds) < _PLAIN_SOUNDS or any(listed(word, lexicon) for word in words):
        return False
    return all(alike < score - _PLAIN_APART for alike, _ in near[1:]) and any(rank(word) > _ODD_RANK for word in words)


def _other_drug(tokens: Sequence[Token], entry: Entry, lexicon: Lexicon) -> bool:
    """Whether a medicine was heard already: it is never replaced by another one."""
    found = (lexicon.find(token.text) for token in tokens if token.kind == "word")
    return any(one.drug and one.text != entry.text for one in found if one)


def _rivals(near: Near, heard: str) -> Iterator[Entry]:
    """The other entries that what was heard may be as well."""
    score, best = near[0]
    for alike, other in near[1:]:
        apart = _apart(best.entry, other.entry, heard, exact=score >= EXACT)
        if apart and alike > score - apart:
            yield other.entry


def _apart(best: Entry, other: Entry, heard: str, *, exact: bool) -> float:
    """How much better the best must sound than another one; 0 when taking one for the other changes little."""
    if best.drug and other.drug:
        return 0.0 if _same_drug(other, best) else _APART_EXACT if exact else _APART
    if best.kind == other.kind == "abbreviation":
        return _APART_SIGLE_EXACT if exact else _APART_SIGLE
    pairs = [(theirs, ours) for theirs, ours in _paired(other.text, best.text) if ours not in heard]
    if any(_prefixed(*pair) for pair in pairs) or _figures(best.text) != _figures(other.text):
        return _APART_OPPOSED_EXACT if exact else _APART_OPPOSED
    return _APART_ENDING if any(_ended(*pair) for pair in pairs) else 0.0


def _spelled_nearer(heard: str, best: Entry, lexicon: Lexicon) -> bool:
    """Whether another medicine is as near by its letters: « quiniine » sounds like quinine, and may be quinidine."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    names, drugs = _drug_names(lexicon)
    letters = _joined(heard)
    most = Levenshtein.distance(letters, _joined(best.text))
    found = process.extract(letters, names, scorer=Levenshtein.distance, score_cutoff=most, limit=None)
    return any(not _same_drug(drugs[at], best) and drugs[at].text != best.text for _, _, at in found)


@lru_cache(maxsize=4)
def _drug_names(lexicon: Lexicon) -> tuple[list[str], list[Entry]]:
    drugs = [entry for entry in lexicon.entries if entry.drug]
    return [_joined(entry.text) for entry in drugs], drugs


def _joined(text: str) -> str:
    """Its letters alone, those that are one sound written alike."""
    letters = re.sub(r"[^a-z0-9]+|h", "", fold(text).replace("ph", "f"))
    hard = re.sub(r"c(?=[eiy])", "s", letters).replace("qu", "k").replace("c", "k")
    return hard.replace("y", "i").replace("z", "s").removesuffix("e")


def _same_drug(one: Entry, other: Entry) -> bool:
    return one.substance == other.substance and bool(one.substance)


# --- words that must never be taken for each other -------------------------------------------------------------------


def opposed(heard: str, entry: Entry, *, exact: bool = False) -> bool:
    """Whether taking one for the other would change the sense: another prefix, ending, side, negation or letter.

    `exact` when they sound the same: then only what is said differently counts.
    """
    frozen = [FROZEN.intersection(_words(text)) for text in (heard, entry.text)]
    if frozen[0] != frozen[1]:
        return True
    if exact:
        return False
    if heard.rstrip("se").endswith("é") and fold(heard).rstrip("es") == fold(entry.text).rstrip("es"):
        return True
    if (said := _sigles(heard)) and (written := _sigles(entry.text)) and said != written:
        return True
    return any(_prefixed(*pair) or (not entry.drug and _ended(*pair)) for pair in _paired(heard, entry.text))


def _paired(one: str, other: str) -> list[tuple[str, str]]:
    """The words of two expressions side by side; the whole ones when they have not as many words."""
    first, second = _words(one), _words(other)
    return list(zip(first, second, strict=True)) if len(first) == len(second) else [("".join(first), "".join(second))]


def opposites(text: str, lexicon: Lexicon) -> Iterator[str]:
    """The words that only another prefix tells from this one: « hypotension » for « hypertension »."""
    for family in _PREFIXES:
        begin = max((prefix for prefix in family if text.startswith(prefix)), key=len, default="")
        for other in sorted(family - {begin}) if begin else ():
            word = other + text.removeprefix(begin)
            found = lexicon.find(word)
            if found or familiar(word):
                yield found.text if found else word


def _prefixed(one: str, other: str) -> bool:
    for family in _PREFIXES:
        begins = [max((p for p in family if word.startswith(p)), key=len, default="") for word in (one, other)]
        if all(begins) and begins[0] != begins[1]:
            return True
    shorter, longer = sorted((one, other), key=len)
    return longer.endswith(shorter) and len(shorter) >= 4 and longer.removesuffix(shorter) in _DENYING


def _ended(heard: str, written: str) -> bool:
    """Whether the heard word ends as another word of the same family: « rubéoleux » is not « rubéole »."""
    one, other = _ending(heard), _ending(written)
    if not one or one == other or other.endswith(one) or (other and one.endswith(other)):
        return False
    return bool(other) or (one in _ADJECTIVES and not written.endswith(one))


def _ending(word: str) -> str:
    bare = word.removesuffix("s")
    found = max((one for one in _ENDINGS if bare.endswith(one) and len(bare) > len(one) + 2), key=len, default="")
    return _GENDERS.get(found, found)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", fold(text)) if len(word) > 1 or word.isdecimal()]


def _figures(text: str) -> str:
    return "".join(re.findall(r"\d", text))


def _sigles(text: str) -> set[str]:
    """The letters said one by one: « LDL », « T3 », « IgA »."""
    return {word for word in re.findall(r"[^\W_]+", text) if len(word) <= 4 and re.search(r"[A-Z].*[A-Z0-9]", word)}


# --- the same word, written another way ------------------------------------------------------------------------------


def same_letters(heard: str, entry: Entry) -> bool:
    """Whether what was heard is already an entry but for its hyphens, gender or number: it is left as it is.

    A space that should not be there (« hyper tension ») is another thing: only hyphens count.
    """
    if entry.drug:
        return heard.lower() == entry.text.lower()
    key = _bare(heard)
    if any(_one(_bare(form)) == _one(key) for form in (entry.text, *entry.inflected)):
        return True
    return entry.kind == "qualifier" and _stem(key) == _stem(_bare(entry.text))


def _bare(text: str) -> str:
    plain = text.lower().replace("-", "").replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return plain.replace("ï", "i").replace("üe", "ue").replace("uë", "ue")


def _one(text: str) -> str:
    """An expression without its marks of the plural."""
    return re.sub(r"[sx]\b", "", text)


def _stem(word: str) -> str:
    """A word without its gender and number: those are what was heard, never corrected by the lexicon."""
    return re.sub(r"(?:al|aux|ale|ales)\b", "al", re.sub(r"(?:es|e|s)\b", "", word)).strip()


def skeleton(word: str) -> str:
    """The letters of a word that are heard: no accent, no double letter, no silent h, y as i, ph as f."""
    plain = fold(word).replace("ph", "f").replace("y", "i").replace("h", "")
    return re.sub(r"(.)\1+", r"\1", plain)
