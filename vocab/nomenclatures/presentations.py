"""In what a medicine is sold, in the words of a prescription: « comprimé », « injectable », « LP ».

Reads the pharmaceutical forms of the BDPM, which has more than three hundred.
"""

import re
from collections.abc import Iterator

_FORMS: tuple[tuple[str, str], ...] = (
    ("comprimé", "comprimé"),
    ("gélule", "gélule"),
    ("capsule", "capsule"),
    ("sirop", "sirop"),
    ("gouttes", "gouttes"),
    ("buvable", "solution buvable"),
    ("granulé", "granulés"),
    ("collyre", "collyre"),
    ("pommade", "pommade"),
    ("crème", "crème"),
    ("gel", "gel"),
    ("lotion", "lotion"),
    ("émulsion pour application", "lotion"),
    ("shampooing", "shampooing"),
    ("vernis", "vernis"),
    ("mousse", "mousse"),
    ("suppositoire", "suppositoire"),
    ("lavement", "lavement"),
    ("ovule", "ovule"),
    ("inhal", "inhalation"),
    ("nébulis", "nébulisation"),
    ("injectable", "injectable"),
    ("perfusion", "injectable"),
    ("implant", "implant"),
    ("pastille", "pastille"),
    ("lyophilisat", "lyophilisat"),
    ("film orodispersible", "film orodispersible"),
    ("bain de bouche", "bain de bouche"),
    ("gomme à mâcher", "gomme à mâcher"),
)
_GEL = re.compile(r"\bgel\b")
_LONG = re.compile(r"libération (?:prolongée|modifiée)")
_LONG_NAME = re.compile(r"\bL\.?P\b")


def presentation(name: str, form: str, routes: str) -> Iterator[str]:
    """The presentations of one product, most telling first."""
    form = form.lower()
    if _LONG.search(form) or _LONG_NAME.search(name):
        yield "LP"
    if ("dispositif" in form and "transdermique" in routes) or "patch" in form or "emplâtre" in form:
        yield "patch"
    if "pulvérisation" in form and "nasale" in routes:
        yield "spray nasal"
    for part, label in _FORMS:
        if part in form and (part != "gel" or _GEL.search(form)):
            yield label
