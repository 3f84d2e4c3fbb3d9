import io
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FileRefused, TruncatedAudio, UnknownAudio
from pipeline.sound import dss
from tests.pipeline import sounds
from tests.pipeline.sounds import dss_header


def test_the_header_says_who_dictated_when_for_how_long_and_how_urgently():
    header = dss.parse(dss_header(length=b"010203", priority=1, comment=b"Courrier press\xe9"))

    assert header == dss.DssHeader(
        format="ds2",
        variant=3,
        encrypted=False,
        author="DR MARTIN",
        job=822,
        start=datetime(2025, 10, 26, 23, 52, 1),
        end=datetime(2025, 10, 26, 23, 55, 34),
        seconds=3723.0,
        priority=1,
        comment="Courrier pressé",
    )


def test_what_the_dictaphone_never_set_is_left_unset():
    head = bytearray(b"\xff" * dss.HEADER_BYTES)
    head[:4] = b"\x02dss"

    header = dss.parse(bytes(head))

    assert header == dss.DssHeader(format="dss", variant=2, encrypted=False)


def test_a_text_field_carries_no_control_character():
    assert dss.parse(dss_header(author=b"DR\n\x1bMARTIN")).author == "DRMARTIN"


def test_an_encrypted_file_says_so():
    assert dss.parse(dss_header(magic=b"enc")).encrypted


@pytest.mark.parametrize("variant", [1, 2, 3, 6, 7, 8])
def test_a_variant_we_cannot_read_is_still_known_to_be_a_dictaphones(variant):
    assert dss.is_dss(bytes([variant]) + b"ds2")


@pytest.mark.parametrize("head", [b"", b"\x02ds", b"Ads2", b"RIFF", b"\x02dsx"])
def test_other_files_are_not_taken_for_a_dictaphones(head):
    assert not dss.is_dss(head)


def test_a_header_that_stops_short_is_a_cut_recording():
    with pytest.raises(TruncatedAudio):
        dss.parse(dss_header()[:0x40])


@pytest.mark.parametrize(
    ("length", "milliseconds", "seconds", "exact"),
    [
        (b"000039", 39_696, 39.696, True),
        (b"000039", 40_001, 39.0, False),
        (b"000039", None, 39.0, False),
        (b"010000", 3_600_000, 3600.0, True),
        (b"\xff" * 6, 39_696, None, False),
    ],
)
def test_milliseconds_are_believed_only_when_they_agree_with_the_seconds(length, milliseconds, seconds, exact):
    header = dss.parse(dss_header(length=length, milliseconds=milliseconds))

    assert (header.seconds, header.exact) == (seconds, exact)


def test_a_grundig_machine_writes_something_else_where_others_write_milliseconds():
    head = bytearray(dss_header(length=b"000030"))
    head[0x200:0x210] = b"GR/PH9607_000000"

    assert dss.parse(bytes(head)).seconds == 30.0


@given(st.binary(min_size=0x44, max_size=dss.HEADER_BYTES), st.sampled_from([b"\3ds2", b"\3enc", b"\2dss", b"\6dss"]))
def test_no_header_is_too_odd_to_be_read(junk, magic):
    header = dss.parse(magic + junk[4:])

    assert header.encrypted == (magic[1:] == b"enc")
    assert header.seconds is None or header.seconds >= 0
    assert (header.author + header.comment).isprintable()


@given(st.integers(0, 0x600), st.binary(max_size=64))
def test_a_header_damaged_anywhere_is_read_or_refused(place, junk):
    head = bytearray(sounds.dss_header(milliseconds=9600))
    head[place : place + len(junk)] = junk
    damaged = bytes(head[: dss.HEADER_BYTES])

    if dss.is_dss(damaged):
        assert dss.parse(damaged).format in ("dss", "ds2")


PROTECTED = sounds.olympus(password="1234")[: dss.HEADER_BYTES]


@given(st.text(max_size=20))
def test_any_text_may_be_tried_as_a_password(password):
    assert dss.opens(PROTECTED, "1234")
    assert dss.opens(PROTECTED, password) in (True, False)


def test_a_password_is_not_tried_on_half_a_header():
    with pytest.raises(TruncatedAudio):
        dss.opens(sounds.olympus(password="1234")[:1000], "1234")


@pytest.mark.parametrize("mode", [3, 7, 9])
def test_an_encryption_that_is_not_known_is_not_a_wrong_password(mode):
    head = bytearray(sounds.olympus(password="1234")[: dss.HEADER_BYTES])
    head[0x146] = mode

    with pytest.raises(FileRefused) as refusal:
        dss.opens(bytes(head), "1234")
    assert isinstance(refusal.value, UnknownAudio)


def test_the_blocks_are_counted_even_when_their_sound_is_protected():
    whole, protected = (io.BytesIO(sounds.olympus(password=password)) for password in ("", "1234"))

    assert dss.counted_seconds(whole) == dss.counted_seconds(protected) == pytest.approx(8.64)


def test_blocks_of_an_unknown_mode_are_not_counted():
    assert dss.counted_seconds(io.BytesIO(sounds.ds2(quality=9))) is None
    assert dss.counted_seconds(io.BytesIO(sounds.ds2(frames=90))) is None
