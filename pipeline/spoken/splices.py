"""A strength and the number of units taken, said one after the other: « quarante, un comprimé » is not 41.

Knows which words make « un », « deux »… belong to what follows: three takes of a day, a form, « fois par jour ». Knows
no medicine: what cannot be told apart is doubted.
"""

from collections.abc import Sequence

from pipeline.spoken.heard import Doubt, Piece

_TAKES = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4}
_COUNTS = frozenset({*_TAKES, "cinq", "six"})
_DAY = frozenset({"zero", *_TAKES, "0", "1", "2", "3", "4"})
_FORMS = ("comprime", "gelule", "sachet", "ampoule", "bouffee", "goutte", "suppositoire", "cuillere", "capsule",
          "injection", "patch", "pulverisation", "cachet", "ovule", "dosette", "flacon", "inhalation",
          "pastille")  # fmt: skip
_DAYTIME = frozenset({"matin", "soir", "midi", "coucher"})
_TENS = frozenset({"vingt", "trente", "quarante", "cinquante", "soixante"})
_ROUND = frozenset({"cent", "cents", "mille", "mil"})
_PARTS = frozenset({"quart", "quarts", "demi", "demie", "tiers"})
_MOST_TAKEN, _CYCLE = 20, 21
_REASON = "Une dose et un nombre de prises, ou un seul nombre ? Réécoutez."


def cut(pieces: Sequence[Piece], at: int, end: int) -> int | None:
    """Where the number ends when its last word counts what is taken; None when the number is whole."""
    last = end - 1
    if last <= at or pieces[last].key not in _COUNTS or pieces[last].glue == "-" or pieces[last - 1].key == "et":
        return None
    if _day_begins(pieces, last):
        return last
    follows = _key(pieces, end)
    form = follows.startswith(_FORMS)
    if follows in _PARTS:
        return last
    if pieces[last - 1].key in _ROUND:
        return last if form or _timed(pieces, end) else None
    if pieces[last - 1].key in _TENS and pieces[last].key in ("un", "une"):
        return last if form or _timed(pieces, end) else None  # French says « quarante et un »
    return last if pieces[last - 1].key in _TENS and _times(pieces, end) else None


def doubt(pieces: Sequence[Piece], at: int, end: int, value: int) -> Doubt | None:
    """« quarante-deux comprimés », « 42 fois par jour »: perhaps 40 mg, two at a time."""
    many = value > _MOST_TAKEN and value % 10 in _TAKES.values() and value != _CYCLE
    if not many or value % 100 in (11, 12, 13, 14):
        return None
    counted = (
        _key(pieces, end).startswith(_FORMS)
        and not _key(pieces, end).startswith("goutte")
        and _key(pieces, at - 1) not in ("de", "d'")
    )
    if not counted and not _times(pieces, end):
        return None
    apart = f"{value - value % 10}, {value % 10}"
    return Doubt(kind="dose", reason=_REASON, severity="block", suggestions=(apart, str(value)))


def _day_begins(pieces: Sequence[Piece], at: int) -> bool:
    """Whether three takes of a day, one of them none, begin here."""
    taken = pieces[at : at + 3]
    said = [piece.key for piece in taken]
    if len(said) < 3 or not set(said) <= _DAY or not {"zero", "0"} & set(said) or any(one.after for one in taken[:2]):
        return False
    return not any(_key(pieces, at + more).startswith(("mil", "cent", "vingt", "virgul")) for more in (3, 4))


def _timed(pieces: Sequence[Piece], at: int) -> bool:
    """« le soir », « par jour », « fois par jour »."""
    if _times(pieces, at):
        return True
    return (_key(pieces, at), _key(pieces, at + 1)) == ("par", "jour") or (
        _key(pieces, at) in ("le", "a", "au") and _key(pieces, at + 1) in _DAYTIME
    )


def _times(pieces: Sequence[Piece], at: int) -> bool:
    """« fois par jour », « jours sur sept »: rhythms, that no large number begins."""
    if (_key(pieces, at), _key(pieces, at + 1)) == ("jours", "sur"):
        return _key(pieces, at + 2) in ("sept", "7")
    return _key(pieces, at) == "fois" and _key(pieces, at + 1) in ("par", "/")


def _key(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].key if 0 <= at < len(pieces) and not pieces[at].mark else ""
