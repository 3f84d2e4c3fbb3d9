from datetime import datetime

import pytest

from pipeline import dss
from pipeline.errors import TruncatedAudio
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
