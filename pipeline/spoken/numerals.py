"""French numerals: words to a value (« quatre-vingt-dix-sept » → 97, « septante-deux » → 72).

Knows folded words, and digits that a recogniser mixes with them (« 60 et 11 », « 2 mille 26 ») or cuts them into
(« 4 20 12 », « 1000 9 100 52 »: `rebuilt`). Knows nothing of units.
"""

from collections.abc import Sequence

_UNITS = {
    word: value
    for value, word in enumerate(["zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"])
}
_UNITS["une"] = 1
_TEENS = {
    word: 10 + value for value, word in enumerate(["dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"])
}
_TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
_TENS |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
_THOUSAND = ("mille", "mil", "milles")
_MILLION = ("million", "millions")
_EARLIEST, _LATEST = 1900, 2099

Read = tuple[int, int]
"""A value and the position after it."""


def integer(keys: Sequence[str], at: int = 0) -> Read | None:
    """The whole number that begins at this word, and where it ends; None when there is none."""
    if at >= len(keys):
        return None
    head = _digits(keys, at) if keys[at].isdecimal() else _thousands(keys, at)
    if head and head[0] and head[0] < 1000 and head[1] < len(keys) and keys[head[1]] in _MILLION:
        rest = integer(keys, head[1] + 1)
        return (head[0] * 1_000_000 + rest[0], rest[1]) if rest and rest[0] < 1_000_000 else _millions(head)
    return head


def _millions(head: Read) -> Read:
    return head[0] * 1_000_000, head[1] + 1


def _digits(keys: Sequence[str], at: int) -> Read:
    value, after = int(keys[at]), at + 1
    if value in (20, 30, 40, 50, 60, 80) and after + 1 < len(keys) and keys[after] == "et":
        rest = integer(keys, after + 1)
        if rest and (rest[0] in (1, 11)) and rest[1] == after + 2:
            return value + rest[0], rest[1]
    if after < len(keys) and keys[after] in ("cent", "cents") and 2 <= value <= 9:
        value, after = value * 100, after + 1
        rest = _below_hundred(keys, after)
        value, after = (value + rest[0], rest[1]) if rest and rest[0] else (value, after)
    if after < len(keys) and keys[after] in _THOUSAND and 0 < value < 1000:
        return _plus(keys, value * 1000, after + 1)
    return value, after


def _plus(keys: Sequence[str], value: int, at: int) -> Read:
    rest = _hundreds(keys, at) or (_digits(keys, at) if at < len(keys) and keys[at].isdecimal() else None)
    return (value + rest[0], rest[1]) if rest and 0 < rest[0] < 1000 else (value, at)


def _thousands(keys: Sequence[str], at: int) -> Read | None:
    if keys[at] in _THOUSAND:
        return _plus(keys, 1000, at + 1)
    head = _hundreds(keys, at)
    if head and head[0] > 1 and head[1] < len(keys) and keys[head[1]] in _THOUSAND:
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


def rebuilt(values: Sequence[int]) -> Read | None:
    """The number that these numbers, heard one after the other, were cut from: 4, 20, 12 → 92; 1000, 9, 100, 52 → 1952.

    None when they are not the parts of one French numeral. `Read` counts the values used, two at least.
    """
    found = _rebuilt_thousands(values)
    return found if found and found[1] >= 2 else None


def _rebuilt_thousands(values: Sequence[int]) -> Read | None:
    if values and values[0] in (1000, 2000):
        rest = _rebuilt_hundreds(values[1:])
        return (values[0] + rest[0], 1 + rest[1]) if rest and 0 < rest[0] < 1000 else None
    head = _rebuilt_hundreds(values)
    if head and 1 < head[0] < 1000 and head[1] < len(values) and values[head[1]] == 1000:
        rest = _rebuilt_hundreds(values[head[1] + 1 :])
        tail = rest if rest and 0 < rest[0] < 1000 else (0, 0)
        return head[0] * 1000 + tail[0], head[1] + 1 + tail[1]
    return head


def _rebuilt_hundreds(values: Sequence[int]) -> Read | None:
    if not values:
        return None
    if values[0] == 100:
        base, used = 100, 1
    elif 2 <= values[0] <= 9 and values[1:2] == [100]:
        base, used = values[0] * 100, 2
    elif values[0] % 100 == 0 and 200 <= values[0] <= 900:
        base, used = values[0], 1
    else:
        return _rebuilt_tens(values)
    rest = _rebuilt_tens(values[used:])
    return (base + rest[0], used + rest[1]) if rest and 0 < rest[0] < 100 else (base, used)


def _rebuilt_tens(values: Sequence[int]) -> Read | None:
    if not values or values[0] > 99:
        return None
    first = values[0]
    if first == 4 and values[1:2] == [20]:
        return _topped(80, values, 2, most=19)
    if first in (60, 80):
        return _topped(first, values, 1, most=19)
    if first in (20, 30, 40, 50):
        return _topped(first, values, 1, most=9)
    return (10 + values[1], 2) if first == 10 and values[1:2] and values[1] in (7, 8, 9) else (first, 1)


def _topped(base: int, values: Sequence[int], used: int, *, most: int) -> Read:
    if used >= len(values) or not 0 < values[used] <= most:
        return base, used
    top = values[used]
    if top == 10 and values[used + 1 : used + 2] and values[used + 1] in (7, 8, 9):
        return base + 10 + values[used + 1], used + 2
    return base + top, used + 1


def year(value: int) -> bool:
    """Whether a number is likely to be a year of a medical letter."""
    return _EARLIEST <= value <= _LATEST
