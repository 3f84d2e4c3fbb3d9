import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pipeline.errors import RenditionRefused
from pipeline.fields import Patient
from pipeline.gate import check
from pipeline.render import render
from pipeline.word.package import open_word, save_word
from tests.pipeline.letters_to_lay_out import (
    AT,
    CONSULTATION,
    FIELDS,
    LETTER,
    OPERATION,
    Piece,
    about,
    drafted,
    long_consultation,
)
from tests.pipeline.test_render import png


def variant(pieces: Iterable[Piece], before: str, after: str) -> tuple[Piece, ...]:
    made = tuple((role, section, text.replace(before, after)) for role, section, text in pieces)
    assert made != tuple(pieces)
    return made


LONG = long_consultation(30)
OTHER = Patient(family_name="d'Ornano-Lefèvre", given_name="Anne-Sophie", birth_date=date(2001, 2, 28), sex="F")
HYPHENS: tuple[Piece, ...] = (("body", "", "amoxicilline/acide-clavulanique-fémoro-patellaire " * 60),)
GOOD = {
    "consultation": lambda: drafted().docx,
    "operation": lambda: drafted(OPERATION, kind="operatoire").docx,
    "letter": lambda: drafted(LETTER, kind="courrier").docx,
    "three pages": lambda: drafted(LONG).docx,
    "another patient": lambda: drafted(fields=about(OTHER)).docx,
    "nothing known": lambda: drafted(fields=about(Patient())).docx,
    "by hand": lambda: drafted(fields=replace(FIELDS, document=replace(FIELDS.document, signature="paper"))).docx,
    "hyphens at line ends": lambda: drafted(HYPHENS).docx,
    "almost empty": lambda: drafted((("body", "", "Vu."),)).docx,
    "long title": lambda: drafted((("title", "", "Très long titre " * 12), *CONSULTATION[1:])).docx,
    "numbered list": lambda: numbered(),
    "image and table": lambda: with_image(),
}


def numbered() -> bytes:
    document = open_word(drafted().docx)
    from docx.oxml.parser import parse_xml

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    numbering = document.part.numbering_part.element
    level = '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    numbering.insert(0, parse_xml(f'<w:abstractNum {space} w:abstractNumId="9">{level}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {space} w:numId="9"><w:abstractNumId w:val="9"/></w:num>'))
    for text in ("glace", "attelle 10 jours"):
        paragraph = document.add_paragraph(text)._p
        number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="9"/></w:numPr><w:ind w:left="567" w:hanging="284"/>'
        paragraph.insert(0, parse_xml(f"<w:pPr {space}>{number}</w:pPr>"))
    return save_word(document)


def with_image(*, image: bool = True) -> bytes:
    document = open_word(drafted().docx)
    document.add_table(1, 2, style="Table Grid").rows[0].cells[1].text = "seule cellule"
    paragraph = document.add_paragraph()
    if image:
        paragraph.add_run().add_picture(io.BytesIO(png()))
    return save_word(document)


@pytest.mark.parametrize("name", GOOD)
def test_a_faithful_rendition_passes(name: str) -> None:
    docx = GOOD[name]()
    check(docx, render(docx, at=AT))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("une dyspnée d'effort", "une d'effort"),
        ("pas de souffle", "de souffle"),
        ("bisoprolol 2,5 mg", "bisoprolol 25 mg"),
        ("bisoprolol 2,5 mg", "bisoprolol 2.5 mg"),
        ("145/85", "154/85"),
        ("1 000 mg", "1000 mg"),
        ("Bien confraternellement.", "Bien confraternellement. Ajouté."),
        ("bisoprolol 2,5 mg le matin\n- apixaban 5 mg", "apixaban 5 mg le matin\n- bisoprolol 2,5 mg"),
    ],
)
def test_a_word_dropped_added_or_moved_and_a_dose_changed_are_refused(before: str, after: str) -> None:
    pdf = render(drafted(variant(CONSULTATION, before, after)).docx, at=AT)
    with pytest.raises(RenditionRefused, match="gate: "):
        check(drafted().docx, pdf)


