"""What travels from the sound to the signed letter: frozen data, no behaviour beyond reading it.

Offsets are Unicode code points in `text`; times are seconds from the beginning of the recording.
Each stage embeds the one before, so that where a word comes from can always be told.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from vocab.flag import Flag

Seconds = tuple[float, float]
Role = Literal["title", "identity", "greeting", "body", "closing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A stretch of work for the engine: which one, on what, and by when. The same `key` is never done twice."""

    stretch: Literal["draft", "prepare", "file"]
    subject: str
    due: datetime
    round: int = 1
    """A document that goes back to be corrected is prepared again: the version at which it was asked."""

    @property
    def key(self) -> str:
        """What tells this job from every other."""
        return f"{self.stretch}-{self.subject}-{self.round}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word the recogniser wrote, when it was said, and how sure the recogniser was (0 to 1)."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Which recogniser listened."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What the recogniser heard, untouched."""

    raw_text: str
    words: tuple[Word, ...]
    speech: tuple[Seconds, ...]
    """Where a voice was detected, whether or not words came of it."""
    audio_seconds: float
    decode_seconds: float
    model: Model
    readings: tuple[tuple[Word, ...], ...] = ()
    """What each listening wrote of the whole recording, the first one first; `words` is what was kept of them.
    Empty when the sound was listened to once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of sound to listen to once more."""

    start: float
    end: float
    expected: tuple[str, ...] = ()
    """Words that may have been said there, most likely first."""
    words: int = 0
    """How many words were heard there before: a reading that is much longer is a loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A written stretch of text and the sound it was written from."""

    start: int
    end: int
    seconds: Seconds
    probability: float
    agreement: float | None = None
    """The share of the listenings that write the same here; None when the sound was listened to once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of the text by its place in the letter; `section` names the template's section of a body block."""

    role: Role
    section: str = ""
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Speech that is not in the text, and why (a command, a correction, a note to the secretary…)."""

    seconds: Seconds
    reason: str
    """In French, for people."""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The patient as spoken. An empty string or None is what was not said or not understood."""

    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter of a dictation, written as a careful secretary would type it, before any check."""

    text: str
    """Paragraphs separated by a blank line, NFC, plain spaces, straight apostrophes."""
    blocks: tuple[Block, ...]
    spans: tuple[Span, ...]
    removed: tuple[Removed, ...] = ()
    kind: str = "courrier"
    doctor: str = ""
    addressees: tuple[str, ...] = ()
    urgent: bool = False
    patient: Identity = Identity()
    notes: tuple[str, ...] = ()
    """What was said to the secretary."""
    continues: bool = False
    """The doctor said that this goes on with a letter begun in another recording."""
    doubts: tuple[Flag, ...] = ()
    """What the writing itself was unsure of: a correction applied, a number badly built."""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedText:
    """A letter and the places in it a person must look at, in reading order."""

    letter: Letter
    flags: tuple[Flag, ...]

    @property
    def text(self) -> str:
        """The letter's text."""
        return self.letter.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every second of detected speech: in the text, removed with a reason, or unaccounted for."""

    speech_seconds: float
    in_text: float
    removed: tuple[Removed, ...]
    unaccounted: tuple[Seconds, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A place to check that a person has settled, by leaving it as heard or by changing it."""

    flag: int
    how: Literal["heard", "changed"]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The text as a person left it, and what became of each place to check."""

    checked: CheckedText
    text: str
    settled: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter laid out in its Word template: the one master from which the PDF is made."""

    kind: str
    title: str
    docx: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """A PDF that a doctor has signed: it never changes again."""

    pdf: bytes
    signer: str
    signed_at: datetime
