"""What each technique of the product brings: the product built up step by step, then less each of its parts.

Each is made from outside, out of the product's public functions: an empty lexicon, fewer paces, a recogniser told
nothing, readings forgotten. What cannot be parted so is not listed: the grammar of spoken French is measured whole.
Knows nothing of references.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from bench.ears import Remembered, Untold
from bench.writers import Hear, Write, Writer, composed
from pipeline.transcribe import Transcriber
from pipeline.types import CheckedText, Letter, Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """The product with some of its parts only, and a word on which."""

    what: str
    writer: Writer


def techniques(ear: Remembered) -> dict[str, Technique]:
    """From the least to the most, then the product less one part at a time; each distinct decoding is made once."""
    from pipeline import kinds, reading
    from vocab.lexicon import Lexicon

    known, lexicon, empty = kinds.all_kinds(), reading.lexicon(()), Lexicon(entries=())
    paces = reading.PACES

    def hear(*at: float, by: Transcriber = ear) -> Hear:
        return lambda sound: reading.heard(by, sound, lexicon=lexicon, paces=at)

    def write(words: Lexicon) -> Write:
        return lambda transcript: reading.checked_letters(transcript, kinds=known, lexicon=words)[0]

    def technique(what: str, hearing: Hear, writing: Write) -> Technique:
        return Technique(what=what, writer=composed(ear, hear=hearing, write=writing))

    product, untold, checked, bare = hear(*paces), hear(*paces, by=Untold(ear)), write(lexicon), write(empty)
    second = f"and listening once more, at {{}}, told the words expected (the product: {len(paces)} times)"
    return {
        "grammar": technique("one listening, spoken French made written, no lexicon", hear(), bare),
        "+ lexicon": technique("and words found by their sound, doses and look-alikes checked", hear(), checked),
        **{f"+ ear {pace}": technique(second.format(pace), hear(pace), checked) for pace in paces},
        "less words": technique("the product, its listenings told nothing", untold, checked),
        "less lexicon": technique("the product, no lexicon once it has listened", product, bare),
        "less choice": technique("the product, its first reading kept, the others compared", _first(product), checked),
        "less doubts": technique("the product, its readings not compared", _alone(product), checked),
        "less grammar": technique("the words the product kept, as they are", product, _plain),
    }


def _first(hear: Hear) -> Hear:
    """The first reading is kept, whatever the others say; they are still there to be compared with."""

    def first(sound: Path) -> Transcript:
        heard = hear(sound)
        return replace(heard, words=heard.readings[0]) if heard.readings else heard

    return first


def _alone(hear: Hear) -> Hear:
    """The reading that was kept, with no other to compare."""
    return lambda sound: replace(hear(sound), readings=())


def _plain(heard: Transcript) -> tuple[CheckedText, ...]:
    text = " ".join(word.text for word in heard.words)
    return (CheckedText(letter=Letter(text=text, blocks=(), spans=()), flags=()),)