def test_a_letter_laid_out_under_another_patient_s_name_is_refused() -> None:
    docx = drafted(fields=about(OTHER)).docx
    pdf = render(docx, at=AT)
    check(docx, pdf, on_each_page=["D'ORNANO-LEFÈVRE Anne-Sophie", "28/02/2001"])
    with pytest.raises(RenditionRefused, match="identity is missing"):
        check(docx, pdf, on_each_page=["D'ORNANO-LEFÈVRE Anne-Lise"])
    with pytest.raises(RenditionRefused, match="footer differs"):
        check(drafted().docx, pdf)


def edited(pdf: bytes, change: Callable[[Any], None]) -> bytes:
    import pikepdf

    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        document.save(output)
    return output.getvalue()


def remove_page(document: Any) -> None:
    del document.pages[1]


def swap_pages(document: Any) -> None:
    document.pages.reverse()


def forget_fonts(document: Any) -> None:
    for item in document.objects:
        if getattr(item, "get", None) and item.get("/Type") == "/FontDescriptor":
            for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                if key in item:
                    del item[key]


def narrow_page(document: Any) -> None:
    document.pages[0].mediabox = [0, 0, 300, 842]


@pytest.mark.parametrize("change", [remove_page, swap_pages, forget_fonts, narrow_page])
def test_a_page_removed_moved_or_cut_and_a_font_left_out_are_refused(change: Callable[[Any], None]) -> None:
    docx = drafted(LONG).docx
    pdf = render(docx, at=AT)
    check(docx, pdf)
    with pytest.raises(RenditionRefused, match="gate: "):
        check(docx, edited(pdf, change))


def moved_up(points: int) -> Callable[[Any], None]:
    """Moves what comes after the header and the footer, which are drawn first, as one artifact."""

    def change(document: Any) -> None:
        import pikepdf

        page = document.pages[-1]
        made, depth, moved = [], 0, False
        for operands, operator in pikepdf.parse_content_stream(page):
            made.append((operands, operator))
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(str(operator), 0)
            if str(operator) == "EMC" and depth == 0 and not moved:
                made.append(([1, 0, 0, 1, 0, points], pikepdf.Operator("cm")))
                moved = True
        page.Contents = document.make_stream(pikepdf.unparse_content_stream(made))

    return change


@pytest.mark.parametrize("points", [33, 36, 51])
def test_a_text_printed_over_the_header_is_refused(points: int) -> None:
    docx = drafted(LONG).docx
    pdf = render(docx, at=AT)
    check(docx, edited(pdf, moved_up(0)))
    with pytest.raises(RenditionRefused, match="over one another"):
        check(docx, edited(pdf, moved_up(points)))


def test_lines_squeezed_over_one_another_are_refused() -> None:
    from docx.shared import Pt

    document = open_word(drafted().docx)
    document.add_paragraph("Une longue ligne qui revient. " * 12).paragraph_format.line_spacing = Pt(5)
    docx = save_word(document)
    with pytest.raises(RenditionRefused, match="over one another"):
        check(docx, render(docx, at=AT))


def test_a_text_that_runs_off_the_page_is_refused() -> None:
    from docx.shared import Cm

    document = open_word(drafted().docx)
    document.add_paragraph("Hors de la page.").paragraph_format.left_indent = Cm(-4)
    docx = save_word(document)
    with pytest.raises(RenditionRefused, match=r"outside the page|differs"):
        check(docx, render(docx, at=AT))


def test_an_image_that_was_lost_is_refused() -> None:
    with pytest.raises(RenditionRefused, match="0 images instead of 1"):
        check(with_image(), render(with_image(image=False), at=AT))


def test_a_pdf_that_says_nothing_is_refused() -> None:
    import pikepdf

    empty = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(empty)
    with pytest.raises(RenditionRefused, match="says nothing"):
        check(drafted().docx, empty.getvalue())


def test_a_refusal_quotes_no_word_of_the_letter() -> None:
    pdf = render(drafted(variant(CONSULTATION, "bisoprolol", "bisacodyl")).docx, at=AT)
    with pytest.raises(RenditionRefused) as refused:
        check(drafted().docx, pdf)
    said = str(refused.value) + refused.value.advice
    assert not any(word in said for word in ("bisoprolol", "bisacodyl", "Dupont", "DUPONT"))
