"""Names of medicines as a recogniser may mishear them: a little noise on their letters, always the same for a seed.

Knows which letters sound alike in French and where a name is cut in two; knows no lexicon and decides nothing.
"""

from random import Random

_SWAPS = (
    ("ph", "f"), ("th", "t"), ("y", "i"), ("x", "ks"), ("z", "s"), ("s", "z"), ("b", "p"), ("p", "b"), ("d", "t"),
    ("t", "d"), ("v", "f"), ("m", "n"), ("n", "m"), ("an", "on"), ("on", "an"), ("in", "an"), ("é", "è"), ("i", "é"),
    ("o", "au"), ("o", "ou"), ("c", "k"), ("qu", "k"), ("g", "k"), ("l", "r"), ("a", "o"), ("e", "é"), ("u", "ou"),
)  # fmt: skip
_ENDS = (("ol", "ole"), ("ine", "in"), ("ane", "an"), ("am", "ame"), ("ab", "abe"), ("ide", "id"), ("ol", "aule"))


def misheard(name: str, chance: Random, *, slips: int = 1) -> str:
    """A name with so many slips of the ear, in lower case: letters, its end, or a space inside."""
    word = name.lower()
    for _ in range(slips):
        word = chance.choice((_swapped, _swapped, _ended, _cut, _dropped))(word, chance)
    return word


def _swapped(word: str, chance: Random) -> str:
    places = [(at, old, new) for old, new in _SWAPS for at in range(1, len(word)) if word.startswith(old, at)]
    if not places:
        return word
    at, old, new = chance.choice(places)
    return word[:at] + new + word[at + len(old) :]


def _ended(word: str, chance: Random) -> str:
    fits = [(old, new) for old, new in _ENDS if word.endswith(old)]
    old, new = chance.choice(fits) if fits else ("", "e")
    return word.removesuffix(old) + new


def _cut(word: str, chance: Random) -> str:
    if len(word) < 7 or " " in word:
        return word
    at = chance.randrange(3, len(word) - 3)
    return f"{word[:at]} {word[at:]}"


def _dropped(word: str, chance: Random) -> str:
    if len(word) < 6:
        return word
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]
