import io
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from pipeline.errors import RenditionRefused, TemplateError
from pipeline.gate import check
from pipeline.glyphs import read_pages
from pipeline.render import render
from pipeline.word.package import open_word, paragraphs, save_word, text_of, w
from tests.pipeline.letters_to_lay_out import AT, CONSULTATION, LETTER, OPERATION, drafted, long_consultation


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.text.split()) for page in read_pages(pdf)]


def changed(change: Callable[[Any], None]) -> bytes:
    document = open_word(drafted().docx)
    change(document)
    return save_word(document)


def png(width: int = 40, height: int = 20) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    rows = zlib.compress((b"\x00" + b"\x20\x60\xa0" * width) * height)
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_the_same_document_at_the_same_moment_gives_the_same_bytes() -> None:
    assert render(drafted().docx, at=AT) == render(drafted().docx, at=AT)


def test_the_page_reads_as_a_french_letter() -> None:
    text = pages(render(drafted().docx, at=AT))[0]
    for said in (
        "Compte rendu de consultation de cardiologie",
        "Antécédents : HTA traitée depuis 2010, diabète de type 2, œdèmes.",
        "SpO₂ 97 %, FC ≥ 72/min ; pas de souffle.",
        "1 000 mg de paracétamol",
        "– bisoprolol 2,5 mg le matin",
        "Cabinet des Trois-Œillets",
        "Signature électronique : Dr Hélène LEFÈVRE-NUÑEZ.",
        "page 1 sur 1",
    ):
        assert said in text


def test_each_page_says_who_the_patient_is_and_which_page_of_how_many() -> None:
    said = pages(render(drafted(long_consultation(40)).docx, at=AT))
    assert len(said) == 3
    for number, text in enumerate(said, start=1):
        assert "DUPONT Jean, né le 12/03/1954" in text
        assert f"page {number} sur 3" in text
        assert "Document 7K3QX9M2TB" in text
    assert "Dr Hélène LEFÈVRE-NUÑEZ – Compte rendu" in said[1]
    assert "RPPS" not in said[1]


@pytest.mark.parametrize("paragraphs", range(7, 13))
def test_the_signature_is_never_alone_on_its_page(paragraphs: int) -> None:
    last = pages(render(drafted(long_consultation(paragraphs)).docx, at=AT))[-1]
    assert "Signature électronique" in last
    assert "Bien confraternellement." in last
    assert "Au total, je propose" in last


def test_the_file_is_an_archivable_pdf_that_names_no_patient_in_its_properties() -> None:
    import pikepdf
    from pikepdf import pdfa

    pdf = render(drafted().docx, at=AT)
    assert pdfa.validate_written(io.BytesIO(pdf), "2b").passed
    with pikepdf.open(io.BytesIO(pdf)) as document:
        about = str(dict(document.docinfo.items())) + document.Root.Metadata.read_bytes().decode()
    assert "upont" not in about.casefold()
    assert "7K3QX9M2TB" in about
    assert "Compte rendu de consultation de cardiologie" in about


def test_a_program_hidden_in_the_text_is_only_shown() -> None:
    code = '#panic("x") *gras* $x^2$ <label> @ref'
    assert code in pages(render(drafted((("body", "", code),)).docx, at=AT))[0]


def test_what_a_person_adds_in_word_is_drawn() -> None:
    def add(document: Any) -> None:
        table = document.add_table(2, 2, style="Table Grid")
        for index, cell in enumerate(table._cells):
            cell.text = f"cellule {index}"
        paragraph = document.add_paragraph()
        for text, look in (("gras ", "bold"), ("italique ", "italic"), ("souligné ", "underline")):
            setattr(paragraph.add_run(text), look, True)
        document.add_picture(io.BytesIO(png()))
        document.add_page_break()
        document.add_paragraph("Fin de l'annexe.")

    docx = changed(add)
    pdf = render(docx, at=AT)
    check(docx, pdf)
    assert "gras italique souligné" in pages(pdf)[0]
    assert "cellule 0 cellule 1 cellule 2 cellule 3" in pages(pdf)[0]
    assert "Fin de l'annexe." in pages(pdf)[1]


def insert(tag: str, *, into: str = "p", attributes: dict[str, str] | None = None) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        from docx.oxml.parser import OxmlElement

        paragraph = next(one for one in paragraphs(document) if "bisoprolol" in text_of(one))
        run = next(paragraph.iter(w("r")))
        element: Any = OxmlElement(f"w:{tag}")
        for name, value in (attributes or {}).items():
            element.set(w(name), value)
        holder = {"p": paragraph, "r": run, "rPr": run.get_or_add_rPr(), "pPr": paragraph.get_or_add_pPr()}[into]
        holder.append(element)

    return change


def shaded(document: Any) -> None:
    document.add_paragraph("suite").add_run("x").font.highlight_color = 7


def arial(document: Any) -> None:
    document.add_paragraph().add_run("x").font.name = "Arial"


def sections(document: Any) -> None:
    document.add_section()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (insert("del"), "modifications suivies"),
        (insert("ins"), "modifications suivies"),
        (insert("commentReference", into="r"), "commentaire"),
        (insert("footnoteReference", into="r"), "note de bas de page"),
        (insert("pict", into="r"), "image"),
        (insert("sym", into="r"), "symbole"),
        (insert("vanish", into="rPr"), "vanish"),
        (insert("framePr", into="pPr"), "framePr"),
        (insert("fldSimple", attributes={"instr": "DATE"}), "DATE"),
        (shaded, "surligné"),
        (arial, "Arial"),
        (sections, "plusieurs sections"),
    ],
)
def test_what_would_be_drawn_otherwise_than_word_draws_it_is_refused_by_name(
    change: Callable[[Any], None], word: str
) -> None:
    with pytest.raises(RenditionRefused) as refused:
        render(changed(change), at=AT)
    assert word in refused.value.advice


def test_a_character_that_no_shipped_font_has_is_refused_without_quoting_the_letter() -> None:
    with pytest.raises(RenditionRefused) as refused:
        render(drafted((("body", "", "secret 漢字 secret"),)).docx, at=AT)
    assert "caractère" in refused.value.advice
    assert "secret" not in str(refused.value) + refused.value.advice


def test_what_is_not_a_word_document_is_refused() -> None:
    with pytest.raises(TemplateError):
        render(b"%PDF-1.7", at=AT)


def test_a_moment_without_a_time_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render(drafted().docx, at=datetime(2025, 11, 21))


@pytest.mark.parametrize(
    ("pieces", "kind"), [(CONSULTATION, "consultation"), (OPERATION, "operatoire"), (LETTER, "courrier")]
)
def test_the_three_shipped_kinds_fit_one_page_and_pass_the_gate(pieces: Any, kind: str) -> None:
    draft = drafted(pieces, kind=kind)
    pdf = render(draft.docx, at=AT)
    check(draft.docx, pdf, on_each_page=["DUPONT Jean", "12/03/1954"])
    assert len(pages(pdf)) == 1
