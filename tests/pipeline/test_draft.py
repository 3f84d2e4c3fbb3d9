import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.draft import fill, read_back
from pipeline.errors import TemplateError
from pipeline.fields import Patient
from pipeline.kinds import load
from pipeline.types import Block
from pipeline.word.package import check_size, open_word, paragraphs, save_word, text_of, w
from tests.pipeline.letters_to_lay_out import (
    CONSULTATION,
    DUPONT,
    FIELDS,
    LETTER,
    OPERATION,
    Piece,
    about,
    drafted,
    written,
)


def page_text(docx: bytes) -> str:
    return "\n".join(text_of(paragraph) for paragraph in paragraphs(open_word(docx)))


def test_each_part_of_the_text_can_be_read_back_as_it_was() -> None:
    said = read_back(drafted().docx)
    assert list(said) == ["title", "identity", "greeting", "body", "antecedents", "traitement", "examen", "body.2",
                          "closing", "copies"]  # fmt: skip
    assert list(said.values()) == [piece for _, _, piece in CONSULTATION]


@pytest.mark.parametrize(("pieces", "kind"), [(OPERATION, "operatoire"), (LETTER, "courrier")])
def test_line_ends_lists_and_sections_survive(pieces: tuple[Piece, ...], kind: str) -> None:
    assert list(read_back(drafted(pieces, kind=kind).docx).values()) == [piece for _, _, piece in pieces]


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert drafted().docx == drafted().docx


def test_what_is_edited_in_word_is_read_back() -> None:
    document = open_word(drafted().docx)
    for paragraph in paragraphs(document):
        for node in paragraph.iter(w("t")):
            node.text = (node.text or "").replace("2,5", "3,75")
    whole = next(tag for tag in document.element.body.iter(w("tag")) if tag.get(w("val")) == "texte.corps")
    control = whole.getparent().getparent()
    extra = document.add_paragraph("Ajouté entre deux parties.")._p
    control.find(w("sdtContent")).insert(2, extra)
    said = read_back(save_word(document))
    assert "bisoprolol 3,75 mg" in said["traitement"]
    assert said["antecedents"].endswith("\n\nAjouté entre deux parties.")


def test_the_identity_is_at_the_foot_of_the_first_page_and_of_the_others() -> None:
    section = open_word(drafted().docx).sections[0]
    for footer in (section.first_page_footer, section.footer):
        text = "\n".join(paragraph.text for paragraph in footer.paragraphs)
        assert "DUPONT Jean, né le 12/03/1954" in text
        assert "Document 7K3QX9M2TB" in text


@pytest.mark.parametrize(
    ("patient", "line"),
    [
        (replace(DUPONT, sex="F"), "DUPONT Jean, née le 12/03/1954"),
        (replace(DUPONT, sex=""), "DUPONT Jean, né(e) le 12/03/1954"),
        (replace(DUPONT, birth_date=None), "DUPONT Jean, date de naissance à compléter"),
        (Patient(), "NOM À COMPLÉTER prénom à compléter, date de naissance à compléter"),
    ],
)
def test_what_is_not_known_of_the_patient_is_said_never_blank(patient: Patient, line: str) -> None:
    assert line in page_text(drafted(fields=about(patient)).docx)


def test_a_letter_without_title_nor_identity_gets_them_from_the_kind_and_the_register() -> None:
    draft = drafted((("body", "", "Ramipril 5 mg le matin."),))
    assert draft.title == "Compte rendu de consultation"
    assert read_back(draft.docx)["identity"] == "Patient : DUPONT Jean, né le 12/03/1954"


def test_text_that_no_block_covers_is_in_the_letter_all_the_same() -> None:
    text = "Avant. Titre Après le titre, ramipril 5 mg."
    draft = fill(text, [Block(role="title", start=7, end=12)], kind=load("courrier"), fields=FIELDS)
    assert read_back(draft.docx) == {
        "title": "Titre", "identity": "Patient : DUPONT Jean, né le 12/03/1954", "body": "Avant.",
        "body.2": "Après le titre, ramipril 5 mg.",
    }  # fmt: skip


