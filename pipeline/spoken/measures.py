"""Typed grammars: what follows a number decides how it is written (a dose, a pressure, a date, a posology…).

Each reader looks at the pieces from one place and either answers with what is written and how many pieces it took, or
with None. They run before any general reading of numbers: « un zéro un » is 1-0-1, « douze huit » is a pressure.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken import codes, dates, grades, levels, posology, signs, times, units, vitals
from pipeline.spoken.grammar import Reader, Reading
from pipeline.spoken.heard import Doubt, Piece, Stream
from pipeline.spoken.numerals import integer
from pipeline.spoken.quantities import quantity

_READERS: tuple[Reader, ...] = (
    codes.phone, codes.insurance, codes.filed, dates.read_date, dates.read_month, times.read_time,
    grades.summed, grades.child, vitals.size, vitals.pressure, vitals.heat, posology.when_needed, posology.times,
    grades.tumour, levels.spine, grades.graded,
    levels.lead, levels.ordinal, levels.marker, levels.glycated, levels.level, levels.pregnancy,
    signs.lens, signs.signed, signs.crosses, signs.power, posology.day, posology.halved, vitals.out_of, quantity,
)  # fmt: skip

_IN_A_ROW = "Deux nombres se suivent, sans rien entre eux : réécoutez la dose."


def measure(stream: Stream) -> Stream:
    """The stream with its numbers, units, dates and doses written."""
    pieces, out = stream.pieces, list[Piece]()
    at = 0
    while at < len(pieces):
        found = _read(pieces, at, out) if not pieces[at].mark else None
        if found is None:
            out.append(pieces[at])
            at += 1
        else:
            out.append(_after_number(found[0], out))
            at += found[1]
    return stream.keeping(levels.joined(out))


def _after_number(piece: Piece, written: Sequence[Piece]) -> Piece:
    """« huit 18 unités »: a dose just after another number may be two, three or one dose."""
    before = written[-1] if written else None
    if before is None or before.mark or before.after or piece.doubt or not units.is_dose(piece.unit.rstrip("s")):
        return piece
    bare = before.unit == "n" or (not before.unit and before.key not in ("un", "une") and bool(integer([before.key])))
    return replace(piece, doubt=Doubt(kind="dose", reason=_IN_A_ROW)) if bare else piece


def _read(pieces: Sequence[Piece], at: int, written: Sequence[Piece]) -> Reading | None:
    for read in _READERS:
        found = read(pieces, at, written)
        if found:
            return found
    return None
