"""A .docx as plain data that can be drawn: pages, paragraphs, runs, tables, images.

Knows what Word's elements mean for the page; does not know who draws. Whatever is not listed here is refused by name:
a letter that cannot be drawn exactly is not drawn at all. Lengths are in points. Content controls are read through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.word.lists import Lists, indents, load_lists
from pipeline.word.package import body, margins, tags, w
from pipeline.word.styles import (
    Styles,
    attribute,
    borders,
    load_styles,
    look,
    nearest,
    on,
    paragraph_layers,
    refuse,
    run_layers,
    shade,
)
from pipeline.word.tables import Read, table

if TYPE_CHECKING:
    from docx.document import Document

_LINE = 1.2207
"""Calibri's single line, in font sizes."""
_SILENT = tags(
    "bookmarkStart bookmarkEnd proofErr permStart permEnd lastRenderedPageBreak softHyphen pPr rPr tcPr sectPr"
)
_ALIGNED = {"left": "left", "start": "left", "center": "center", "right": "right", "end": "right", "both": "justify"}
_SECTION = tags(
    "headerReference footerReference pgSz pgMar titlePg docGrid footnotePr endnotePr formProt noEndnote type"
)
_REFUSED = {
    "ins": "des modifications suivies",
    "del": "des modifications suivies",
    "moveFrom": "des modifications suivies",
    "moveTo": "des modifications suivies",
    "commentRangeStart": "un commentaire",
    "commentReference": "un commentaire",
    "footnoteReference": "une note de bas de page",
    "endnoteReference": "une note de fin",
    "AlternateContent": "une forme ou une zone de texte",
    "pict": "une image ou une forme d'un ancien format",
    "object": "un objet incorporé",
    "sym": "un symbole d'une police particulière",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What is needed to read one story: the body, a header or a footer."""

    styles: Styles
    lists: Lists
    part: Any
    tab: float
    adds: bool
    """Whether the spaces after one paragraph and before the next are added; else the larger counts (Word's default)."""
    table_style: str = ""


def layout(document: "Document") -> dict[str, Any]:
    """The whole document as JSON-ready data. RenditionRefused names what cannot be drawn."""
    main = _source(document)
    page = _page(document)
    stories = dict(margins(document))
    drawn = {}
    for where in ("header:default", "header:first", "footer:default", "footer:first"):
        element = stories.get(where)
        drawn[where] = [] if element is None else _blocks(element, _margin_source(document, element, main))
    properties = document.core_properties
    about = {"title": properties.title or "Document", "author": properties.author, "id": properties.identifier}
    return {**page, **about, "margins": drawn, "body": _blocks(body(document), main)}


def _source(document: "Document") -> _Source:
    settings = document.settings.element
    stop = settings.find(w("defaultTabStop"))
    return _Source(
        styles=load_styles(document),
        lists=load_lists(document),
        part=document.part,
        tab=int(stop.get(w("val"))) / 20 if stop is not None else 36.0,
        adds=on(settings.find(f"{w('compat')}/{w('doNotUseHTMLParagraphAutoSpacing')}")),
    )


def _margin_source(document: "Document", element: Any, main: _Source) -> _Source:
    """A header or a footer has its own images, and counts its own lists."""
    parts = [relation.target_part for relation in document.part.rels.values() if not relation.is_external]
    part = next(part for part in parts if getattr(part, "element", None) is element)
    return replace(main, part=part, lists=load_lists(document))


def _page(document: "Document") -> dict[str, Any]:
    if len(document.sections) != 1:
        raise refuse("plusieurs sections", "several sections")
    if on(document.settings.element.find(w("evenAndOddHeaders"))):
        raise refuse("des en-têtes différents pour les pages paires", "even and odd headers")
    section = document.sections[0]
    for child in section._sectPr:
        columns = child.tag == w("cols") and child.get(w("num"), "1") == "1"
        numbers = child.tag == w("pgNumType") and child.get(w("start")) is None
        usual = child.get(w("val")) in ("lrTb", "top") or not on(child)
        if child.tag not in _SECTION and not (columns or numbers or usual):
            raise refuse("une mise en page particulière", _name(child))
    lengths = {
        "width": section.page_width,
        "height": section.page_height,
        "left": section.left_margin,
        "right": section.right_margin,
        "top": section.top_margin,
        "bottom": section.bottom_margin,
        "header": section.header_distance,
        "footer": section.footer_distance,
    }
    if any(length is None for length in lengths.values()):
        raise refuse("une page sans dimensions", "page size missing")
    points = {key: length.pt for key, length in lengths.items() if length is not None}
    return {**points, "first": section.different_first_page_header_footer}


def _blocks(holder: Any, source: _Source) -> list[dict[str, Any]]:
    """Paragraphs and tables in order, each with the gap above it."""
    made: list[dict[str, Any]] = []
    for element in _through(holder):
        if element.tag == w("p"):
            made += _paragraph(element, source)
        elif element.tag == w("tbl"):
            made.append(table(element, source.styles, _reader(source)))
        elif element.tag not in _SILENT:
            raise _refused(element)
    for above, block in zip([None, *made], made, strict=False):
        spaces = _spaces(above, block)
        block["gap"] = sum(spaces) if source.adds else max(spaces)
    return made


def _spaces(above: dict[str, Any] | None, block: dict[str, Any]) -> tuple[float, float]:
    """The space after the block above and the space before this one, less what each leaves out among its own style."""
    alike = above is not None and above.get("style") == block.get("style")
    after = 0.0 if above is None or (alike and above.get("contextual")) else above.get("after", 0.0)
    return after, 0.0 if alike and block.get("contextual") else block.get("before", 0.0)


def _reader(source: _Source) -> Read:
    return lambda cell, table_style: _blocks(cell, replace(source, table_style=table_style))


def _through(holder: Any) -> Iterator[Any]:
    """The children of an element, content controls read through."""
    for element in holder:
        if element.tag == w("sdt"):
            if on(element.find(f"{w('sdtPr')}/{w('showingPlcHdr')}")):
                raise refuse("un champ à remplir laissé vide", "empty content control")
            yield from _through(element.find(w("sdtContent")))
        else:
            yield element


def _paragraph(element: Any, source: _Source) -> Iterator[dict[str, Any]]:
    """One paragraph; two when a page break stands in the middle."""
    layers = paragraph_layers(source.styles, element, table_style=source.table_style)
    base = look(source.styles, run_layers(source.styles, None, element, table_style=source.table_style))
    label = source.lists.label(layers)
    shape = _shape(layers, base, label[1] if label else None)
    runs = list(_runs(element, source))
    size = max((run["size"] for run in runs if "size" in run), default=base["size"])
    pages = _split(runs, "page")
    for index, content in enumerate(pages):
        block = shape | {"k": "p", "base": base, "size": size, "columns": _columns(content, shape, layers, source)}
        if index:
            block |= {"before": 0.0, "break": True}
        if label and not index:
            block["label"] = label[0]
        yield block


def _shape(layers: list[Any], base: dict[str, Any], level: Any | None) -> dict[str, Any]:
    aligned = attribute(layers, "jc", "val") or "left"
    if aligned not in _ALIGNED:
        raise refuse("un alignement particulier", f"alignment {aligned}")
    left, hanging = indents(layers, level)
    first = int(attribute(layers, "ind", "firstLine") or "0")
    return {
        "style": attribute(layers, "pStyle", "val") or "",
        "align": _ALIGNED[aligned],
        "left": left / 20,
        "right": int(attribute(layers, "ind", "right", "end") or "0") / 20,
        "hanging": hanging / 20,
        "first": 0.0 if hanging else first / 20,
        "before": int(attribute(layers, "spacing", "before") or "0") / 20,
        "after": int(attribute(layers, "spacing", "after") or "0") / 20,
        "pitch": _pitch(layers, base["size"]),
        "contextual": on(nearest(layers, "contextualSpacing")),
        "next": on(nearest(layers, "keepNext")),
        "whole": on(nearest(layers, "keepLines")),
        "break": on(nearest(layers, "pageBreakBefore")),
        "fill": shade(nearest(layers, "shd")),
        "rules": borders(nearest(layers, "pBdr")),
    }


def _pitch(layers: Sequence[Any], size: float) -> float:
    """From one line to the next, in font sizes."""
    line, rule = attribute(layers, "spacing", "line"), attribute(layers, "spacing", "lineRule") or "auto"
    if line is None:
        return _LINE
    if rule == "auto":
        return _LINE * int(line) / 240
    exact = int(line) / 20 / size
    return exact if rule == "exact" else max(_LINE, exact)


def _runs(element: Any, source: _Source) -> Iterator[dict[str, Any]]:
    """What a paragraph says, in order: texts, line ends, tabs, page numbers, images."""
    field: list[str] | None = None
    for run in _run_elements(element):
        if run.tag == w("fldSimple"):
            inner = next(run.iter(w("r")), None)
            yield _field(run.get(w("instr")), look(source.styles, _run_look(inner, element, source)))
            continue
        drawn = look(source.styles, _run_look(run, element, source))
        for child in run:
            if child.tag == w("fldChar"):
                kind = child.get(w("fldCharType"))
                if kind == "separate" or (kind == "end" and field is not None and "shown" not in field):
                    yield _field((field or [""])[0], drawn)
                field = {"begin": [""], "end": None}.get(kind, [*(field or [""]), "shown"])
            elif child.tag == w("instrText") and field:
                field[0] += child.text or ""
            elif field is None:
                yield from _piece(child, drawn, source)


def _run_elements(holder: Any) -> Iterator[Any]:
    for child in _through(holder):
        if child.tag in (w("r"), w("fldSimple")):
            yield child
        elif child.tag in (w("hyperlink"), w("smartTag")):
            yield from _run_elements(child)
        elif child.tag not in _SILENT:
            raise _refused(child)


def _run_look(run: Any | None, paragraph: Any, source: _Source) -> list[Any]:
    return run_layers(source.styles, run, paragraph, table_style=source.table_style)


def _piece(child: Any, drawn: dict[str, Any], source: _Source) -> Iterator[dict[str, Any]]:
    if child.tag == w("t"):
        yield drawn | {"t": child.text or ""}
    elif child.tag == w("noBreakHyphen"):
        yield drawn | {"t": "\u2011"}
    elif child.tag in (w("tab"), w("br"), w("cr")):
        kind = child.get(w("type"), "textWrapping")
        if kind not in ("textWrapping", "page"):
            raise refuse("un saut de colonne", "column break")
        yield {"page": True} if kind == "page" else {"tab": True} if child.tag == w("tab") else {"line": True}
    elif child.tag == w("drawing"):
        yield _image(child, source)
    elif child.tag not in _SILENT:
        raise _refused(child)


def _field(instruction: str, drawn: dict[str, Any]) -> dict[str, Any]:
    name = (instruction.split() or [""])[0].upper()
    if name not in ("PAGE", "NUMPAGES"):
        raise refuse(f"un champ Word ({name[:20]})", "field")
    return drawn | {"number": "page" if name == "PAGE" else "pages"}


def _columns(runs: list[dict[str, Any]], shape: dict[str, Any], layers: list[Any], source: _Source) -> Any:
    """A paragraph with tabs as columns [(width or None, alignment, runs)…]; without, one column."""
    parts = _split(runs, "tab")
    if len(parts) == 1:
        return [{"align": shape["align"], "width": None, "runs": parts[0]}]
    stops = _stops(layers)
    if not stops and not any(part for part in parts[:-1]):
        shape["first"] += source.tab * (len(parts) - 1)
        return [{"align": shape["align"], "width": None, "runs": parts[-1]}]
    if len(parts) - 1 > len(stops):
        raise refuse("une tabulation sans taquet", "tab without a stop")
    columns: list[dict[str, Any]] = [{"align": "left", "width": None, "runs": parts[0]}]
    here = 0.0
    for (position, align), part in zip(stops, parts[1:], strict=False):
        if align == "left":
            columns[-1]["width"] = position - here
            here = position
        columns.append({"align": align, "width": None, "runs": part})
    return columns


def _stops(layers: Sequence[Any]) -> list[tuple[float, str]]:
    kept: dict[int, str] = {}
    for layer in reversed(layers):
        for stop in layer.iterfind(f"{w('tabs')}/{w('tab')}"):
            kept[int(stop.get(w("pos")))] = {"start": "left", "end": "right"}.get(
                stop.get(w("val")), stop.get(w("val"))
            )
    stops = [(position / 20, align) for position, align in sorted(kept.items()) if align != "clear"]
    if any(align not in ("left", "center", "right") for _, align in stops):
        raise refuse("une tabulation décimale", "decimal tab")
    return stops


def _split(runs: list[dict[str, Any]], mark: str) -> list[list[dict[str, Any]]]:
    parts: list[list[dict[str, Any]]] = [[]]
    for run in runs:
        if mark in run:
            parts.append([])
        else:
            parts[-1].append(run)
    return parts


def _image(drawing: Any, source: _Source) -> dict[str, Any]:
    picture = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
    inline = next((child for child in drawing if _name(child) == "inline"), None)
    blip = next(drawing.iter(picture), None)
    relation = "" if blip is None else str(next((v for k, v in blip.attrib.items() if k.endswith("}embed")), ""))
    if inline is None or relation not in source.part.rels or source.part.rels[relation].is_external:
        raise refuse("une image flottante, liée ou dessinée (choisissez « Aligné sur le texte »)", "drawing")
    extent = next(child for child in inline if _name(child) == "extent")
    part = source.part.rels[relation].target_part
    kind = {"image/png": "png", "image/jpeg": "jpg"}.get(part.content_type)
    if kind is None:
        raise refuse("une image qui n'est ni PNG ni JPEG", "image format")
    width, height = (int(extent.get(key)) / 12700 for key in ("cx", "cy"))
    return {"image": list(part.blob), "format": kind, "width": width, "height": height}


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _refused(element: Any) -> Exception:
    name = _name(element)
    return refuse(_REFUSED.get(name, f"un élément particulier ({name})"), name)
