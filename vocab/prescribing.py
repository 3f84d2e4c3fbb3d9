"""How a prescription must not be written: ambiguous units, Latin, missing pieces of a high-risk prescription.

Rules D1-D5, D8-D13, D18, D20 and D22 of the safe-writing lists (OMEDIT Centre, ISMP, Joint Commission, the ANSM list of
« never events » of 2012 updated in 2024). Flags only: what is formatted without a doubt is formatted elsewhere.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from vocab.flag import Flag, Severity
from vocab.lexicon import Entry
from vocab.posology import Quantity
from vocab.prescribed import Given
from vocab.words import Token

_WEEKLY = re.compile(
    r"\b(?:semaines?|hebdo\w*|lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?|J\d+)\b|/sem",
    re.IGNORECASE,
)
_DAILY = re.compile(
    r"par jour|/\s?j(?:our)?\b|quotidien|tous les jours|chaque (?:jour|matin|soir)|matin et soir|le matin|le soir",
    re.IGNORECASE,
)
_RHYTHM = re.compile(
    r"\b(?:matin|midi|soir|coucher|nuit|jour|jours|semaines?|hebdo\w*|mois|heures?|fois|repas|crise|besoin|lundi|mardi"
    r"|mercredi|jeudi|vendredi|samedi|dimanche|quotidien\w*|prises?|continu|bolus|dose unique|unique)\b|/\s?(?:j|h|24)"
    r"|\d-\d-\d|\bx\s?\d|×",
    re.IGNORECASE,
)
_HIGH_RISK = frozenset(
    ["méthotrexate", "colchicine", "méthadone", "fluorouracile", "warfarine", "fluindione", "acénocoumarol", "apixaban",
     "rivaroxaban", "dabigatran", "édoxaban", "énoxaparine", "tinzaparine", "héparine", "fondaparinux"]
)  # fmt: skip
_SHORT_NAMES = {
    "MTX": "méthotrexate", "AZT": "zidovudine", "CBZ": "carbamazépine", "5-FU": "fluorouracile", "5FU": "fluorouracile",
    "VPA": "acide valproïque", "HCTZ": "hydrochlorothiazide", "MMF": "mycophénolate mofétil", "CPA": "cyclophosphamide",
    "AZA": "azathioprine", "HCQ": "hydroxychloroquine", "VCR": "vincristine", "CDDP": "cisplatine",
    "KCl": "chlorure de potassium",
}  # fmt: skip
_BOTH_FORMS = frozenset(
    ["morphine", "oxycodone", "tramadol", "venlafaxine", "quétiapine", "diltiazem", "vérapamil", "nifédipine",
     "nicardipine", "carbamazépine", "méthylphénidate", "ropinirole", "lévodopa/carbidopa", "lévodopa/bensérazide",
     "gliclazide", "métoprolol"]
)  # fmt: skip
_WITHDRAWN = frozenset(
    ["benfluorex", "rofécoxib", "dextropropoxyphène", "tétrazépam", "méprobamate", "ranitidine", "rosiglitazone",
     "buflomédil", "nimésulide", "ranélate de strontium", "pholcodine", "flunitrazépam",
     "acide tiludronique", "cisapride"]
)  # fmt: skip
_LATIN = {
    "QD": "une fois par jour", "QOD": "un jour sur deux", "BID": "deux fois par jour", "TID": "trois fois par jour",
    "QID": "quatre fois par jour", "PRN": "si besoin", "QHS": "au coucher", "STAT": "immédiatement",
}  # fmt: skip
_FRACTION = re.compile(r"(?<![\d/,.])([12])/(7|52|12)(?![\d/])")


def prescribing_flags(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], doses: Sequence[Given]
) -> Iterator[Flag]:
    """What is dangerous in the way these doses are written; the never-event medicines must be settled."""
    for one in doses:
        for rule in _RULES:
            yield from rule(text, one)
    yield from _methotrexate(text, tokens, found, doses)
    yield from _insulin_without_unit(text, tokens, found, doses)
    yield from _short_names(text, tokens)
    yield from _latin(text, doses)
    yield from _withdrawn(text, tokens, found)


def _units(text: str, one: Given) -> Iterator[Flag]:
    """D1: a badly read U is a zero, UI is IV: « unités » in full."""
    quantity = one.quantity
    if quantity.measure != "units" or not re.fullmatch(r"U|UI|U\.I\.?|IU", quantity.said):
        return
    insulin = any(substance.startswith("insuline") for substance in one.substances)
    severity: Severity = "look" if insulin or quantity.said in ("U", "IU") else "hint"
    written = _written(text, quantity) + " unités"
    yield _flag(text, quantity.start, quantity.end, "« unités » s'écrit en toutes lettres.", severity, (written,))


def _digits(text: str, one: Given) -> Iterator[Flag]:
    """D2-D4 and D8: a useless zero, a missing zero, a point for a comma, a long number in one piece."""
    quantity = one.quantity
    shown = _written(text, quantity)
    better, reason, severity = shown, "", "hint"
    if re.fullmatch(r"\d+[.,]0+", shown) and quantity.measure in ("mass", "units"):
        better, reason = re.sub(r"[.,]0+", "", shown), "Zéro inutile : lu dix fois trop grand."
    elif shown.startswith((",", ".")):
        better, reason, severity = "0," + shown[1:], "Zéro absent devant la virgule : lu dix fois trop grand.", "look"
    elif re.fullmatch(r"\d+\.\d+", shown):
        better, reason = shown.replace(".", ","), "En français, la virgule sépare les décimales."
    elif re.fullmatch(r"\d{5,}", shown):
        better, reason = f"{int(shown):,}".replace(",", " "), "Grand nombre écrit d'un seul tenant."
    if reason:
        after = text[quantity.start + len(shown) : quantity.end]
        yield _flag(
            text, quantity.start, quantity.end, reason, "look" if severity == "look" else "hint", (better + after,)
        )


def _micrograms(text: str, one: Given) -> Iterator[Flag]:
    """D5 and D9: µg is read mg, γ is read nothing, cc is read 00."""
    quantity = one.quantity
    better = "microgrammes" if quantity.unit == "µg" else "ml" if quantity.said.lower().startswith("c") else ""
    if quantity.per == "rate" or quantity.said in (better, "microgramme") or quantity.said in ("cl", "cm"):
        return
    if better:
        severity: Severity = "hint" if quantity.said in ("µg", "μg", "cc", "c.c.") else "look"
        written = f"{_written(text, quantity)} {better}"
        yield _flag(text, quantity.start, quantity.end, f"S'écrit « {better} ».", severity, (written,))


def _release(text: str, one: Given) -> Iterator[Flag]:
    """D18: a medicine that exists in both forms, and no « LP »."""
    entry, quantity = one.entry, one.quantity
    around = text[max(0, quantity.start - 40) : quantity.end + 20]
    if entry.substance in _BOTH_FORMS and "LP" in entry.presentations and len(entry.presentations) > 2:
        spoken = r"\bL\.?P\b|lib[ée]ration|injectable|IV\b|sous-cutan|intraveineu|perfusion|gouttes|sirop|spray|patch"
        if not re.search(spoken, around, re.IGNORECASE):
            reason = f"{entry.text} existe à libération prolongée et immédiate : la forme n'est pas dite."
            yield _flag(text, quantity.start, quantity.end, reason, "hint")


def _complete(text: str, one: Given) -> Iterator[Flag]:
    """D13: a high-risk medicine whose rhythm is not said."""
    risky = [name for name in one.substances if name in _HIGH_RISK or name.startswith("insuline")]
    around = text[max(0, one.quantity.start - 60) : one.quantity.end + 60]
    if risky and "méthotrexate" not in risky and one.quantity.per == "" and not _RHYTHM.search(around):
        reason = f"Médicament à haut risque : le rythme des prises de {one.entry.text} n'est pas dit."
        yield _flag(text, one.quantity.start, one.quantity.end, reason, "hint")


_RULES: tuple[Callable[[str, Given], Iterator[Flag]], ...] = (_units, _digits, _micrograms, _release, _complete)


def _methotrexate(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], doses: Sequence[Given]
) -> Iterator[Flag]:
    """D12: taken by mouth or under the skin it is weekly; taken daily it has killed (ANSM « never events »)."""
    for first, after, entry in found:
        mine = [one for one in doses if one.entry is entry and 0 <= one.quantity.start - tokens[after - 1].end < 80]
        if entry.substance != "méthotrexate" or not mine or any(one.quantity.per == "m2" for one in mine):
            continue
        sentence = re.split(r"(?<!\d)[.;\n]|\.(?!\d)", text[tokens[first].start :], maxsplit=1)[0]
        if not _WEEKLY.search(sentence) or (_DAILY.search(sentence) and not re.search(r"semaine|hebdo|/sem", sentence)):
            reason = "Méthotrexate : la prise est hebdomadaire ; le rythme « par semaine » n'est pas dit."
            yield _flag(text, tokens[first].start, tokens[after - 1].end, reason, "block")


def _insulin_without_unit(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], doses: Sequence[Given]
) -> Iterator[Flag]:
    """D13: « Lantus 20 le soir »: twenty what?"""
    owned = {one.quantity.start for one in doses}
    for _, after, entry in found:
        if not entry.substance.startswith("insuline") or after >= len(tokens) or tokens[after].kind != "number":
            continue
        follows = tokens[after + 1].key if after + 1 < len(tokens) else ""
        if tokens[after].start not in owned and follows in ("le", "au", "matin", "midi", "soir", "avant", "", "et"):
            yield _flag(
                text, tokens[after].start, tokens[after].end, "Insuline : l'unité n'est pas dite.", "look",
                (f"{tokens[after].text} unités",),
            )  # fmt: skip


def _short_names(text: str, tokens: Sequence[Token]) -> Iterator[Flag]:
    """D11: a medicine named by its initials, with a dose: the never-event one must be settled."""
    for short, name in _SHORT_NAMES.items():
        for found in re.finditer(rf"(?<![\w-]){re.escape(short)}(?=[^.;\n]{{0,12}}?\d+(?:,\d+)?\s*m?g\b)", text):
            severity: Severity = "block" if name == "méthotrexate" else "look"
            reason = f"Un médicament ne s'abrège pas dans une prescription : {name} ?"
            yield Flag(
                start=found.start(), end=found.end(), kind="abbreviation", text=found[0], reason=reason,
                severity=severity, suggestions=(name,),
            )  # fmt: skip


def _latin(text: str, doses: Sequence[Given]) -> Iterator[Flag]:
    """D10 and D20: Latin rhythms, and fractions that are rhythms or dates, right after a dose."""
    for one in doses:
        stretch = text[one.quantity.end : one.quantity.end + 24].split("\n")[0]
        for found in re.finditer(r"\b(?:" + "|".join(_LATIN) + r")\b", stretch):
            start = one.quantity.end + found.start()
            reason = "Abréviation latine : le rythme s'écrit en français."
            yield _flag(text, start, start + len(found[0]), reason, "look", (_LATIN[found[0]],))
        for found in _FRACTION.finditer(stretch):
            start = one.quantity.end + found.start()
            yield _flag(
                text, start, start + len(found[0]), "Fraction ambiguë : écrivez le rythme en toutes lettres.", "look"
            )


def _withdrawn(text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]]) -> Iterator[Flag]:
    """D22: a medicine that is no longer sold: an old treatment, or a name misheard."""
    for first, after, entry in found:
        if set(entry.substance.split("/")) & _WITHDRAWN:
            reason = f"{entry.text} n'est plus commercialisé en France."
            yield _flag(text, tokens[first].start, tokens[after - 1].end, reason, "hint")


def _written(text: str, quantity: Quantity) -> str:
    """The number of a quantity, as it is written."""
    shown = text[quantity.start : quantity.end]
    return shown[: len(shown) - len(quantity.said)].rstrip(" \u00a0\u202f\u2009")


def _flag(text: str, start: int, end: int, reason: str, severity: Severity, suggestions: tuple[str, ...] = ()) -> Flag:
    return Flag(
        start=start, end=end, kind="dose", text=text[start:end], reason=reason, severity=severity,
        suggestions=suggestions,
    )  # fmt: skip
