"""Ids that people see: ten characters of Crockford base 32, drawn at random.

They say nothing of what they name and are unrelated to any hash. Knows nothing of what is given an id.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U, which are misread, misheard or make words."""
LENGTH = 10


def new_id() -> str:
    """Draw an id: 50 bits, so that a practice of a million documents has one chance in two thousand of a clash ever.

    A clash is refused by the primary key, never a silent overwrite.
    """
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_id(text: str) -> bool:
    """Tell whether this text has the form of an id."""
    return len(text) == LENGTH and all(character in ALPHABET for character in text)
