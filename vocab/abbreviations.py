"""Abbreviations in a text: those with several senses, and those that must not be in a prescription.

Never expands anything by itself: the doctor's abbreviation stays as dictated.
"""

import re
from collections.abc import Iterator, Sequence

from vocab import phonetics
from vocab.flag import Flag
from vocab.lexicon import Lexicon
from vocab.words import Token

_HARMLESS = {"LP", "UI"}
"""Dangerous only beside a dose written by hand; here they are marks."""


def _sigle(text: str) -> bool:
    return len(text) <= 5 and text.isalpha() and not re.fullmatch(r"[IVX]+", text)


def _unlisted(token: Token, lexicon: Lexicon) -> Flag:
    """An abbreviation that is not in the list: those that sound most like it are proposed."""
    heard = phonetics.spelled(token.text)
    known = [entry.text for entry in lexicon.entries if entry.kind == "abbreviation" and entry.text.isupper()]
    scored = sorted(((phonetics.likeness(heard, phonetics.spelled(one)), one) for one in known), reverse=True)
    return Flag(
        start=token.start,
        end=token.end,
        kind="abbreviation",
        text=token.text,
        reason="Sigle inconnu : réécoutez.",
        suggestions=tuple(one for score, one in scored[:3] if score >= 0.65),
    )


def abbreviation_flags(
    text: str, tokens: Sequence[Token], lexicon: Lexicon, *, skip: Sequence[tuple[int, int]] = ()
) -> Iterator[Flag]:
    """A mark on each ambiguous abbreviation, a stop on each dangerous one and on each that is not in the list."""
    for token in tokens:
        if token.kind != "word" or not token.text.isupper() or len(token.text) < 2 or token.name:
            continue
        entry = lexicon.by_writing.get(token.key)
        if entry is None and _sigle(token.text) and not any(a < token.end and token.start < b for a, b in skip):
            yield _unlisted(token, lexicon)
        if entry is None or entry.kind != "abbreviation" or not (entry.ambiguous or entry.dangerous):
            continue
        senses = " ou ".join(entry.expansions[:3])
        reason = (
            f"Abréviation déconseillée : {senses}." if entry.dangerous else f"Abréviation à plusieurs sens : {senses}."
        )
        yield Flag(
            start=token.start,
            end=token.end,
            kind="abbreviation",
            text=token.text,
            reason=reason,
            severity="look" if entry.dangerous and entry.text not in _HARMLESS else "hint",
            suggestions=entry.expansions[:3],
        )
