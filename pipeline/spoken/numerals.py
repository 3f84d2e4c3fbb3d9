"""French numbers said in words or written in digits, read as values.

Knows the numerals from zero to the thousands, France's and its neighbours' (septante, nonante), and the mixtures a
recogniser writes (« 60 et 11 », « 2 mille 26 »). Does not know what is counted.
"""

from collections.abc import Sequence

_UNITS = {w: i for i, w in enumerate(("zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"))}
_UNITS |= {"une": 1}
_TEENS = {w: 10 + i for i, w in enumerate(("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"))}
_TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
_TENS |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}

Read = tuple[int, int]
"""A value and the position after it."""


def integer(keys: Sequence[str], at: int = 0) -> Read | None:
    """The whole number that begins at this word, and where it ends; None when there is none."""
    if at >= len(keys):
        return None
    if keys[at].isdecimal():
        return _digits(keys, at)
    return _thousands(keys, at)


def _digits(keys: Sequence[str], at: int) -> Read:
    value, after = int(keys[at]), at + 1
    if value in (20, 30, 40, 50, 60, 80) and after + 1 < len(keys) and keys[after] == "et":
        rest = integer(keys, after + 1)
        if rest and (rest[0] in (1, 11)) and rest[1] == after + 2:
            return value + rest[0], rest[1]
    if after < len(keys) and keys[after] == "mille" and value < 1000:
        return _plus(keys, value * 1000, after + 1)
    return value, after


def _plus(keys: Sequence[str], value: int, at: int) -> Read:
    rest = _hundreds(keys, at) or (_digits(keys, at) if at < len(keys) and keys[at].isdecimal() else None)
    return (value + rest[0], rest[1]) if rest and rest[0] < 1000 else (value, at)


def _thousands(keys: Sequence[str], at: int) -> Read | None:
    if keys[at] in ("mille", "mil"):
        return _plus(keys, 1000, at + 1)
    head = _hundreds(keys, at)
    if head and head[0] > 1 and head[1] < len(keys) and keys[head[1]] in ("mille", "mil"):
        return _plus(keys, head[0] * 1000, head[1] + 1)
    return head


def _hundreds(keys: Sequence[str], at: int) -> Read | None:
    if at >= len(keys):
        return None
    if keys[at] in ("cent", "cents"):
        value, after = 100, at + 1
    else:
        head = _below_hundred(keys, at)
        if not head or not (2 <= head[0] <= 9 and head[1] < len(keys) and keys[head[1]] in ("cent", "cents")):
            return head
        value, after = head[0] * 100, head[1] + 1
    rest = _below_hundred(keys, after)
    return (value + rest[0], rest[1]) if rest and rest[0] else (value, after)


def _below_hundred(keys: Sequence[str], at: int) -> Read | None:
    if at >= len(keys):
        return None
    word, after = keys[at], at + 1
    if word == "quatre" and after < len(keys) and keys[after] in ("vingt", "vingts"):
        return _added(keys, 80, after + 1, teens=True)
    if word in _TENS:
        return _added(keys, _TENS[word], after, teens=word == "soixante")
    return _teen(keys, at) or ((_UNITS[word], after) if word in _UNITS else None)


def _teen(keys: Sequence[str], at: int) -> Read | None:
    if at >= len(keys) or keys[at] not in _TEENS:
        return None
    if keys[at] == "dix" and at + 1 < len(keys) and keys[at + 1] in ("sept", "huit", "neuf"):
        return 10 + _UNITS[keys[at + 1]], at + 2
    return _TEENS[keys[at]], at + 1


def _added(keys: Sequence[str], tens: int, at: int, *, teens: bool) -> Read:
    start = at + 1 if at + 1 < len(keys) and keys[at] == "et" and keys[at + 1] in ("un", "une", "onze") else at
    teen = _teen(keys, start) if teens else None
    if teen:
        return tens + teen[0], teen[1]
    eighties = start + 1 < len(keys) and keys[start] == "quatre" and keys[start + 1] in ("vingt", "vingts")
    if start < len(keys) and keys[start] in _UNITS and keys[start] != "zero" and not eighties:
        return tens + _UNITS[keys[start]], start + 1
    return tens, at
