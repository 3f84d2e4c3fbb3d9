"""A recording listened to several times, as the story and `copiste transcribe` do it."""

from pathlib import Path

from pipeline import kinds, reading
from pipeline.types import CheckedText
from tests.fakes import Reciter, recited

SOUND = Path("any.wav")
LEXICON = reading.lexicon(())
HEAD = "Consultation patient Martin Paul né le 4 mai 1960 point à la ligne "


def checked(first: str, again: str) -> CheckedText:
    heard = reading.heard(Reciter(text=HEAD + first, again=HEAD + again), SOUND, lexicon=LEXICON)
    (letter,), _ = reading.checked_letters(heard, kinds=kinds.all_kinds(), lexicon=LEXICON)
    return letter


def blocks(letter: CheckedText) -> list[tuple[str, str]]:
    return [(flag.kind, flag.text) for flag in letter.flags if flag.severity == "block"]


def test_a_medicine_that_the_second_ear_understands_is_written() -> None:
    letter = checked(
        "traitement par bise au prolole 5 mg le matin point", "traitement par bisoprolol 5 mg le matin point"
    )
    assert "bisoprolol 5 mg le matin" in letter.text


def test_a_number_on_which_the_listenings_differ_must_be_settled_with_both_readings() -> None:
    letter = checked("poids 94 kg ce jour point", "poids 84 kg ce jour point")
    (flag,) = [one for one in letter.flags if one.severity == "block" and one.kind == "number"]
    assert "84" in letter.text
    assert any("94" in one for one in flag.suggestions)
    assert flag.seconds is not None


def test_a_side_and_a_negation_on_which_they_differ_must_be_settled() -> None:
    letter = checked("douleur du genou droit sans fièvre point", "douleur du genou gauche avec fièvre point")
    assert {kind for kind, _ in blocks(letter)} & {"laterality", "negation"}


def test_a_number_that_all_listenings_give_is_plain_even_when_the_recogniser_is_unsure() -> None:
    class Unsure(Reciter):
        def transcribe(self, path, *, context=()):  # type: ignore[no-untyped-def]
            return recited(self.text, probability=0.3)

    said = HEAD + "température à 38,2 °C ce matin point"
    heard = reading.heard(Unsure(text=said, again=said), SOUND, lexicon=LEXICON)
    (letter,), _ = reading.checked_letters(heard, kinds=kinds.all_kinds(), lexicon=LEXICON)
    assert not [flag for flag in letter.flags if flag.kind == "number" and flag.severity != "hint"]


def test_without_a_second_ear_what_was_heard_unsurely_is_looked_at() -> None:
    heard = recited(HEAD + "température à 38,2 °C ce matin point", probability=0.3)
    (letter,), _ = reading.checked_letters(heard, kinds=kinds.all_kinds(), lexicon=LEXICON)
    assert [flag.text for flag in letter.flags if flag.kind == "number" and flag.severity == "look"]


def test_a_name_of_the_day_s_agenda_is_written_when_the_second_ear_hears_it() -> None:
    heard = reading.heard(
        Reciter(text="patient du pond Jean né le 4 mai 1960 point", again="patient Dupont Jean né le 4 mai 1960 point"),
        SOUND, lexicon=LEXICON, context=("Dupont", "Jean"),
    )  # fmt: skip
    assert "Dupont" in " ".join(word.text for word in heard.words)
    assert heard.readings[0][1].text.strip() == "du"


def test_the_vocabulary_of_a_folder_is_read_again_when_it_changes(tmp_path: Path) -> None:
    before = reading.lexicon((tmp_path,))
    assert before is reading.lexicon((tmp_path,))
    (tmp_path / "terms.tsv").write_text("gazouillite\tsign\n", encoding="utf-8")
    assert reading.lexicon((tmp_path,)).find("gazouillite") is not None