def test_a_part_without_a_place_in_the_template_goes_to_the_body() -> None:
    document = open_word(load("courrier").template)
    for paragraph in paragraphs(document):
        if "texte.appel" in text_of(paragraph):
            paragraph.getparent().remove(paragraph)
    text, blocks = written(LETTER)
    draft = fill(text, blocks, kind=replace(load("courrier"), template=save_word(document)), fields=FIELDS)
    assert "Cher ami," in read_back(draft.docx)["greeting"]
    assert page_text(draft.docx).index("Cher ami,") < page_text(draft.docx).index("J’ai revu")


HOSTILE = [
    "{{ patient.nom }}",
    "{{ inconnu }}",
    "<w:p/></w:t><script>",
    "&amp ]]> <!--",
    "../../etc/passwd",
    "שלום ramipril 5 mg",
    '#panic("x") *gras* $x^2$',
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_is_only_text(value: str) -> None:
    fields = replace(FIELDS, document=replace(FIELDS.document, addressees=(value,)))
    draft = drafted((("title", "", value), ("body", "", value)), fields=fields)
    said = read_back(draft.docx)
    assert said["title"] == said["body"] == value
    assert page_text(draft.docx).count("DUPONT") == page_text(drafted((("body", "", "x"),)).docx).count("DUPONT")


def test_marks_that_cannot_be_seen_are_not_in_the_document() -> None:
    draft = drafted((("body", "", "ramipril \u202e5\u202c mg\x00\x0b\ud800 le\u200b soir"),))
    assert read_back(draft.docx)["body"] == "ramipril 5 mg\n le soir"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
def test_any_text_at_all_can_be_laid_out(text: str) -> None:
    fill(text, [Block(role="body", start=0, end=len(text))], kind=load("courrier"), fields=FIELDS)


def test_a_field_is_found_however_word_cut_it_into_runs() -> None:
    document = open_word(load("courrier").template)
    target = next(p for p in paragraphs(document) if "cabinet.ville" in text_of(p))
    text = text_of(target)
    for run in list(target.iter(w("r"))):
        target.remove(run)
    from docx.text.paragraph import Paragraph

    for start in range(0, len(text), 3):
        Paragraph(target, None).add_run(text[start : start + 3]).bold = bool(start % 2)  # type: ignore[arg-type]
    kind = replace(load("courrier"), template=save_word(document))
    words, blocks = written(LETTER)
    assert "Clermont-Ferrand, le 21 novembre 2025" in page_text(fill(words, blocks, kind=kind, fields=FIELDS).docx)


def test_an_unknown_field_is_refused_and_named() -> None:
    document = open_word(load("courrier").template)
    document.add_paragraph("{{ patient.secret }}")
    text, blocks = written(LETTER)
    with pytest.raises(TemplateError) as refused:
        fill(text, blocks, kind=replace(load("courrier"), template=save_word(document)), fields=FIELDS)
    assert "patient.secret" in refused.value.advice


def test_a_line_whose_fields_are_all_empty_disappears_with_its_label() -> None:
    fields = replace(FIELDS, doctor=replace(FIELDS.doctor, rpps=""), practice=replace(FIELDS.practice, phone=""))
    text = page_text(drafted(fields=fields).docx)
    assert "RPPS" not in text
    assert "Tél." not in text


def test_the_properties_of_the_file_do_not_name_the_patient() -> None:
    with zipfile.ZipFile(io.BytesIO(drafted().docx)) as archive:
        properties = archive.read("docProps/core.xml").decode() + archive.read("docProps/app.xml").decode()
    assert "Dupont" not in properties
    assert "DUPONT" not in properties
    assert "Dr Hélène LEFÈVRE-NUÑEZ" in properties


def test_a_letter_to_sign_by_hand_says_nothing_of_an_electronic_signature() -> None:
    fields = replace(FIELDS, document=replace(FIELDS.document, signature="paper"))
    assert "électronique" not in page_text(drafted(fields=fields).docx)
    assert "Signature électronique\u00a0: Dr\u00a0Hélène" in page_text(drafted().docx)


def test_a_zip_bomb_is_refused_before_anything_is_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w:p/>" * 200_000)
    with pytest.raises(TemplateError, match="absurd"):
        check_size(buffer.getvalue())
