"""How far a single word can be trusted as heard: known, rare, or no word at all.

Knows the lexicon, everyday French and how medical words are built; does not know what else a word may be.
"""

from vocab import general, morphology
from vocab.folding import fold
from vocab.lexicon import Lexicon

_SHORT = 3
"""A word this short that is neither medical nor familiar is a piece of another one: « gu », « ber »."""


def listed(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is in the lexicon, or among the everyday words that were given with it."""
    folded = fold(word)
    return folded in lexicon.words or folded in lexicon.general


def unknown(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is in no list at all, and not built like a medical one."""
    return not (listed(word, lexicon) or general.known(word) or morphology.accepts(word) or morphology.prefix(word))


def doubtful(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is unknown, or too rare to be taken as heard."""
    return not (listed(word, lexicon) or general.familiar(word))


def garbled(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is no French word at all: what a recogniser writes for a name it does not know."""
    if unknown(word, lexicon):
        return True
    return len(word) <= _SHORT and doubtful(word, lexicon) and not word.isupper()


def built(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is in no list, but well-built: it may well be right."""
    return not listed(word, lexicon) and not general.known(word) and morphology.accepts(word)
