from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from vocab import calibration
from vocab.calibration import Hearing, Voice
from vocab.lexicon import Entry, Lexicon

VOICES = (
    Voice(name="grave", before="Le dossier mentionne", after="à ce sujet."),
    Voice(name="aiguë", before="On rappelle aussi", after="dans la lettre."),
)
MODEL = "a" * 64
SPOKEN = {"bisoprolol": "Bisous proulole", "zorglubine": "Zorglubine"}


def lexicon(*entries: Entry) -> Lexicon:
    return Lexicon(entries=entries)


def drug(text: str, substance: str = "") -> Entry:
    return Entry(text=text, kind="brand" if substance else "substance", substance=substance or text)


DRUGS = lexicon(drug("bisoprolol"), drug("zorglubine"), drug("métoprolol"))


def speak(sentence: str, voice: str) -> bytes:
    return sentence.encode()


def listen(sounds: Sequence[bytes]) -> Sequence[str]:
    """Hears each sentence as it was said, its term misheard."""
    heard = []
    for sound in sounds:
        sentence = sound.decode()
        for term, said in SPOKEN.items():
            sentence = sentence.replace(term, said)
        heard.append(sentence.replace("sujet", "suger"))
    return heard


def calibrated(folder: Path, terms: Iterable[str], **others: object) -> Iterator[Hearing]:
    return calibration.calibrate(
        list(terms), voices=VOICES, model=MODEL, folder=folder, speak=speak, listen=listen, batch=2
    )


@pytest.mark.parametrize(
    ("heard", "term"),
    [
        ("Le dossier mentionne bise au prolole à ce sujet.", "bise au prolole"),
        ("dossier mentionne Furousémid à se suger.", "furousémid"),
        ("Le dossier mentionne, d'accris aux systèmes, à ce sujet", "d'accris aux systèmes"),
        ("Le dossier mentionne 6ectomies à ce sujet.", "6ectomies"),
        ("Sous-titres réalisés par la communauté.", ""), ("", ""), ("Le dossier mentionne à ce sujet.", ""),
    ],
)  # fmt: skip
def test_what_was_heard_is_cut_out_of_its_sentence(heard: str, term: str) -> None:
    assert calibration.between(heard, VOICES[0].before, VOICES[0].after) == term


def test_a_mishearing_becomes_a_way_of_saying_the_term(tmp_path: Path) -> None:
    heard = tuple(calibrated(tmp_path, ["bisoprolol"]))
    assert {one.heard for one in heard} == {"bisous proulole"}
    kept = calibration.variants(heard, DRUGS)
    assert kept == {"bisoprolol": ("bisous proulole",)}
    calibration.write(tmp_path, kept, model=MODEL)
    said = calibration.pronunciations(tmp_path, MODEL)
    entry = DRUGS.pronounced(said).find("bisoprolol")
    assert entry is not None
    assert entry.said == ("bisous proulole",)


def test_a_term_heard_right_brings_nothing(tmp_path: Path) -> None:
    assert calibration.variants(calibrated(tmp_path, ["zorglubine"]), DRUGS) == {}


def test_the_work_stops_anywhere_and_goes_on_where_it_was(tmp_path: Path) -> None:
    next(calibrated(tmp_path, ["bisoprolol", "zorglubine", "métoprolol"]))
    assert len(calibration.hearings(tmp_path)) == 2
    left = list(calibrated(tmp_path, ["bisoprolol", "zorglubine", "métoprolol"]))
    assert len(left) == 4
    assert list(calibrated(tmp_path, ["bisoprolol", "zorglubine", "métoprolol"])) == []


def test_another_model_hears_everything_again(tmp_path: Path) -> None:
    list(calibrated(tmp_path, ["bisoprolol"]))
    again = calibration.calibrate(
        ["bisoprolol"], voices=VOICES, model="b" * 64, folder=tmp_path, speak=speak, listen=listen
    )
    assert len(list(again)) == 2


def test_a_line_cut_by_a_stop_is_skipped(tmp_path: Path) -> None:
    list(calibrated(tmp_path, ["bisoprolol"]))
    file = tmp_path / calibration.HEARINGS
    file.write_text(file.read_text(encoding="utf-8") + "zorglubine\tgra", encoding="utf-8")
    assert len(calibration.hearings(tmp_path)) == 2


def kept(heard: str, term: str, *entries: Entry) -> tuple[str, ...]:
    found = [Hearing(term=term, voice="grave", model=MODEL, heard=heard)]
    return calibration.variants(found, lexicon(*entries)).get(term, ())


ZORGLUBINE = drug("zorglubine")


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        ("vranixine", "it is another entry"), ("zorglubines pas", "a negation would be swallowed"),
        ("zorglu droite", "a side would be swallowed"), ("6 lubine", "a figure would be swallowed"),
        ("zorglub日ne", "it is no French writing"), ("zorglubine", "it is the term"),
        ("de la veine", "it is everyday French"),
        ("le patient va bien", "it is everyday French"), ("zo", "it is too short"),
        ("tartempion crapule", "it does not sound like the term"), ("zorg lu bi ne a", "it has too many words"),
    ],
)  # fmt: skip
def test_a_hearing_that_would_mislead_is_never_kept(heard: str, why: str) -> None:
    assert kept(heard, "zorglubine", ZORGLUBINE, drug("vranixine")) == (), why


def test_a_hearing_closer_to_another_medicine_is_never_kept() -> None:
    assert kept("zorglumide", "zorglubine", ZORGLUBINE) == ("zorglumide",)
    assert kept("zorglumide", "zorglubine", ZORGLUBINE, drug("zorgluvide")) == ()


def test_another_presentation_of_the_same_medicine_is_a_rival_too() -> None:
    assert kept("zorglumide", "zorglubine", ZORGLUBINE, drug("Zorgluvide", "zorglubine")) == ()


def test_a_hearing_shared_by_two_terms_is_kept_for_neither() -> None:
    heard = [
        Hearing(term=term, voice="grave", model=MODEL, heard="gazorlubidone") for term in ("vorlubidone", "gazorlude")
    ]
    entries = lexicon(Entry(text="vorlubidone", kind="exam"), Entry(text="gazorlude", kind="sign"))
    assert calibration.variants(heard[:1], entries) or calibration.variants(heard[1:], entries)
    assert calibration.variants(heard, entries) == {}


def test_pronunciations_are_those_of_the_model_in_use(tmp_path: Path) -> None:
    calibration.write(tmp_path, {"bisoprolol": ["bise au prolole"]}, model=MODEL)
    calibration.write(tmp_path, {"bisoprolol": ["biso prolo"]}, model="b" * 64)
    assert calibration.pronunciations(tmp_path, MODEL) == {"bisoprolol": ("bise au prolole",)}
    assert calibration.pronunciations(tmp_path, "c" * 64) == {}
    calibration.write(tmp_path, {}, model=MODEL)
    assert calibration.pronunciations(tmp_path, "b" * 64) == {"bisoprolol": ("biso prolo",)}


def test_everyday_words_and_abbreviations_are_not_worth_hearing() -> None:
    entries = (
        Entry(text="cœur", kind="anatomy"), Entry(text="zorglubose", kind="disease"),
        Entry(text="HTA", kind="abbreviation"), Entry(text="vranixine", kind="substance", weight=3),
        Entry(text="plumifexine", kind="substance", weight=9), Entry(text="flurbose", kind="disease", own=True),
    )  # fmt: skip
    assert calibration.worth_hearing(lexicon(*entries)) == ("flurbose", "plumifexine", "vranixine", "zorglubose")
