"""What a person must look at in a French medical text, by its words alone.

Knows the lexicon; does not know what was heard, nor what kind of text it is. `check` is plain; `vocab.component`
makes it a spaCy component for those who already have a pipeline.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from vocab.abbreviations import abbreviation_flags
from vocab.doses import NO_MEDICINE, dose_flags, drugs
from vocab.flag import Flag
from vocab.folding import fold
from vocab.lexicon import Lexicon
from vocab.scores import score_flags
from vocab.suggest import Proposal, propose, unknown
from vocab.words import Token, cut, opens_sentence

_ORDER = {"block": 0, "look": 1, "hint": 2}
_DRUG_COMES = frozenset(
    [
        "arret",
        "introduction",
        "instauration",
        "reprise",
        "poursuite",
        "relais",
        "majoration",
        "diminution",
        "prescription",
        "allergie",
        "sous",
        "prise",
    ]
)
"""Words after which a medicine is named: an unknown word there is a medicine that was not understood."""
_LINKS = frozenset(["du", "de", "d", "la", "l", "le", "par", "a", "au", "un", "une"])
_NOT_UNDERSTOOD = "Un médicament est attendu ici, et ce mot n'est pas connu : réécoutez."
_SIDES = {"droit": "droit", "droite": "droit", "gauche": "gauche"}


def check(text: str, lexicon: Lexicon) -> tuple[Flag, ...]:
    """The places of a text to look at, in reading order: unknown words, look-alikes, doses, abbreviations, sides.

    An empty answer does not mean that the text is right.
    """
    return tuple(ordered(flags(text, lexicon, propose(text, lexicon))))


def flags(
    text: str, lexicon: Lexicon, proposals: Sequence[Proposal], *, skip: Sequence[tuple[int, int]] = ()
) -> Iterator[Flag]:
    """The same, from proposals already made; no word of `skip` is called unknown."""
    tokens = cut(text)
    taken = [(proposal.start, proposal.end) for proposal in proposals]
    for proposal in proposals:
        at = next((i for i, token in enumerate(tokens) if token.start >= proposal.start), len(tokens))
        found = suggestion(text, proposal)
        yield replace(found, severity="block") if _drug_expected(tokens, at) else found
    strange = list(_unknown(text, tokens, lexicon, [*taken, *skip]))
    yield from strange
    yield from _out_of_place(tokens, lexicon)
    yield from _lookalikes(text, tokens, lexicon)
    told = {*(end for _, end in taken), *(flag.end for flag in strange)}
    yield from (flag for flag in dose_flags(text, tokens, lexicon) if not _same_cause(text, flag, told))
    yield from abbreviation_flags(text, tokens, lexicon, skip=[*taken, *skip])
    yield from score_flags(text, tokens, lexicon)
    yield from _negations(text, tokens)
    yield from _sides(text, tokens)


def _same_cause(text: str, flag: Flag, told: Collection[int]) -> bool:
    """Whether a dose lacks its medicine because the word just before, already flagged, is that medicine."""
    return flag.reason == NO_MEDICINE and len(text[: flag.start].rstrip(" ,:")) in told


def suggestion(text: str, proposal: Proposal) -> Flag:
    """The flag of a proposal that was not written: what it may be, best first."""
    drug = proposal.entry.drug
    grave = drug and proposal.score >= 0.86
    return Flag(
        start=proposal.start,
        end=proposal.end,
        kind="suggestion",
        text=text[proposal.start : proposal.end],
        reason="Nom de médicament à confirmer à l'écoute." if drug else "Terme probable d'après le son.",
        severity="block" if grave else "look",
        suggestions=(proposal.written, *proposal.others),
    )


def ordered(found: Iterator[Flag] | Sequence[Flag]) -> list[Flag]:
    """Flags in reading order, the gravest first at one place, one for a stretch and a kind."""
    seen: set[tuple[int, int, str]] = set()
    out = []
    for flag in sorted(found, key=lambda one: (one.start, _ORDER[one.severity], one.end)):
        if (flag.start, flag.end, flag.kind) not in seen:
            seen.add((flag.start, flag.end, flag.kind))
            out.append(flag)
    return out


def _unknown(text: str, tokens: Sequence[Token], lexicon: Lexicon, taken: Sequence[tuple[int, int]]) -> Iterator[Flag]:
    for at, token in enumerate(tokens):
        if token.kind != "word" or token.name or len(token.text) < 3 or not unknown(token.text, lexicon):
            continue
        if any(start < token.end and token.start < end for start, end in taken):
            continue
        if token.text.isupper():
            continue
        if token.text[0].isupper() and token.text[1:].islower() and not opens_sentence(text, token.start):
            continue
        drug = _drug_expected(tokens, at)
        yield Flag(
            start=token.start,
            end=token.end,
            kind="unknown-word",
            text=token.text,
            severity="block" if drug else "look",
            reason=_NOT_UNDERSTOOD if drug else "Mot inconnu du vocabulaire : réécoutez.",
        )


def _out_of_place(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Flag]:
    """« prise d'INS »: letters that are no treatment where a treatment is named."""
    for at, token in enumerate(tokens):
        entry = lexicon.find(token.text) if token.text.isupper() and _drug_expected(tokens, at) else None
        if entry and entry.kind == "abbreviation" and entry.kept:
            yield Flag(
                start=token.start, end=token.end, kind="abbreviation", text=token.text,
                reason="Un traitement est attendu ici, et ce sigle n'en est pas un : réécoutez.",
            )  # fmt: skip


