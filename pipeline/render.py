"""A filled .docx becomes the PDF/A-2b that is signed.

Knows how to have a page drawn (Typst, with the shipped fonts only) and how to make sure the file keeps its archive
promise (pikepdf's validator); does not know what Word's elements mean (`word.layout` does) nor whether the page says
what the document says (`gate` does). Same document and same moment: same bytes.
"""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from pipeline.errors import RenditionRefused
from pipeline.word.layout import layout
from pipeline.word.package import open_word

if TYPE_CHECKING:
    import pikepdf


def render(docx: bytes, *, at: datetime) -> bytes:
    """Draw a .docx as a PDF/A-2b dated `at` (aware).

    TemplateError when it is not a Word document that can be opened; RenditionRefused, naming in French what to change
    in Word, when it holds something that would be drawn otherwise than Word draws it.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a rendition needs a time zone")
    page = json.dumps(layout(open_word(docx)), ensure_ascii=False)
    with _typst_errors():
        drawn = _draw(page, at)
    return archivable(drawn, at=at)


def _draw(page: str, at: datetime) -> bytes:
    """A compiler for each call: it forgets a program given as bytes, and cannot be shared between threads."""
    import typst

    fonts = str(resources.files("templates") / "fonts")
    program = str(resources.files("pipeline") / "rendition.typ")
    compiler: Any = typst.Compiler(program, font_paths=[fonts], ignore_system_fonts=True)
    drawn = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=at, sys_inputs={"page": page})
    return bytes(drawn)


@contextmanager
def _typst_errors() -> Iterator[None]:
    """Typst refuses a character without a glyph and an image it cannot read; its text may quote the letter: drop it."""
    import typst

    try:
        yield
    except typst.TypstError as error:
        reason = "character" if "font" in str(error) else "image" if "image" in str(error) else "page"
        advice = {
            "character": "Le document contient un caractère que les polices fournies n'ont pas. Remplacez-le.",
            "image": "Le document contient une image illisible. Remplacez-la par une image PNG ou JPEG.",
        }.get(reason, RenditionRefused.advice)
        raise RenditionRefused(f"the page could not be drawn ({reason})", advice=advice) from None


def archivable(pdf: bytes, *, at: datetime) -> bytes:
    """The same pages with nothing but what PDF/A-2b allows around them, once the validator approved every construct."""
    import pikepdf
    from pikepdf import pdfa

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _drop_cid_sets(document)
        pdfa.prepare(document, "2b")
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata["xmp:MetadataDate"] = at.isoformat(timespec="seconds")
        try:
            pdfa.save(document, output, "2b", repair=False, deterministic_id=True)
        except pdfa.PdfaError as error:
            rules = sorted({finding.rule for finding in error.report.findings})
            raise RenditionRefused(f"not PDF/A-2b: {', '.join(rules)[:200]}") from error
    return output.getvalue()


def _drop_cid_sets(document: "pikepdf.Pdf") -> None:
    """/CIDSet is optional in PDF/A-2 and a wrong one breaks it: without it there is nothing to be wrong."""
    for item in document.objects:
        entry: Any = item
        if getattr(entry, "get", None) and entry.get("/Type") == "/FontDescriptor" and "/CIDSet" in entry:
            del entry["/CIDSet"]
