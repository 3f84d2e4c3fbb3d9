"""A checked letter with its patient written as the register writes them, what was heard kept beside it.

Knows where the identity stands in the text and moves everything after it. Does not choose the patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.letters.doubts import WHOSE
from pipeline.types import CheckedText, Identity
from vocab.flag import Flag, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What to say at the place of the identity."""

    reason: str
    severity: Severity
    others: tuple[Identity, ...] = ()
    """Who else it may be: proposed in place of what is written."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def renamed(checked: CheckedText, identity: Identity, note: Note) -> CheckedText:
    """Write this identity in the identity line, and make the note its one place to check.

    What was heard is proposed beside it. A letter without an identity line keeps its text: only the note is added.
    """
    heard = checked.letter.patient
    edits = _edits(checked, heard, identity)
    moved = _moved(checked, edits)
    start, end = _place(moved, identity)
    if start == end and not moved.text:
        return checked
    text = moved.text[start:end]
    proposed = (_as_there(text, identity, other) for other in (heard, *note.others) if other.family_name)
    flag = Flag(
        start=start, end=end, kind="identity", text=text, reason=note.reason, severity=note.severity,
        suggestions=tuple(dict.fromkeys(one for one in proposed if one != text)), seconds=_seconds(moved, start, end),
    )  # fmt: skip
    others = [one for one in moved.flags if not (_answered(one) and one.start < end and start < one.end)]
    flags = tuple(sorted([*others, flag], key=lambda one: (one.start, one.end)))
    return replace(moved, flags=flags, letter=replace(moved.letter, patient=identity))


def _answered(flag: Flag) -> bool:
    """Whether who the patient is says all that this flag asks: never whether the text is theirs."""
    return flag.kind == "identity" and flag.reason not in WHOSE


def _edits(checked: CheckedText, heard: Identity, identity: Identity) -> list[_Edit]:
    """What changes in the identity line."""
    block = next((one for one in checked.letter.blocks if one.role == "identity"), None)
    if block is None or not heard.family_name:
        return []
    line = checked.text[block.start : block.end]
    wanted = [(_full(heard), _full(identity))]
    if heard.birth_date and identity.birth_date:
        wanted.append((f"{heard.birth_date:%d/%m/%Y}", f"{identity.birth_date:%d/%m/%Y}"))
    found = [(line.find(old), old, new) for old, new in wanted if old != new]
    return [_Edit(block.start + at, block.start + at + len(old), new) for at, old, new in sorted(found) if at >= 0]


def _full(identity: Identity) -> str:
    return f"{identity.family_name} {identity.given_name}".strip()


def _moved(checked: CheckedText, edits: Sequence[_Edit]) -> CheckedText:
    if not edits:
        return checked

    def move(at: int) -> int:
        shift = 0
        for edit in edits:
            if at <= edit.start:
                break
            if at < edit.end:
                return edit.start + shift + len(edit.text)
            shift += len(edit.text) - (edit.end - edit.start)
        return at + shift

    text, last = "", 0
    for edit in edits:
        text += checked.text[last : edit.start] + edit.text
        last = edit.end
    text += checked.text[last:]
    letter = replace(
        checked.letter,
        text=text,
        blocks=tuple(replace(one, start=move(one.start), end=move(one.end)) for one in checked.letter.blocks),
        spans=tuple(replace(one, start=move(one.start), end=move(one.end)) for one in checked.letter.spans),
        doubts=tuple(_moved_flag(one, text, move(one.start), move(one.end)) for one in checked.letter.doubts),
    )
    flags = tuple(_moved_flag(one, text, move(one.start), move(one.end)) for one in checked.flags)
    return CheckedText(letter=letter, flags=flags)


def _moved_flag(flag: Flag, text: str, start: int, end: int) -> Flag:
    return replace(flag, start=start, end=end, text=text[start:end])


def _place(checked: CheckedText, identity: Identity) -> tuple[int, int]:
    """The name and birth date in the identity line, else the beginning of the text."""
    block = next((one for one in checked.letter.blocks if one.role == "identity"), None)
    if block is not None:
        line = checked.text[block.start : block.end].split("\n", 1)[0]
        at = line.find(_full(identity))
        if at >= 0:
            return block.start + at, block.start + len(line)
        return block.start, block.start + len(line)
    ends = [span.end for span in checked.letter.spans if span.end >= 12]
    return 0, ends[0] if ends else len(checked.text)


def _as_there(text: str, identity: Identity, other: Identity) -> str:
    """The place's text for someone else."""
    out = text.replace(_full(identity), _full(other))
    if identity.birth_date and other.birth_date:
        out = out.replace(f"{identity.birth_date:%d/%m/%Y}", f"{other.birth_date:%d/%m/%Y}")
    return out


def _seconds(checked: CheckedText, start: int, end: int) -> tuple[float, float] | None:
    under = [span.seconds for span in checked.letter.spans if span.start < end and start < span.end]
    return (min(one[0] for one in under), max(one[1] for one in under)) if under else None
