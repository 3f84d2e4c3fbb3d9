"""French typography: which spaces do not break, which apostrophe is curly. Pure.

Knows the conventions of the Imprimerie nationale that a medical letter needs; does not know where a text comes from
or where it is laid out. Only spaces and apostrophes ever change: never a letter, never a digit, never a sign.
Applied when a letter is laid out, and undone (`plain`) when it is read back: the text people work on keeps plain
spaces and straight apostrophes.
"""

import re
import unicodedata

NO_BREAK = "\u00a0"
NARROW = "\u202f"
_SPACE = f"[ {NO_BREAK}{NARROW}]"

_UNITS = (
    "mg|g|kg|µg|μg|mcg|ng|pg|microgrammes?|grammes?|ml|mL|cl|dl|l|L|µl|μl|litres?|cc|mm|cm|m|km|µm|μm|"
    "mmHg|cmHg|cmH2O|kPa|hPa|bar|bpm|°C|°|UI|mUI|kUI|µUI|U|unités?|mEq|mmol|µmol|μmol|nmol|pmol|mol|mosm|"
    "mOsm|Gy|mGy|cGy|MBq|Sv|mSv|kcal|cal|J|kJ|Hz|kHz|MHz|V|kV|mV|mA|W|s|sec|min|mn|h|heures?|minutes?|"
    "secondes?|j|jours?|semaines?|mois|ans?|fois|cp|comprimés?|gélules?|gouttes?|ampoules?|sachets?|"
    "bouffées?|CH|Fr|G|T|D|dioptries?"
)

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=[^\W\d_])'", "’"),
        (rf"(?<=«){_SPACE}*(?=[^\s»])", NO_BREAK),
        (rf"(?<=[^\s«]){_SPACE}*(?=»)", NO_BREAK),
        (rf"(?<=[^\s;!?]){_SPACE}+(?=[;!?])", NARROW),
        (r"(?<=[^\W\d_])(?=[;!?]+(?:\s|$))", NARROW),
        (rf"(?<=[^\s:]){_SPACE}+(?=:(?:\s|$))", NO_BREAK),
        (r"(?<=[^\W\d_])(?=:(?:\s|$))", NO_BREAK),
        (rf"(?<=\d){_SPACE}?(?=[%‰])", NO_BREAK),
        (rf"(?<=\d){_SPACE}(?=(?:{_UNITS})(?!\w))", NO_BREAK),
        (rf"(?<=\d{NO_BREAK}h){_SPACE}(?=\d)", NO_BREAK),
        (rf"(?<=\d){_SPACE}×{_SPACE}(?=\d)", f"{NO_BREAK}×{NO_BREAK}"),
        (rf"(?<=[<>≤≥±]){_SPACE}(?=\d)", NO_BREAK),
        (rf"(?<![^\W_])(?P<title>Drs?|Prs?|M\.|MM\.|Mmes?|Mlles?){_SPACE}(?=[^\W\d_])", rf"\g<title>{NO_BREAK}"),
        (rf"(?<=[nN]°){_SPACE}(?=\d)", NO_BREAK),
    )
)
_THOUSANDS = re.compile(rf"(?<![\w,./])\d{{1,3}}(?:{_SPACE}\d{{3}})+(?![\w/])")
_PHONE = re.compile(rf"(?<!\w)0\d(?:{_SPACE}\d\d){{4}}(?!\w)")
_ANY_SPACE = re.compile(_SPACE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def typeset(text: str) -> str:
    """French typography for a text: idempotent, and `plain(typeset(t))` says what `t` says."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    text = _THOUSANDS.sub(lambda number: _ANY_SPACE.sub(NARROW, number[0]), text)
    return _PHONE.sub(lambda number: _ANY_SPACE.sub(NO_BREAK, number[0]), text)


def plain(text: str) -> str:
    """The same text with plain spaces and straight apostrophes, as it is worked on."""
    return _ANY_SPACE.sub(" ", text).replace("’", "'")


def typed(text: str) -> str:
    """What a person typed or pasted, as texts are kept: composed letters, plain spaces, no control characters."""
    lines = plain(unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROLS.sub("", lines).strip("\n")
