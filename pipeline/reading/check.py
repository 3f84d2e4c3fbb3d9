"""From a written letter to a checked one: safe replacements made and said, places to look at, ranked, within a budget.

Pure but for the loaded lexicon. Knows what was heard (its sound and its probability) and what the lexicon says; decides
which places stop a person. A replacement keeps what was heard in its flag.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pipeline.reading.stops import kept
from pipeline.types import Block, CheckedText, Letter, Span
from vocab import check as vocabulary
from vocab.flag import Flag
from vocab.folding import fold
from vocab.grave import DENIALS, SIDES
from vocab.lexicon import Lexicon
from vocab.suggest import Proposal, propose
from vocab.words import Token, cut

FAINT = 0.45
"""Below this probability a word is searched though it is known."""
_VERY_FAINT = 0.3
_PASSES = 2
_ONE_IN_TWO = 0.5
_NOTHING_HEARD = Flag(
    start=0,
    end=0,
    kind="coverage",
    text="",
    reason="Aucune parole n'a été comprise : écoutez l'enregistrement et tapez le texte.",
    severity="block",
)


def check(letter: Letter, *, lexicon: Lexicon, stops_per_100_words: float = 8.0) -> CheckedText:
    """The letter with its safe replacements made, and the places to look at in reading order.

    Places that must be settled (*block*) are never dropped; other stops are ranked by clinical risk and kept within
    `stops_per_100_words`, the rest become marks. No flag does not mean that the text is right.
    """
    if not letter.text.strip():
        return CheckedText(letter=letter, flags=(_NOTHING_HEARD,))
    letter, replaced = _corrected(letter, lexicon)
    found = [*replaced, *_heard(letter, lexicon), *_read(letter, lexicon), *letter.doubts, *_who(letter)]
    found += _two_numbers(letter)
    placed = [_timed(flag, letter.spans) for flag in found if letter.text[flag.start : flag.end].strip()]
    stops = kept(placed, text=letter.text, per_100_words=stops_per_100_words)
    return CheckedText(letter=letter, flags=tuple(vocabulary.ordered(stops)))


def _corrected(letter: Letter, lexicon: Lexicon) -> tuple[Letter, list[Flag]]:
    """The letter with what may be written without asking; twice, for one word understood may reveal its neighbour."""
    made: list[Flag] = []
    for _ in range(_PASSES):
        proposals = [one for one in _proposals(letter, lexicon) if one.decision == "auto"]
        if not proposals:
            break
        move = _mover(proposals)
        made = [_moved_flag(flag, move, letter.text) for flag in made]
        letter = _replaced(letter, proposals, move)
        made = [replace(flag, text=letter.text[flag.start : flag.end]) for flag in made]
        made += [_replacement(proposal, move, lexicon) for proposal in proposals]
    return letter, made


def _proposals(letter: Letter, lexicon: Lexicon) -> tuple[Proposal, ...]:
    faint = [(span.start, span.end) for span in letter.spans if span.probability < FAINT]
    return propose(letter.text, lexicon, faint=faint, skip=_names(letter))


def _names(letter: Letter) -> list[tuple[int, int]]:
    """Where the patient's and the correspondents' names are: never corrected by the lexicon."""
    identity = [(block.start, block.end) for block in letter.blocks if block.role in ("identity", "greeting")]
    doubted = [(doubt.start, doubt.end) for doubt in letter.doubts if doubt.kind == "identity"]
    return [*identity, *doubted]


def _mover(proposals: Sequence[Proposal]) -> Callable[[int], int]:
    """Where a place of the old text is in the new one; a place inside a replacement goes to its end."""

    def move(at: int) -> int:
        shift = 0
        for one in proposals:
            if at <= one.start:
                break
            if at < one.end:
                return one.start + shift + len(one.written)
            shift += len(one.written) - (one.end - one.start)
        return at + shift

    return move


def _replaced(letter: Letter, proposals: Sequence[Proposal], move: Callable[[int], int]) -> Letter:
    text, at = "", 0
    for one in proposals:
        text += letter.text[at : one.start] + one.written
        at = one.end
    text += letter.text[at:]
    return replace(
        letter,
        text=text,
        spans=tuple(_moved_spans(letter.spans, proposals, move)),
        blocks=tuple(_moved_block(block, move) for block in letter.blocks),
        doubts=tuple(_kept_doubts(letter.doubts, text, proposals, move)),
    )


def _moved_block(block: Block, move: Callable[[int], int]) -> Block:
    return replace(block, start=move(block.start), end=move(block.end))


def _moved_spans(spans: Sequence[Span], proposals: Sequence[Proposal], move: Callable[[int], int]) -> Iterator[Span]:
    """The spans in the new text; those under a replacement become one, with all their sound."""
    done: set[int] = set()
    for span in spans:
        over = next((i for i, one in enumerate(proposals) if one.start < span.end and span.start < one.end), None)
        if over is None:
            yield replace(span, start=move(span.start), end=move(span.end))
        elif over not in done:
            done.add(over)
            one = proposals[over]
            under = [s for s in spans if one.start < s.end and s.start < one.end]
            start = min(move(min(s.start for s in under)), move(one.start))
            yield Span(
                start=start,
                end=move(max(one.end, max(s.end for s in under))),
                seconds=(min(s.seconds[0] for s in under), max(s.seconds[1] for s in under)),
                probability=min(s.probability for s in under),
                agreement=min((s.agreement for s in under if s.agreement is not None), default=None),
            )


def _kept_doubts(
    doubts: Sequence[Flag], text: str, proposals: Sequence[Proposal], move: Callable[[int], int]
) -> Iterator[Flag]:
    for doubt in doubts:
        over = next((one for one in proposals if one.start < doubt.end and doubt.start < one.end), None)
        start = move(over.start) if over and doubt.start >= over.start else move(doubt.start)
        end = move(max(doubt.end, over.end)) if over else move(doubt.end)
        yield replace(doubt, start=start, end=end, text=text[start:end])


def _moved_flag(flag: Flag, move: Callable[[int], int], text: str) -> Flag:
    return replace(flag, start=move(flag.start), end=max(move(flag.end), move(flag.start)))


def _replacement(proposal: Proposal, move: Callable[[int], int], lexicon: Lexicon) -> Flag:
    start = move(proposal.start)
    twins = tuple(name for name, _ in lexicon.twins.get(proposal.entry.text.lower(), ()))
    drug = proposal.entry.drug
    careful = " À ne pas confondre avec " + ", ".join(twins) + "." if twins else ""
    return Flag(
        start=start,
        end=start + len(proposal.written),
        kind="lookalike" if twins else "suggestion",
        text=proposal.written,
        reason=f"Entendu « {proposal.heard} », écrit d'après le son.{careful}",
        severity="look" if twins or (drug and proposal.score < 0.99) else "hint",
        suggestions=(proposal.written, *proposal.others, proposal.heard),
    )


def _read(letter: Letter, lexicon: Lexicon) -> Iterator[Flag]:
    """What the vocabulary says of the corrected text."""
    names = _names(letter)
    proposals = [one for one in _proposals(letter, lexicon) if one.decision == "suggest"]
    for flag in vocabulary.flags(letter.text, lexicon, proposals, skip=names):
        if not any(start < flag.end and flag.start < end for start, end in names):
            yield flag


def _heard(letter: Letter, lexicon: Lexicon) -> Iterator[Flag]:
    """What was heard unsurely: words that the listenings do not share, or, after one listening, what the recogniser
    itself was unsure of."""
    spans = list(letter.spans)
    titles = [(block.start, block.end) for block in letter.blocks if block.role in ("title", "closing")]
    names = [*_names(letter), *titles]
    for token in cut(letter.text):
        if token.kind == "stop" or any(start < token.end and token.start < end for start, end in names):
            continue
        span = next((one for one in spans if one.start < token.end and token.start < one.end), None)
        if span is not None:
            flag = _unsure(token, span) if span.agreement is None else _unshared(token, span.agreement, lexicon)
            if flag:
                yield flag


def _unsure(token: Token, span: Span) -> Flag | None:
    sure = span.probability
    if token.kind == "number":
        if sure < 0.5 or (_nineties(token.text) and sure < 0.98):
            return _flagged(token, "number", "Nombre mal entendu : réécoutez.")
        return None
    if token.key in SIDES and sure < 0.7:
        return _flagged(token, "laterality", "Côté mal entendu : réécoutez.")
    if token.key in DENIALS and sure < 0.6:
        return _flagged(token, "negation", "Négation mal entendue : réécoutez.")
    if sure < _VERY_FAINT and token.kind == "word" and len(token.text) >= 5:
        return _flagged(token, "low-confidence", "Mal entendu : réécoutez.")
    return None


def _unshared(token: Token, agreement: float, lexicon: Lexicon) -> Flag | None:
    """A word that not all listenings write (numbers, sides and negations have their own doubts, with both readings).

    Measured on sixteen dictations: a word that all share is wrong 6 times in a hundred, an everyday word that one of
    three does not have 70 times, a medical word that only one has 57 times, that two have 19 times.
    """
    if agreement >= 1.0 or token.kind != "word" or len(token.text) < 2:
        return None
    medical = fold(token.text) in lexicon.words
    flag = _flagged(token, "low-confidence", "Les écoutes ne s'accordent pas ici : réécoutez.")
    return replace(flag, severity="hint") if medical and agreement > _ONE_IN_TWO else flag


def _nineties(text: str) -> bool:
    """« quatre-vingt-quatre » is often heard as 94: numbers from 90 to 99 are looked at sooner than others."""
    return len(text) == 2 and text[0] == "9"


def _flagged(token: Token, kind: str, reason: str) -> Flag:
    return Flag(start=token.start, end=token.end, kind=kind, text=token.text, reason=reason)  # type: ignore[arg-type]


def _two_numbers(letter: Letter) -> Iterator[Flag]:
    """« 1, 8 litres »: a decimal comma said between pauses looks like two numbers."""
    for match in re.finditer(r"(?<![\d,/])\d{1,3}, \d{1,2}(?= [a-zµ%])", letter.text):
        yield Flag(
            start=match.start(), end=match.end(), kind="number", text=match[0],
            reason="Deux nombres ou un nombre à virgule ? Réécoutez.", suggestions=(match[0].replace(", ", ","),),
        )  # fmt: skip


def _who(letter: Letter) -> Iterator[Flag]:
    """A letter without its patient's name or birth date cannot be filed: a person must say who it is."""
    patient = letter.patient
    if patient.family_name and patient.birth_date:
        return
    if any(doubt.kind == "identity" and doubt.severity == "block" for doubt in letter.doubts) or not letter.text:
        return
    end = next((span.end for span in letter.spans if span.end >= 12), len(letter.text))
    missing = (
        "La date de naissance du patient n'a pas été comprise."
        if patient.family_name
        else "Le patient n'est pas nommé."
    )
    yield Flag(start=0, end=end, kind="identity", text=letter.text[:end], reason=missing, severity="block")


def _timed(flag: Flag, spans: Sequence[Span]) -> Flag:
    """The flag with where it was said: the sound of all it covers."""
    if flag.seconds is not None:
        return flag
    under = [span.seconds for span in spans if span.start < flag.end and flag.start < span.end]
    if not under:
        return flag
    return replace(flag, seconds=(min(one[0] for one in under), max(one[1] for one in under)))
