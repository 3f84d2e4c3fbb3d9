from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from pipeline.sound import acoustics, audio

ROOT = Path(__file__).parents[2]
VOICE = audio.decode(ROOT / "tests" / "data" / "00_courte.flac")
DICTATIONS = ROOT.parent / "shared" / "data" / "dictations"
RATE = audio.RATE
LOUDEST = int(np.abs(VOICE).argmax())


def measured(*channels, rate=RATE, block=4000):
    rows = np.atleast_2d(np.stack(channels)).astype(np.float32)
    meter = acoustics.Meter(rate=rate, channels=len(rows))
    for start in range(0, rows.shape[1], block):
        meter.hear(rows[:, start : start + block])
    return meter.sound()


def remarks(*channels, rate=RATE):
    return acoustics.remarks(measured(*channels, rate=rate))


def noise(length, level, seed=0):
    """White noise at this level, in dBFS."""
    return np.random.default_rng(seed).normal(0, 10 ** (level / 20), length)


def at(samples, level):
    """The voice at this level, in dBFS."""
    return samples * 10 ** ((level - measured(samples).level) / 20)


def band(samples, low, high, rate=RATE):
    lines = np.fft.rfft(samples)
    places = np.fft.rfftfreq(len(samples), 1 / rate)
    return np.fft.irfft(np.where((places >= low) & (places <= high), lines, 0), len(samples))


def test_a_clean_dictation_calls_for_no_remark():
    sound = measured(VOICE)

    assert acoustics.remarks(sound) == ()
    assert sound.seconds == pytest.approx(10.6, abs=0.1)
    assert -25 < sound.level < -15
    assert not sound.silent


@pytest.mark.skipif(not DICTATIONS.is_dir(), reason="the shared dictations are not here")
@pytest.mark.parametrize("path", sorted(DICTATIONS.glob("*.flac")), ids=lambda path: path.stem)
def test_of_the_shared_dictations_only_the_noisy_and_the_telephone_ones_get_theirs(path):
    expected = {"09": ("noisy",), "10": ("narrow",)}.get(path.stem[:2], ())

    assert audio.inspect(path).remarks == expected


@pytest.mark.parametrize(("gain", "told"), [(1.3, False), (2.0, False), (8.0, True), (30.0, True)])
def test_a_voice_whose_tops_are_cut_is_told(gain, told):
    """At twice the level one sample in two thousand is cut, which nobody hears."""
    assert ("clipped" in remarks(np.clip(VOICE * gain, -1, 1))) is told


@pytest.mark.parametrize(("level", "told"), [(-35, False), (-43, False), (-47, True), (-60, True)])
def test_a_weak_voice_is_told_and_is_still_a_voice(level, told):
    sound = measured(at(VOICE, level))

    assert ("quiet" in acoustics.remarks(sound)) is told
    assert not sound.silent


def test_a_whisper_in_sixteen_bits_is_heard():
    whispered = np.round(at(VOICE, -60) * 32767) / 32767 + noise(len(VOICE), -88)

    assert not measured(whispered).silent


@pytest.mark.parametrize(
    "nothing",
    [
        np.zeros(RATE * 5),
        np.full(RATE * 5, 0.3),
        noise(RATE * 5, -80),
        np.concatenate([noise(RATE * 3, -85), np.full(400, 0.8), noise(RATE * 3, -85)]),
    ],
    ids=["zeros", "constant offset", "hiss of an open input", "click of a button"],
)
def test_a_recording_in_which_nothing_can_be_heard_is_silent(nothing):
    sound = measured(nothing)

    assert sound.silent
    assert acoustics.remarks(sound) == ()


def test_a_recording_of_one_syllable_is_not_silent():
    assert not measured(at(VOICE, -20)[LOUDEST : LOUDEST + 2400]).silent
    assert not measured(noise(300, -20)).silent


@pytest.mark.parametrize(("below", "told"), [(5, True), (12, True), (30, False), (40, False)])
def test_noise_is_told_when_it_comes_near_the_voice(below, told):
    heard = VOICE + noise(len(VOICE), measured(VOICE).level - below)

    assert ("noisy" in remarks(heard)) is told


