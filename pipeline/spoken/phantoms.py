"""What a recogniser invents: sentences of film subtitles heard in silences, and words repeated without end.

They are taken out with their reason; where a loop was, the place that stays gets a doubt, for something else may have
been said under it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.spoken.heard import Doubt, Piece, Stream, taken_out
from pipeline.types import Removed

PHANTOM = "phrase inventée par la reconnaissance"
LOOP = "répétition de la reconnaissance"
_PHRASES = re.compile(
    r"sous titr(?:es|age|ages)(?: [a-z]+){0,6}?(?: amara(?: org)?| radio canada| st 501)|sous titres? realises? par"
    r"|merci d' avoir regarde(?: cette video)?|abonnez vous(?: a la chaine)?|n' oubliez pas de vous abonner|amara org"
)
_REPEATS = 4


def quiet(stream: Stream) -> Stream:
    """The stream without invented sentences nor loops."""
    return _without_loops(_without_phrases(stream))


def _without_phrases(stream: Stream) -> Stream:
    keys, starts, text = [piece.key for piece in stream.pieces], list[int](), ""
    for key in keys:
        starts.append(len(text))
        text += key + " "
    taken: set[int] = set()
    removed: list[Removed] = []
    for found in _PHRASES.finditer(text):
        inside = [i for i, start in enumerate(starts) if found.start() <= start < found.end()]
        taken.update(inside)
        removed.append(taken_out([stream.pieces[i] for i in inside], PHANTOM))
    return stream.keeping((piece for i, piece in enumerate(stream.pieces) if i not in taken), *removed)


def _without_loops(stream: Stream) -> Stream:
    pieces, out, removed = stream.pieces, list[Piece](), list[Removed]()
    at = 0
    while at < len(pieces):
        length, times = _loop(pieces, at)
        if times < _REPEATS:
            out.append(pieces[at])
            at += 1
            continue
        kept = list(pieces[at : at + length])
        reason = "La reconnaissance a tourné en rond ici : réécoutez tout le passage."
        kept[-1] = replace(kept[-1], doubt=Doubt(kind="writing", reason=reason, severity="block"))
        out += kept
        removed.append(taken_out(pieces[at + length : at + length * times], LOOP))
        at += length * times
    return stream.keeping(out, *removed)


def _loop(pieces: Sequence[Piece], at: int) -> tuple[int, int]:
    """The shortest group of one to six pieces that repeats from here, and how many times."""
    for length in range(1, 7):
        group = [piece.key for piece in pieces[at : at + length]]
        times = 1
        while [piece.key for piece in pieces[at + length * times : at + length * (times + 1)]] == group:
            times += 1
        if times >= _REPEATS and len(group) == length:
            return length, times
    return 1, 1
