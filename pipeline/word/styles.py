"""How Word decides what a run or a paragraph looks like: its own settings, then its styles, then the defaults.

Knows the inheritance of Word's styles and the few settings we draw; refuses every other one by name rather than
drawing something near. Does not know pages or tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import RenditionRefused
from pipeline.word.package import tags, w

if TYPE_CHECKING:
    from docx.document import Document

FONTS = {"calibri": "Carlito", "carlito": "Carlito"}
"""Word's font → the shipped font of the same metrics."""

_RUN = tags(
    "rFonts lang noProof szCs bCs iCs kern w rStyle webHidden specVanish cs eastAsianLayout snapToGrid "
    "b i u strike color sz vertAlign spacing shd caps highlight"
)
_PARAGRAPH = tags(
    "pStyle widowControl suppressAutoHyphens outlineLvl snapToGrid overflowPunct kinsoku wordWrap autoSpaceDE "
    "autoSpaceDN adjustRightInd divId cnfStyle rPr topLinePunct suppressLineNumbers textAlignment suppressOverlap "
    "mirrorIndents keepNext keepLines pageBreakBefore numPr pBdr shd tabs spacing ind contextualSpacing jc"
)
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_TYPOGRAPHIC = ("ligatures", "cntxtAlts", "numForm", "numSpacing")
"""OpenType niceties that recent versions of Word write everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """The styles of a document, ready to be looked up."""

    by_id: dict[str, Any]
    default: str
    defaults: Any
    theme: dict[str, str]


def refuse(french: str, english: str) -> RenditionRefused:
    """The error for something we do not draw; neither text carries a word of the document."""
    return RenditionRefused(
        f"not drawn: {english}",
        advice=f"Le document contient {french}, que Copiste ne met pas en page. Retirez-le dans Word.",
    )


def load_styles(document: "Document") -> Styles:
    """Read the styles part and the names of the theme's fonts."""
    root = document.styles.element
    by_id = {style.get(w("styleId")): style for style in root.findall(w("style"))}
    default = next((key for key, one in by_id.items() if _is_default_paragraph(one)), "")
    return Styles(by_id=by_id, default=default, defaults=root.find(w("docDefaults")), theme=_theme(document))


def on(element: Any) -> bool:
    """Whether a toggle (w:b…) is on."""
    return element is not None and element.get(w("val"), "true") not in ("0", "false", "off", "none")


def paragraph_layers(styles: Styles, paragraph: Any, *, table_style: str = "") -> list[Any]:
    """The w:pPr elements that apply, nearest first."""
    own = paragraph.find(w("pPr"))
    chain = [*_chain(styles, _style_of(own, "pStyle") or styles.default), *_chain(styles, table_style)]
    layers = [own, *(style.find(w("pPr")) for style in chain), _default(styles, "pPr")]
    found = [layer for layer in layers if layer is not None]
    _refuse_unknown(found, _PARAGRAPH, "un réglage de paragraphe")
    return found


def run_layers(styles: Styles, run: Any | None, paragraph: Any, *, table_style: str = "") -> list[Any]:
    """The w:rPr elements that apply, nearest first; without a run, those of the paragraph's own style."""
    own = run.find(w("rPr")) if run is not None else None
    named = _style_of(paragraph.find(w("pPr")), "pStyle") or styles.default
    chain = [*_chain(styles, _style_of(own, "rStyle")), *_chain(styles, named), *_chain(styles, table_style)]
    layers = [own, *(style.find(w("rPr")) for style in chain), _default(styles, "rPr")]
    found = [layer for layer in layers if layer is not None]
    _refuse_unknown(found, _RUN, "une mise en forme de caractères")
    return found


def nearest(layers: Sequence[Any], name: str) -> Any | None:
    """The nearest element of this name, or None."""
    return next((found for layer in layers if (found := layer.find(w(name))) is not None), None)


def attribute(layers: Sequence[Any], name: str, *keys: str) -> str | None:
    """The nearest value of one of an element's attributes: Word inherits w:ind and w:spacing attribute by attribute."""
    for layer in layers:
        element = layer.find(w(name))
        for key in keys if element is not None else ():
            if element.get(w(key)) is not None:
                return str(element.get(w(key)))
    return None


def look(styles: Styles, layers: Sequence[Any]) -> dict[str, Any]:
    """What the drawing needs to know of a run: size in points, colours as #rrggbb."""
    size = nearest(layers, "sz")
    drawn: dict[str, Any] = {
        "font": _font(styles, layers),
        "size": int(size.get(w("val"))) / 2 if size is not None else 10,
    }
    drawn |= {key: True for key in ("b", "i", "strike", "caps") if on(nearest(layers, key))}
    underline = nearest(layers, "u")
    if underline is not None and underline.get(w("val")) not in (None, "none"):
        if underline.get(w("val")) != "single":
            raise refuse("un soulignement autre que simple", "underline style")
        drawn["u"] = True
    return drawn | _colours(layers) | _spacing(layers)


