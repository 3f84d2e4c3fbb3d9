"""Heard words made from a text, as the recogniser gives them: one every third of a second."""

from pipeline.types import Model, Transcript, Word


def heard(text: str, *, probability: float = 0.95, faint: tuple[str, ...] = ()) -> tuple[Word, ...]:
    words = []
    for index, one in enumerate(text.split()):
        sure = 0.2 if one.strip(".,") in faint else probability
        words.append(Word(text=f" {one}", start=index / 3, end=index / 3 + 0.3, probability=sure))
    return tuple(words)


def transcript(text: str, *, faint: tuple[str, ...] = ()) -> Transcript:
    words = heard(text, faint=faint)
    seconds = words[-1].end if words else 1.0
    return Transcript(
        raw_text=text,
        words=words,
        speech=((0.0, seconds),) if words else (),
        audio_seconds=seconds,
        decode_seconds=0.1,
        model=Model(name="none", sha256=""),
    )
