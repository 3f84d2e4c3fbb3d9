"""Noise of the strength that is said, a telephone of the width that is said, and the same ones each time."""

import wave
from pathlib import Path

import numpy as np
import pytest

from bench import corpus, noise
from pipeline.sound import audio

SECONDS = 4


def tone(hertz: float, *, seconds: float = SECONDS) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * audio.RATE)) / audio.RATE)).astype(np.float32)


def decibels(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(one**2) / np.mean(other**2)))


def power(samples: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / audio.RATE)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum())


@pytest.mark.parametrize("snr", [5.0, 15.0, 30.0])
def test_the_noise_is_so_many_decibels_under_the_speech(snr: float):
    spoken = np.concatenate([tone(220), np.zeros(SECONDS * audio.RATE, dtype=np.float32)])  # then silence
    under = noise.noisy(spoken, seed=1, snr=snr) - spoken
    assert decibels(spoken[: len(spoken) // 2], under) == pytest.approx(snr, abs=0.5)


def test_silence_does_not_count_as_speech():
    spoken = tone(220)
    quiet = np.concatenate([spoken, np.zeros(9 * len(spoken), dtype=np.float32)])
    assert noise.speech_power(quiet) == pytest.approx(noise.speech_power(spoken), rel=0.01)
    assert noise.speech_power(np.zeros(audio.RATE, dtype=np.float32)) == 0.0


def test_the_noise_is_pink_with_mains_hum():
    under = noise.noisy(tone(220), seed=3) - tone(220)
    low, high = power(under, 400, 800), power(under, 1600, 3200)
    assert 10 * np.log10(low / high) == pytest.approx(0.0, abs=1.0)  # as much in each octave
    assert power(under, 49, 51) > 10 * power(under, 60, 62)


def test_the_same_seed_gives_the_same_noise_and_nothing_saturates():
    loud = tone(220) * 3.3
    assert np.array_equal(noise.noisy(loud, seed=7), noise.noisy(loud, seed=7))
    assert not np.array_equal(noise.noisy(loud, seed=7), noise.noisy(loud, seed=8))
    assert np.abs(noise.noisy(loud, seed=7, snr=0.0)).max() <= 1.0


@pytest.mark.parametrize(
    ("hertz", "least", "most"),
    [(60, -40, -20), (300, -3.5, -2.5), (1000, -0.5, 0.1), (3400, -3.6, -2.6), (7000, -40, -12)],
)
def test_a_telephone_passes_300_to_3400_hertz(hertz: float, least: float, most: float):
    assert least < decibels(noise.narrowed(tone(hertz)), tone(hertz)) < most


def test_a_telephone_recording_is_a_law_at_8_khz_and_opens_like_any_other(tmp_path: Path):
    mixed = tone(1000) + tone(6000)
    noise.save(noise.narrowed(mixed), tmp_path / "appel.wav", codec="pcm_alaw", rate=noise.LINE_RATE)
    known, heard = audio.inspect(tmp_path / "appel.wav"), audio.decode(tmp_path / "appel.wav")
    assert (known.codec, known.sample_rate, known.seconds) == ("pcm_alaw", 8000, pytest.approx(SECONDS, abs=0.02))
    assert power(heard, 4500, 8000) < power(heard, 900, 1100) / 1000
    assert power(heard, 900, 1100) == pytest.approx(power(mixed, 900, 1100), rel=0.15)


def test_dictations_elsewhere_are_the_same_ones_with_other_sounds(tmp_path: Path):
    note = corpus.load(corpus.BUNDLED)[:1]
    for place in ("noise", "telephone"):
        (moved,) = noise.elsewhere(note, place, folder=tmp_path)
        assert (moved.name, moved.facts, moved.written) == (note[0].name, note[0].facts, note[0].written)
        assert moved.sound.parent == tmp_path
    (noisy,) = noise.elsewhere(note, "noise", folder=tmp_path)
    with wave.open(str(noisy.sound)) as file:
        assert (file.getframerate(), file.getnchannels()) == (audio.RATE, 1)
    again = noisy.sound.read_bytes()
    noise.elsewhere(note, "noise", folder=tmp_path)
    assert noisy.sound.read_bytes() == again
