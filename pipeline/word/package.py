"""A .docx as bytes: opened with care, walked, filled names found, written the same each time.

Knows the zip and the parts of a Word document; does not know what its text means. A .docx can come from anywhere
(a practice's template, a master that was edited in Word): sizes are checked before anything is unpacked.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.errors import TemplateError

if TYPE_CHECKING:
    from docx.document import Document

MAX_ENTRIES = 500
MAX_ENTRY = 12_000_000
MAX_TOTAL = 40_000_000
MAX_RATIO = 100
SMALL = 200_000
"""Below this size, how well an entry compresses says nothing."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
NAME = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
"""A name between double braces; group 1 is the name."""


def w(name: str) -> str:
    """A tag or attribute of WordprocessingML in lxml's notation: `w("p")`."""
    return _W + name


def tags(names: str) -> frozenset[str]:
    """The tags of names separated by spaces."""
    return frozenset(w(name) for name in names.split())


def open_word(docx: bytes) -> "Document":
    """Open a .docx; TemplateError when it is not one, or when it would unpack to something absurd."""
    import docx as python_docx
    from lxml.etree import LxmlError

    check_size(docx)
    try:
        return python_docx.Document(io.BytesIO(docx))
    except (KeyError, ValueError, LxmlError, zipfile.BadZipFile, AttributeError) as error:
        raise _not_word(type(error).__name__) from error


def check_size(docx: bytes) -> None:
    """Refuse a zip bomb from its directory alone: nothing is unpacked (zipfile never reads past a declared size)."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(docx)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _not_word(type(error).__name__) from error
    too_big = len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_TOTAL
    if too_big or any(_absurd(entry) for entry in entries):
        raise TemplateError(
            "the .docx unpacks to an absurd size",
            advice="Ce fichier Word est anormalement volumineux une fois ouvert : il n'a pas été utilisé.",
        )


def save_word(document: "Document") -> bytes:
    """Write a .docx whose bytes depend on nothing but its content."""
    buffer = io.BytesIO()
    document.save(buffer)
    output = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(output, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, date_time=_FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            target.writestr(entry, source.read(name))
    return output.getvalue()


def body(document: "Document") -> Any:
    """The w:body element."""
    return document.element.body


def margins(document: "Document") -> Iterator[tuple[str, Any]]:
    """Each header and footer that pages use: ("header:first", element)…"""
    section = document.sections[-1]
    first = section.different_first_page_header_footer
    for where in ("header", "footer"):
        for which, margin in (("default", getattr(section, where)), ("first", getattr(section, f"first_page_{where}"))):
            if (which == "default" or first) and not margin.is_linked_to_previous:
                yield f"{where}:{which}", margin._element


def paragraphs(document: "Document") -> Iterator[Any]:
    """Every w:p of the body, then of the headers and footers."""
    yield from list(body(document).iter(w("p")))
    for _, element in margins(document):
        yield from list(element.iter(w("p")))


def text_of(paragraph: Any) -> str:
    """The text of a paragraph as typed, however Word cut it into runs."""
    return "".join(node.text or "" for node in paragraph.iter(w("t")))


def names_in(element: Any) -> tuple[str, ...]:
    """The names between {{ }} in an element (a paragraph, a body, a header), in order."""
    found = element.iter(w("p")) if element.tag != w("p") else [element]
    return tuple(match for paragraph in found for match in NAME.findall(text_of(paragraph)))


def _absurd(entry: zipfile.ZipInfo) -> bool:
    ratio = entry.file_size / max(1, entry.compress_size)
    return entry.file_size > MAX_ENTRY or (entry.file_size > SMALL and ratio > MAX_RATIO)


def _not_word(why: str) -> TemplateError:
    return TemplateError(
        f"not a readable .docx ({why})",
        advice="Ce fichier n'est pas un document Word (.docx) lisible. Enregistrez-le à nouveau depuis Word.",
    )
