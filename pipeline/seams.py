"""Where one draft is cut into two, and where two are joined into one: what people do when a recording held two letters,
or a letter two recordings.

Text, places to check, what was settled and the sound of each word follow. A joined draft gets a sound of its own, the
two one after the other, so that it is heard, archived and proven like any other; `parts` says which second came from
which dictation. Knows nothing of pages or commands.
"""

import hashlib
import io
import json
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from archive.ids import new_id
from pipeline import align, identity, proofread, review, store, tables
from pipeline.access import Actor
from pipeline.errors import Outdated, ReviewRefused
from pipeline.practice import Practice
from pipeline.sound import audio
from pipeline.types import CheckedText, Identity, Letter, Review
from vocab.flag import Flag

PEAKS = 1000
CUT_FROM = "Texte coupé d'un autre courrier : vérifiez de quel patient il s'agit."
SEAM = "Deux dictées jointes ici : vérifiez qu'elles concernent le même patient."
JOINED = "joint à un autre courrier"


class CannotCut(ReviewRefused):
    """There is nothing on one side of the place, or it is in the middle of a word."""

    code = "E057"
    exit_code = 57
    advice = "On ne peut pas couper ici : choisissez un endroit entre deux mots, avec du texte avant et après."


class CannotJoin(ReviewRefused):
    """These two drafts are not one letter."""

    code = "E058"
    exit_code = 58
    advice = (
        "Ces deux courriers ne peuvent pas être joints : ils sont du même médecin, et du même patient s'il est connu."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A recording that a joined sound is made of."""

    dictation: str
    start: float
    """Second of the joined sound where it begins."""


# --- cut --------------------------------------------------------------------------------------------------------------


def cut(practice: Practice, actor: Actor, key: str, *, version: int, at: int) -> tuple[int, str]:
    """Cut the draft that this person holds at an offset of its text; gives its next version and the new draft's id.

    The new draft has the text from there on, no patient, and waits to be reviewed. CannotCut when one side is empty.
    """
    with practice.begin() as connection:
        row = review.held(connection, actor, "review.save", key, version)
    first, second = halves(practice.read(row["review"], Review), at)
    addresses = practice.keep(first), practice.keep(second)
    new = new_id()
    with practice.begin() as connection:
        after = store.change_document(
            connection, key, version=version, review=addresses[0], to_check=proofread.open_stops(first)
        )
        restricted = store.one(connection, tables.document, key)["restricted"]  # its doctor may just have said so
        added = store.insert_once(
            connection, tables.document, id=new, dictation=row["dictation"], state="to-review", since=store.now(),
            position=store.next_position(connection, row["dictation"]), kind=row["kind"], doctor=row["doctor"],
            urgent=row["urgent"], due=row["due"], review=addresses[1], to_check=proofread.open_stops(second),
            written=row["written"], restricted=restricted,
        )  # fmt: skip
        if not added:  # another letter of this dictation was cut at the same moment: nothing is done, and said
            raise Outdated(f"dictation {row['dictation']} was cut by another")
        store.copy_readers(connection, key, new)
        store.record(connection, actor=actor.id, action="cut", subject=key, detail=new)
        store.record(connection, actor=actor.id, action="cut-from", subject=new, detail=key)
    return after, new


def halves(whole: Review, at: int) -> tuple[Review, Review]:
    """The review before and after a place of its text: every word, sound, flag and settlement on its own side.

    A flag across the place is on both sides. The second half's patient is unknown, and must be said.
    """
    text = whole.text
    while 0 < at < len(text) and not text[at].isspace() and not text[at].isalnum() and not text[at - 1].isspace():
        at += 1  # the stop after a word stays with it
    inside = 0 < at < len(text) and not text[at - 1].isspace() and not text[at].isspace()
    if at <= 0 or not (text[:at].strip() and text[at:].strip()) or inside:
        raise CannotCut("nothing on one side, or in the middle of a word")
    origin = _origin(whole, at)
    letter = whole.checked.letter
    ends = [one.seconds[1] for one in letter.spans if _mostly_in(one.start, one.end, 0, origin)]
    until = max(ends, default=0.0)
    first = _half(whole, 0, origin, text[:at].rstrip(), until=until)
    second = _half(whole, origin, len(letter.text), text[at:].lstrip(), until=until)
    return first, _unnamed(second)


def _origin(whole: Review, at: int) -> int:
    """The place of the checked text where the cut of the edited text falls."""
    before, after = whole.checked.text, whole.text
    if before == after:
        return at
    mark = Flag(start=at, end=at, kind="writing", text="", reason="")
    (found,) = align.moved([mark], before=after, after=before)
    return found[0] if found else at


def _half(whole: Review, start: int, end: int, text: str, *, until: float) -> Review:
    """One side of the checked text, with the text as it is now on that side; `until` is where the first one's sound
    ends."""
    letter = whole.checked.letter
    own = letter.text[start:end]
    lead = len(own) - len(own.lstrip())
    low, high = start + lead, start + len(own.rstrip())
    spans = [one for one in letter.spans if _mostly_in(one.start, one.end, low, high)]
    kept = {i: _moved(flag, letter.text, low, high) for i, flag in enumerate(whole.checked.flags)}
    numbers = {old: new for new, old in enumerate(i for i, flag in kept.items() if flag)}
    made = replace(
        letter,
        text=letter.text[low:high],
        blocks=tuple(
            replace(one, start=max(one.start, low) - low, end=min(one.end, high) - low)
            for one in letter.blocks
            if max(one.start, low) < min(one.end, high)
        ),
        spans=tuple(
            replace(one, start=max(one.start, low) - low, end=min(one.end, high) - low) for one in spans
        ),
        removed=tuple(one for one in letter.removed if _side(one.seconds, until, first=start == 0)),
        doubts=tuple(one for flag in letter.doubts if (one := _moved(flag, letter.text, low, high))),
        words=tuple(one for one in letter.words if _side((one.start, one.end), until, first=start == 0)),
    )  # fmt: skip
    checked = CheckedText(letter=made, flags=tuple(flag for flag in kept.values() if flag))
    settled = tuple(replace(one, flag=numbers[one.flag]) for one in whole.settled if one.flag in numbers)
    return Review(checked=checked, text=text, settled=settled)


def _mostly_in(start: int, end: int, low: int, high: int) -> bool:
    return low <= (start + end - 1) / 2 < high


def _side(seconds: tuple[float, float], until: float, *, first: bool) -> bool:
    """Whether a sound is on this side; what was removed between the two halves stays with the second."""
    return ((seconds[0] + seconds[1]) / 2 <= until) == first


def _moved(flag: Flag, text: str, low: int, high: int) -> Flag | None:
    start, end = max(flag.start, low), min(flag.end, high)
    if start >= end and not (flag.start == flag.end and low <= flag.start < high):
        return None
    return replace(flag, start=start - low, end=end - low, text=text[start:end])


def _unnamed(second: Review) -> Review:
    """The second half with nobody's name on it, and a place to settle on its first words."""
    letter = replace(second.checked.letter, patient=Identity(), notes=(), continues=False, addressees=())
    end = next((span.end for span in letter.spans if span.end >= 12), len(letter.text))
    flag = Flag(
        start=0, end=end, kind="identity", text=letter.text[:end], reason=CUT_FROM, severity="block",
        seconds=letter.spans[0].seconds if letter.spans else None,
    )  # fmt: skip
    settled = tuple(replace(one, flag=one.flag + 1) for one in second.settled)
    checked = CheckedText(letter=letter, flags=(flag, *second.checked.flags))
    return replace(second, checked=checked, settled=settled)


# --- join -------------------------------------------------------------------------------------------------------------


def join(practice: Practice, actor: Actor, key: str, other: str, *, version: int) -> int:
    """Put another draft's text at the end of the one that this person holds; gives its next version.

    The other draft becomes « replaced »: nothing of it is lost, it is no longer to be done. CannotJoin when the doctors
    differ, when each has another patient, or when someone else holds the other.
    """
    with practice.begin() as connection:
        row = review.held(connection, actor, "review.save", key, version)
        added = review.visible(connection, actor, "review.save", other)
        _joinable(row, added, actor)
        sounds = [store.one(connection, tables.dictation, one["dictation"]) for one in (row, added)]
    one_sound = sounds[0]["id"] == sounds[1]["id"]
    offset = 0.0 if one_sound else float(sounds[0]["seconds"] or 0.0)
    made = joined(practice.read(row["review"], Review), practice.read(added["review"], Review), offset=offset)
    address = practice.keep(made)
    sound = None if one_sound else _sound(practice, sounds)
    with practice.begin() as connection:
        dictation = row["dictation"] if sound is None else _recording(connection, sounds, sound)
        values = {} if sound is None else {
            "dictation": dictation, "position": store.next_position(connection, dictation)
        }  # fmt: skip
        after = store.change_document(
            connection, key, version=version, review=address, to_check=proofread.open_stops(made),
            patient=row["patient"] or added["patient"], urgent=row["urgent"] or added["urgent"],
            due=min(row["due"], added["due"]), **values,
        )  # fmt: skip
        store.change_document(
            connection, other, version=added["version"], state="replaced", reason=JOINED, held_by=None, held_until=None
        )
        _as_closed_as_both(connection, key, other)
        store.record(connection, actor=actor.id, action="join", subject=key, detail=other)
        store.record(connection, actor=actor.id, action="joined-to", subject=other, detail=key)
    return after


def _as_closed_as_both(connection: sa.Connection, key: str, other: str) -> None:
    """A letter made of restricted ones is read by those who could read each; so is what is left of the other.

    Both are read again: a doctor may have restricted one while the texts were being joined.
    """
    readers, document = tables.document_reader, tables.document
    row, added = (store.one(connection, document, one) for one in (key, other))
    if not (row["restricted"] or added["restricted"]):
        return
    if added["restricted"] and not row["restricted"]:
        store.copy_readers(connection, other, key)
    elif added["restricted"]:
        theirs = sa.select(readers.c.user).where(readers.c.document == other)
        connection.execute(readers.delete().where(readers.c.document == key, readers.c.user.not_in(theirs)))
    store.copy_readers(connection, key, other)
    connection.execute(document.update().where(document.c.id.in_((key, other))).values(restricted=True))


def _joinable(row: sa.RowMapping, other: sa.RowMapping, actor: Actor) -> None:
    same_doctor = row["doctor"] == other["doctor"]
    patients = {one["patient"] for one in (row, other) if one["patient"]}
    if row["id"] == other["id"] or not same_doctor or len(patients) > 1 or other["state"] not in review.TO_REVIEW:
        raise CannotJoin(f"documents {row['id']} and {other['id']}")
    review.require_free(other, actor)


def joined(first: Review, second: Review, *, offset: float) -> Review:
    """The two reviews as one: the second's text a paragraph below, its sound `offset` seconds later.

    Flags and settlements of both are kept; the seam itself must be looked at, and settled when the two name two people.
    """
    gap = "\n\n"
    shift = len(first.checked.text) + len(gap)
    count = len(first.checked.flags)
    one, other = first.checked.letter, second.checked.letter
    seam = _seam(one, other, shift, offset)
    later = [_later(flag, shift, offset) for flag in second.checked.flags]
    letter = replace(
        one,
        text=one.text + gap + other.text,
        blocks=(*one.blocks, *(replace(b, start=b.start + shift, end=b.end + shift) for b in other.blocks)),
        spans=(
            *one.spans,
            *(
                replace(s, start=s.start + shift, end=s.end + shift, seconds=_after(s.seconds, offset))
                for s in other.spans
            ),
        ),
        removed=(*one.removed, *(replace(r, seconds=_after(r.seconds, offset)) for r in other.removed)),
        addressees=tuple(dict.fromkeys((*one.addressees, *other.addressees))),
        urgent=one.urgent or other.urgent,
        patient=one.patient if one.patient.family_name else other.patient,
        notes=(*one.notes, *other.notes),
        continues=False,
        doubts=(*one.doubts, *(_later(flag, shift, offset) for flag in other.doubts)),
        words=(*one.words, *(replace(w, start=w.start + offset, end=w.end + offset) for w in other.words)),
    )  # fmt: skip
    settled = (*first.settled, *(replace(s, flag=s.flag + count) for s in second.settled))
    flags = (*first.checked.flags, *later, seam)
    return Review(
        checked=CheckedText(letter=letter, flags=flags), text=first.text.rstrip() + gap + second.text.lstrip(),
        settled=tuple(settled),
    )  # fmt: skip


def _seam(one: Letter, other: Letter, shift: int, offset: float) -> Flag:
    apart = one.patient.family_name and other.patient.family_name
    clash = bool(apart) and not identity.same(one.patient, other.patient)
    end = next((span.end for span in other.spans), min(len(other.text), 12))
    return Flag(
        start=shift, end=shift + end, kind="identity", text=other.text[:end], reason=SEAM,
        severity="block" if clash else "look",
        seconds=_after(other.spans[0].seconds, offset) if other.spans else None,
    )  # fmt: skip


def _later(flag: Flag, shift: int, offset: float) -> Flag:
    seconds = _after(flag.seconds, offset) if flag.seconds else None
    return replace(flag, start=flag.start + shift, end=flag.end + shift, seconds=seconds)


def _after(seconds: tuple[float, float], offset: float) -> tuple[float, float]:
    return (round(seconds[0] + offset, 3), round(seconds[1] + offset, 3))


@dataclass(frozen=True, slots=True)
class _Sound:
    """A joined sound, kept, and its outline."""

    address: str
    sha256: str
    peaks: str
    seconds: float


def _sound(practice: Practice, recordings: Sequence[sa.RowMapping]) -> _Sound:
    """The playable sounds one after the other, as one encrypted object."""
    import numpy as np

    parts = [_samples(practice.objects.get(one["playable"])) for one in recordings]
    whole = np.concatenate([_padded(part, one["seconds"]) for part, one in zip(parts, recordings, strict=True)])
    data = audio.playable(whole)
    outline = json.dumps([round(peak, 3) for peak in audio.peaks(whole, buckets=PEAKS)])
    return _Sound(practice.objects.put(data), hashlib.sha256(data).hexdigest(), outline, len(whole) / audio.RATE)


def _samples(data: bytes) -> Any:
    """The samples of a playable sound, as `audio.playable` wrote them."""
    import numpy as np

    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32767


def _padded(part: Any, seconds: float | None) -> Any:
    """Each part lasts what its dictation says, so that the seconds of the next one fall where they must."""
    import numpy as np

    wanted = round((seconds or 0.0) * audio.RATE)
    return np.pad(part, (0, max(0, wanted - len(part))))[: wanted or len(part)]


def _recording(connection: sa.Connection, recordings: Sequence[sa.RowMapping], sound: _Sound) -> str:
    """The dictation of the joined sound, made once, with what it is made of."""
    first = recordings[0]
    key = new_id()
    added = store.insert_once(
        connection, tables.dictation, id=key, sha256=sound.sha256, audio=sound.address, name=first["name"],
        doctor=first["doctor"], kind=first["kind"], urgent=any(one["urgent"] for one in recordings),
        seconds=sound.seconds, received=first["received"], due=first["due"], state="drafted", since=store.now(),
        transcript=first["transcript"], playable=sound.address, peaks=sound.peaks,
    )  # fmt: skip
    if not added:  # joined before, then cut: the same sound is the same recording
        found = connection.scalar(sa.select(tables.dictation.c.id).where(tables.dictation.c.sha256 == sound.sha256))
        return str(found)
    start = 0.0
    pieces = [part for one in recordings for part in _made_of(connection, one)]
    for position, (part, seconds) in enumerate(pieces):
        store.insert_once(
            connection, tables.recording_part, dictation=key, position=position, part=part, start=round(start, 3)
        )
        start += seconds
    return key


def _made_of(connection: sa.Connection, recording: sa.RowMapping) -> list[tuple[str, float]]:
    """The recordings a dictation is made of, with how long each lasts; itself when it was never joined."""
    found = parts(connection, recording["id"])
    if len(found) == 1:
        return [(recording["id"], float(recording["seconds"] or 0.0))]
    ends = [*(one.start for one in found[1:]), float(recording["seconds"] or 0.0)]
    return [(one.dictation, end - one.start) for one, end in zip(found, ends, strict=True)]


def parts(connection: sa.Connection, dictation: str) -> tuple[Part, ...]:
    """Which recording each stretch of a dictation's sound comes from; the dictation itself when it was never joined."""
    table = tables.recording_part
    rows = connection.execute(sa.select(table).where(table.c.dictation == dictation).order_by(table.c.position))
    found = tuple(Part(dictation=row.part, start=row.start) for row in rows)
    return found or (Part(dictation=dictation, start=0.0),)
