"""Debian's French voice prompts for telephone exchanges: real recorded speech that any Debian machine can install.

`asterisk-core-sounds-fr-wav` has the sounds (one professional Canadian voice, 8 kHz), `asterisk-core-sounds-fr` their
text; CC BY-SA 3.0, not shipped here. Nothing medical is said in them: they tell whether the product harms ordinary
speech, not how well it hears a doctor.
"""

import gzip
import re
from pathlib import Path

from bench.corpus import CorpusRefused, Utterance

INSTALLED = Path("/usr/share")
"""Where Debian puts them; a folder where the two packages were unpacked does too."""
PACKAGES = ("asterisk-core-sounds-fr-wav", "asterisk-core-sounds-fr")

_SOUNDS = "asterisk/sounds/fr_CA_f_June"
_TEXTS = "doc/asterisk-core-sounds-fr/core-sounds-fr.txt.gz"
_WORDS = 6
"""Shorter prompts are pieces of sentences that only make sense one after the other."""


def load(place: Path = INSTALLED) -> tuple[Utterance, ...]:
    """Every prompt of six words or more, by name. CorpusRefused when the packages are not there."""
    place = next((one for one in (place, place / "usr/share", place / "share") if (one / _TEXTS).is_file()), place)
    if not (place / _TEXTS).is_file() or not (place / _SOUNDS).is_dir():
        raise CorpusRefused(f"no recorded prompts in {place}: install {' and '.join(PACKAGES)}")
    text = gzip.decompress((place / _TEXTS).read_bytes()).decode("utf-8")
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith(";"))
    prompts = {name.strip(): said.strip(" “”\t") for name, _, said in lines}
    return tuple(
        Utterance(name=name, sound=place / _SOUNDS / f"{name}.wav", said=said)
        for name, said in sorted(prompts.items())
        if _whole(said) and (place / _SOUNDS / f"{name}.wav").is_file()
    )


def _whole(said: str) -> bool:
    """Whether it is a sentence that is said as written: not a tone, nor a stage direction."""
    return len(re.findall(r"\w+", said)) >= _WORDS and not re.search(r"[\[\](){}<>]", said)
