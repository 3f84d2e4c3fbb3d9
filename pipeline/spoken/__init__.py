"""Spoken French to written French: what a doctor says, as a careful secretary would type it.

Pure: heard words in, pieces out, in steps, each in its own module, in the order of `read`.
Does not know the parts of a letter, nor any list of medical words.
"""

from collections.abc import Sequence

from pipeline.spoken.casing import case
from pipeline.spoken.corrections import correct
from pipeline.spoken.heard import Stream, hear
from pipeline.spoken.hesitations import steady
from pipeline.spoken.marks import mark
from pipeline.spoken.measures import measure
from pipeline.spoken.page import Written, calm, lay
from pipeline.spoken.phantoms import quiet
from pipeline.spoken.punctuation import punctuate
from pipeline.spoken.spelling import spell
from pipeline.types import Word

__all__ = ["Written", "read", "write"]


def read(words: Sequence[Word]) -> Stream:
    """The pieces of a dictation with commands, numbers and corrections understood, not yet set on the page."""
    meant = case(spell(mark(steady(quiet(hear(words))))))
    return calm(punctuate(correct(measure(meant))))


def write(words: Sequence[Word]) -> Written:
    """The text of the heard words, without any layout of a letter."""
    return lay(read(words).pieces)
