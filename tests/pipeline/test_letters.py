from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.letters import addressees, blocks, compose
from pipeline.types import Letter
from tests.pipeline.speech import transcript


@dataclass(frozen=True)
class Part:
    id: str
    heading: str
    spoken: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    name: str
    titles: tuple[str, ...]
    sections: tuple[Part, ...] = field(default=())


PARTS = (
    Part("antecedents", "Antécédents", ("antécédents",)),
    Part("examen", "Examen", ("examen", "à l'examen")),
    Part("conclusion", "Conclusion", ("conclusion", "au total")),
)
KINDS = (
    Kind("consultation", ("compte rendu de consultation", "consultation"), PARTS),
    Kind("courrier", ("courrier", "lettre"), PARTS),
    Kind("operatoire", ("compte rendu opératoire",), PARTS),
)
WHOLE = (
    "Compte rendu de consultation de cardiologie, patient Durand Paul né le 12 mars 1954,"
    " consultation du 18 novembre 2025."
    " Cher confrère, virgule, à la ligne. Je vous remercie virgule pour monsieur Durand point à la ligne. En décédant,"
    " 2 points, asthme point nouveau paragraphe. Au total, virgule, tout va bien point à la ligne. Bien"
    " confraternellement, point. Merci de mettre le docteur petit en copie. Fin de dictée."
)


def letter(said: str) -> Letter:
    (only,) = compose(transcript(said), kinds=KINDS)
    return only


def test_a_dictation_is_laid_out_as_a_secretary_types_it() -> None:
    made = letter(WHOLE)
    assert made.text == (
        "Compte rendu de consultation de cardiologie\n\nPatient : DURAND Paul, né le 12/03/1954\nConsultation du"
        " 18/11/2025\n\nCher confrère,\n\nJe vous remercie, pour Monsieur Durand.\nAntécédents : asthme.\n\nAu total,"
        " tout va bien.\nBien confraternellement.\n\nCopie : Dr Petit"
    )
    assert made.kind == "consultation"
    assert made.addressees == ("Dr Petit",)
    assert made.notes == ("Merci de mettre le docteur petit en copie",)


def test_the_parts_of_a_letter_are_read_again_from_its_text_alone() -> None:
    made = letter(WHOLE)
    again = blocks(made.text, sections=PARTS)
    assert again == made.blocks
    assert [(one.role, one.section) for one in again] == [
        ("title",
         ""), ("identity", ""), ("greeting", ""), ("body", ""), ("body", "antecedents"), ("body", "conclusion"),
        ("closing", ""),
    ]  # fmt: skip


def test_an_edited_text_moves_its_blocks() -> None:
    made = letter(WHOLE)
    edited = made.text.replace("asthme", "asthme ancien, bien équilibré")
    found = next(one for one in blocks(edited, sections=PARTS) if one.section == "antecedents")
    assert edited[found.start : found.end] == "Antécédents : asthme ancien, bien équilibré."


def test_the_announced_title_gives_the_kind_and_else_the_greeting() -> None:
    assert (
        letter("contrairement du opératoire. Patient Durand Paul né le 12 mars 1954, voilà point").kind == "operatoire"
    )
    assert letter("Cher confrère, virgule, à la ligne. Merci point à la ligne. Amitiés point.").kind == "courrier"
    assert letter("Examen normal point à la ligne merci point").kind == "consultation"


def test_the_opening_names_the_doctor_and_is_not_in_the_text() -> None:
    made = letter("Bonjour, dictée du docteur lambert, consultation patient Durand Paul né le 12 mars 1954 voilà point")
    assert made.doctor == "Dr Lambert"
    assert "Bonjour" not in made.text
    assert "dictée" not in made.text


def test_an_empty_recording_is_still_one_letter() -> None:
    (only,) = compose(transcript(""), kinds=KINDS)
    assert only.text == ""
    assert only.blocks == ()


def test_a_copy_line_goes_under_the_letter_and_its_name_is_looked_at() -> None:
    made = letter(
        "Cher ami, virgule, à la ligne. Merci point à la ligne. Amitiés point. Copie au docteur Rossi néphrologue."
    )
    assert made.text.endswith("Amitiés.\n\nCopie : Dr Rossi, néphrologue")
    assert any(one.kind == "identity" and one.text == "Rossi" for one in made.doubts)


def test_a_note_to_the_secretary_is_kept_apart_from_the_text() -> None:
    made = letter("Examen normal point à la ligne. Note à la secrétaire courrier urgent point. Merci point à la ligne.")
    assert "secrétaire" not in made.text
    assert made.urgent
    assert len(made.notes) == 1


SAID = st.sampled_from(
    [
        "Patient",
        "Durand",
        "Paul",
        "né",
        "le",
        "12",
        "mars",
        "1954",
        "cher",
        "confrère",
        "virgule",
        "à",
        "la",
        "ligne",
        "point",
        "deux",
        "points",
        "antécédents",
        "copie",
        "au",
        "docteur",
        "Petit",
        "en",
        "copie",
        "fin",
        "de",
        "dictée",
        "consultation",
        "du",
        "s'écrit",
        "N",
        "G",
        "2.6",
        "tiret",
        "nouveau",
        "paragraphe",
        "non",
        "correction",
        "madame,",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(SAID, max_size=40))
def test_composing_never_fails_and_no_word_disappears_without_a_reason(said: list[str]) -> None:
    heard = transcript(" ".join(said))
    (made,) = compose(heard, kinds=KINDS)
    assert all(0 <= one.start < one.end <= len(made.text) for one in made.blocks)
    covered = [one.seconds for one in made.spans] + [one.seconds for one in made.removed]
    for word in heard.words:
        middle = (word.start + word.end) / 2
        assert any(start - 0.01 <= middle <= end + 0.01 for start, end in covered), word


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Courrier pour le Dr Marchand\n\nPatient : X", ("Dr Marchand",)),
        ("Lettre au professeur Le Goff, cardiologue\n\nX", ("professeur Le Goff",)),
        ("Consultation de gastro-entérologie – Dr Lambert\n\nCopie : Dr Petit", ()),
        ("", ()),
    ],
)
def test_a_letter_is_for_whom_its_title_names_as_it_is_now(text: str, whom: tuple[str, ...]) -> None:
    assert addressees(text) == whom