def test_the_only_channel_with_a_voice_is_the_one_listened_to():
    for leak in (np.zeros(len(VOICE)), VOICE * 0.01, noise(len(VOICE), -70)):
        for place, pair in enumerate([(VOICE, leak), (leak, VOICE)]):
            sound = measured(*pair)

            assert sound.channel == place
            assert acoustics.remarks(sound) == ("one-channel",)


def test_channels_in_opposition_are_not_averaged_into_silence():
    sound = measured(VOICE, -0.9 * VOICE)

    assert acoustics.remarks(sound) == ("opposed-channels",)
    assert sound.channel == 0
    assert np.abs(next(acoustics.mixed(iter([np.stack([VOICE, -0.9 * VOICE])]), sound.channel))).max() > 0.3


@pytest.mark.parametrize("other", [VOICE, VOICE * 0.5, np.roll(VOICE, 40), VOICE[::-1]])
def test_channels_that_agree_or_have_nothing_in_common_are_averaged(other):
    sound = measured(VOICE, other)

    assert sound.channel is None
    assert not {"one-channel", "opposed-channels"} & set(acoustics.remarks(sound))
    mixed = next(acoustics.mixed(iter([np.stack([VOICE, other])]), sound.channel))
    assert mixed == pytest.approx((VOICE + other) / 2, abs=1e-6)


@pytest.mark.parametrize("place", [0, 1])
def test_a_recording_is_judged_by_its_loudest_channel(place):
    """Of a stereo microphone, the side that is turned away is weaker by 15 dB, and no fault of anyone's."""
    pair = [at(VOICE, -50), at(VOICE, -50)]
    pair[place] = at(VOICE, -35)
    assert remarks(*pair) == ()

    hiss, whisper = noise(len(VOICE), -75), at(VOICE, -60)
    assert not measured(*((hiss, whisper) if place else (whisper, hiss))).silent


def test_the_only_voice_out_of_six_channels_is_found():
    assert measured(*[np.zeros(len(VOICE))] * 4, VOICE, np.zeros(len(VOICE))).channel == 4


def test_a_telephone_line_is_told_whatever_carries_it():
    assert remarks(band(VOICE, 300, 3400)) == ("narrow",)
    assert "narrow" in remarks(band(VOICE, 300, 3400)[::2], rate=8000)
    assert "narrow" not in remarks(band(VOICE, 100, 5500))


def test_a_recording_left_running_is_told():
    long = np.concatenate([VOICE, noise(RATE * 150, -75)])

    assert remarks(long) == ("mostly-silent",)
    assert remarks(np.concatenate([VOICE, noise(RATE * 60, -75)])) == ()


@pytest.mark.parametrize("seconds", [0.0, 0.7, 5.0])
def test_exact_silence_at_the_end_is_measured(seconds):
    voice = np.trim_zeros(VOICE, "b")

    assert measured(np.concatenate([voice, np.zeros(int(seconds * RATE))])).tail == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize("block", [1, 7, 319, 320, 321, 16_000, 10**7])
def test_what_is_measured_does_not_depend_on_the_blocks(block):
    short = VOICE[: 3 * RATE] if block > 1 else VOICE[:2000]

    assert astuple(measured(short, short * 0.5, block=block)) == pytest.approx(
        astuple(measured(short, short * 0.5, block=4096))
    )


def test_the_meter_keeps_nothing_of_what_it_hears():
    meter = acoustics.Meter(rate=RATE, channels=1)
    for _ in range(200):
        meter.hear(VOICE[None, :7777])

    assert sum(kept.nbytes for kept in vars(meter).values() if isinstance(kept, np.ndarray)) < 10_000
    assert meter.sound().seconds == pytest.approx(200 * 7777 / RATE)


def test_a_recording_that_changes_its_channels_on_the_way_is_heard_to_its_end():
    meter = acoustics.Meter(rate=RATE, channels=2)
    for channels in (2, 1, 3):
        meter.hear(np.stack([VOICE] * channels).astype(np.float32))

    assert meter.sound().seconds == pytest.approx(3 * len(VOICE) / RATE)


def test_nothing_heard_is_nothing_measured():
    assert acoustics.Meter(rate=RATE, channels=2).sound() == acoustics.Sound(channels=2)
