"""Listening once more to stretches of a sound, slower, with the words expected there: a second ear.

A recogniser is consistently wrong: played again as it was, a sound gives the same mistake. Slowed down a little and
told which words sound like what it wrote, it is wrong elsewhere (measured: « bisoprolole », 94 kg for 84, 0,62 for
0,72 are heard right), so that what two listenings agree on can be trusted more, and what they do not must be shown.

Knows faster-whisper's model; does not know what the words mean, nor which reading is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.sound import audio
from pipeline.types import Stretch

if TYPE_CHECKING:
    from pipeline.sound.audio import Samples

CONTEXT_TOKENS = 150
"""More context than this makes Whisper loop and lose speech (measured)."""
_BEAM = 5
_TOKENS_A_WORD, _TOKENS_MORE = 3, 20
"""A reading this much longer than what was heard before is a loop: it is cut there."""
_MOST_TOKENS = 440

_UNITS = re.compile(
    r"\b(?:mg|g|kg|µg|mcg|ml|cl|dl|l|ui|u|mmol|mol|meq|mm|cm|mmhg|bpm|gray|gy|milligrammes?|grammes?|kilogrammes?"
    r"|microgrammes?|millilitres?|litres?|unités?|millimètres?|centimètres?|gouttes?|comprimés?)\b|[%°]",
    re.IGNORECASE,
)


def hear_again(
    recogniser: Any, samples: Samples, stretches: Sequence[Stretch], *, pace: float, report: Callable[..., None]
) -> list[str]:
    """Write what is said in each stretch, the sound played at `pace` (0.94 is slower by six hundredths).

    A stretch lasts less than thirty seconds. One decoding each, without the random draws by which Whisper gets out of
    a difficulty: a reading that is no good is left to whoever compares it.
    """
    report(audio=sum(stretch.end - stretch.start for stretch in stretches))
    readings = []
    for stretch in stretches:
        cut = samples[int(stretch.start * audio.RATE) : int(stretch.end * audio.RATE)]
        readings.append(_reading(recogniser, _paced(cut, pace), stretch) if len(cut) else "")
        report(progress=stretch.end)
    return readings


def hotwords(context: Iterable[str], *, count: Callable[[str], int]) -> str:
    """Join the terms that may be given to the recogniser as context, in order, within `CONTEXT_TOKENS`.

    A term with a digit or a unit is left out: Whisper would write that dose where another was said. `count` gives
    the number of tokens of a text, by the recogniser's own tokenizer.
    """
    kept: list[str] = []
    for term in dict.fromkeys(" ".join(term.split()) for term in context):
        if not term or re.search(r"\d", term) or _UNITS.search(term):
            continue
        if count(" " + ", ".join([*kept, term])) > CONTEXT_TOKENS:
            break
        kept.append(term)
    return ", ".join(kept)


def counter(recogniser: Any) -> Callable[[str], int]:
    """The number of tokens of a text, by this recogniser's tokenizer."""
    return lambda text: len(recogniser.hf_tokenizer.encode(text).ids)


def _reading(recogniser: Any, samples: Samples, stretch: Stretch) -> str:
    from faster_whisper.audio import pad_or_trim
    from faster_whisper.tokenizer import Tokenizer

    tokenizer = Tokenizer(recogniser.hf_tokenizer, True, task="transcribe", language="fr")
    features = pad_or_trim(recogniser.feature_extractor(samples), recogniser.feature_extractor.nb_max_frames)
    context = hotwords(stretch.expected, count=counter(recogniser)) or None
    prompt = recogniser.get_prompt(tokenizer, [], without_timestamps=True, hotwords=context)
    longest = len(prompt) + _TOKENS_A_WORD * stretch.words + _TOKENS_MORE
    found = recogniser.model.generate(
        recogniser.encode(features), [prompt], beam_size=_BEAM, max_length=min(_MOST_TOKENS, longest),
        suppress_blank=True, suppress_tokens=[-1],
    )[0]  # fmt: skip
    return str(tokenizer.decode([token for token in found.sequences_ids[0] if token < tokenizer.eot])).strip()


def _paced(samples: Samples, pace: float) -> Samples:
    """The sound played slower or faster, its pitch with it."""
    import numpy as np

    if pace == 1.0 or not len(samples):
        return samples
    places = np.arange(int(len(samples) / pace)) * pace
    slowed: Samples = np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
    return slowed