def colour(value: str | None) -> str | None:
    """A Word colour as #rrggbb; None for automatic."""
    return None if value in (None, "auto") else f"#{value}"


def shade(holder: Any | None) -> str | None:
    """The background colour a w:shd gives."""
    if holder is None or holder.get(w("fill")) in (None, "auto"):
        return None
    if holder.get(w("val")) not in ("clear", "nil"):
        raise refuse("une trame de fond", "shading pattern")
    return colour(holder.get(w("fill")))


def borders(holder: Any | None) -> dict[str, Any]:
    """Side → {width, color, space} of the lines drawn around a paragraph, a cell or a table."""
    drawn = {}
    for side in holder if holder is not None else ():
        if side.get(w("val")) in ("nil", "none"):
            continue
        if side.get(w("val")) != "single":
            raise refuse("une bordure autre qu'un trait simple", "border style")
        name = str(side.tag).rpartition("}")[2]
        width, space = int(side.get(w("sz"), "4")) / 8, int(side.get(w("space"), "0"))
        ink = colour(side.get(w("color"))) or "#000000"
        drawn[{"start": "left", "end": "right"}.get(name, name)] = {"width": width, "color": ink, "space": space}
    return drawn


def _colours(layers: Sequence[Any]) -> dict[str, Any]:
    if on(nearest(layers, "highlight")) or shade(nearest(layers, "shd")):
        raise refuse("du texte surligné", "highlight")
    holder = nearest(layers, "color")
    ink = colour(holder.get(w("val"))) if holder is not None else None
    return {"color": ink} if ink else {}


def _spacing(layers: Sequence[Any]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    between = nearest(layers, "spacing")
    if between is not None and int(between.get(w("val"), "0")):
        drawn["tracking"] = int(between.get(w("val"))) / 20
    raised = nearest(layers, "vertAlign")
    if raised is not None and raised.get(w("val")) != "baseline":
        drawn["raised"] = raised.get(w("val"))
    return drawn


def _font(styles: Styles, layers: Sequence[Any]) -> str:
    for layer in layers:
        fonts = layer.find(w("rFonts"))
        name = None if fonts is None else fonts.get(w("ascii")) or styles.theme.get(fonts.get(w("asciiTheme"), ""))
        if name is None:
            continue
        if name.casefold() not in FONTS:
            raise RenditionRefused(
                f"font not shipped: {name[:40]!r}",
                advice=f"La police « {name[:40]} » n'est pas fournie. Mettez ce texte en Calibri dans Word.",
            )
        return FONTS[name.casefold()]
    return "Carlito"


def _theme(document: "Document") -> dict[str, str]:
    from lxml.etree import fromstring

    drawing = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/theme") and not relation.is_external:
            root = fromstring(relation.target_part.blob)
            latin = {kind: root.find(f".//{drawing}{kind}Font/{drawing}latin") for kind in ("minor", "major")}
            names = {kind: found.get("typeface") for kind, found in latin.items() if found is not None}
            return {f"{kind}{script}": name for kind, name in names.items() for script in ("HAnsi", "Ascii")}
    return {}


def _chain(styles: Styles, style_id: str) -> Iterator[Any]:
    seen: set[str] = set()
    while style_id in styles.by_id and style_id not in seen:
        seen.add(style_id)
        style = styles.by_id[style_id]
        yield style
        style_id = _style_of(style, "basedOn")


def _style_of(holder: Any | None, name: str) -> str:
    found = holder.find(w(name)) if holder is not None else None
    return "" if found is None else str(found.get(w("val"), ""))


def _default(styles: Styles, name: str) -> Any | None:
    return None if styles.defaults is None else styles.defaults.find(f"{w(name + 'Default')}/{w(name)}")


def _is_default_paragraph(style: Any) -> bool:
    return style.get(w("type")) == "paragraph" and style.get(w("default")) in ("1", "true")


def _refuse_unknown(layers: Sequence[Any], known: frozenset[str], french: str) -> None:
    typographic = {_W14 + name for name in _TYPOGRAPHIC}
    for layer in layers:
        for child in layer:
            if child.tag not in known and child.tag not in typographic and on(child):
                name = str(child.tag).rpartition("}")[2]
                raise refuse(f"{french} ({name})", name)
