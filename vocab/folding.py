"""Text folded for comparison: no case, no accents, ligatures opened. Never used to write."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A text without case or accents, « œ » opened, straight apostrophes."""
    opened = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return "".join(letter for letter in unicodedata.normalize("NFD", opened) if not unicodedata.combining(letter))
