"""The whole chain against a bare decode of the same sounds, in the same run: what everything but listening costs.

    python -m bench.chain [--quick] [--json]

`overhead` = seconds from the drop of the files to the last filed document ÷ seconds of a bare faster-whisper decode
of the same files with the same model (loading included in both). The people of the chain answer at once. The sounds
are synthetic: that changes what is recognised, not what it costs.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from pipeline import demo


def main() -> None:
    """Measure, print a table, and with --json one object on the last line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="one dictation instead of two")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    played = demo.PLAYED[:1] if options.quick else demo.PLAYED
    sounds = [Path(str(resources.files("pipeline.demo") / "sounds" / f"{one.sound}.flac")) for one in played]
    bare, audio = bare_decode(sounds)
    with tempfile.TemporaryDirectory() as folder:
        chain = whole_chain(Path(folder) / "practice", played)
    figures = {
        "overhead": round(chain / bare, 2),
        "chain_seconds": round(chain, 1),
        "bare_seconds": round(bare, 1),
        "audio_seconds": round(audio, 1),
        "dictations": len(played),
    }
    for name, value in figures.items():
        print(f"{name:16} {value}")
    if options.json:
        print(json.dumps(figures))


def bare_decode(sounds: list[Path]) -> tuple[float, float]:
    """Seconds that faster-whisper alone takes on these files, and seconds of sound."""
    from faster_whisper import WhisperModel

    from pipeline.model import locate
    from pipeline.plugs import cache_folder

    folder, _ = locate("base", cache=cache_folder())
    begun, audio = time.monotonic(), 0.0
    model = WhisperModel(str(folder), device="cpu", compute_type="int8")
    for sound in sounds:
        segments, info = model.transcribe(str(sound), language="fr", beam_size=5, condition_on_previous_text=False)
        audio += info.duration
        for _ in segments:
            pass
    return time.monotonic() - begun, audio


def whole_chain(home: Path, played: Sequence[demo.Recorded]) -> float:
    """Seconds from the drop of the files to the last filed document, in a practice made for this."""
    stage = demo.set_up(home)
    begun = time.monotonic()
    demo.travel(stage, played)
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