def _drug_expected(tokens: Sequence[Token], at: int) -> bool:
    """Whether a medicine is named here: « arrêt du … », « relais par … », « sous … »."""
    before = [token.key.strip("'") for token in tokens[max(0, at - 4) : at]]
    while before and before[-1] in _LINKS:
        before.pop()
    return bool(before) and before[-1] in _DRUG_COMES


def _lookalikes(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Flag]:
    for first, after, entry in drugs(tokens, lexicon):
        twins = lexicon.twins.get(fold(entry.text), ())
        if twins:
            names = ", ".join(name for name, _ in twins)
            start, end = tokens[first].start, tokens[after - 1].end
            yield Flag(
                start=start, end=end, kind="lookalike", text=text[start:end], severity="hint",
                reason=f"À ne pas confondre avec {names}.", suggestions=tuple(name for name, _ in twins),
            )  # fmt: skip


def _negations(text: str, tokens: Sequence[Token]) -> Iterator[Flag]:
    """« par d'anti-inflammatoire », « par de fièvre »: « pas de » was misheard, and the sense is turned over."""
    for one, two in pairwise(tokens):
        if one.key in ("par", "pa", "bas") and two.key in ("d'", "de") and one.kind == "word":
            yield Flag(
                start=one.start, end=two.end, kind="negation", text=text[one.start : two.end], severity="block",
                reason="« pas de » a peut-être été mal entendu : réécoutez.",
                suggestions=(("Pas" if one.text[0].isupper() else "pas") + text[one.end : two.end],),
            )  # fmt: skip


def _sides(text: str, tokens: Sequence[Token]) -> Iterator[Flag]:
    """The same organ said to be on both sides."""
    seen: dict[str, tuple[str, int]] = {}
    for before, token in pairwise(tokens):
        side = _SIDES.get(token.key)
        if not side or before.kind != "word" or len(before.text) < 4:
            continue
        organ = before.key.rstrip("s")
        other = seen.setdefault(organ, (side, token.start))
        if other[0] != side:
            yield Flag(
                start=before.start, end=token.end, kind="laterality", text=text[before.start : token.end],
                reason="Deux côtés différents sont écrits pour le même organe : vérifiez.",
            )  # fmt: skip
