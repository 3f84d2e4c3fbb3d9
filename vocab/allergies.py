"""An allergy, and a treatment of the same medicine or of its class in the same text (rule D21).

Knows the classes in which an allergy is shared, by the endings of international names and by short lists. Knows no
severity: « allergie » may be an old rash; a person decides.
"""

import re
from collections.abc import Iterator, Sequence

from vocab.flag import Flag
from vocab.folding import fold
from vocab.lexicon import Entry
from vocab.words import Token

_NAMED = re.compile(
    r"\b(?:allergi(?:e|es|que|ques)|hypersensibilit[ée]s?|intol[ée]ran(?:ce|t|te)|anaphyla\w+|choc anaphylactique"
    r"|[œo]e?d[èe]me de Quincke|toxidermie|syndrome de Lyell)\b[^.;\n]*?\b(?:à l['’]|à la |aux? |à |au |sous |sur )",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:\b(?:pas|aucune?|sans|ni|absence|non|nie|jamais)\b[^.;,\n]{0,30}|\bd[ée]sensibilis\w+[^.;,\n]{0,20})$",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"(?:\b(?:pas|sans|éviter|évite|évitera|contre[- ]indiqu\w+|proscri\w+|interdit\w*|arrêt\w*|remplac\w+|au lieu"
    r"|stopp\w+|suspen\w+|relais|allergi\w+|antécédents?|réaction|éruption|urticaire|après|suite)\b[^.;\n]{0,40})$",
    re.IGNORECASE,
)
_CLASSES: tuple[tuple[str, str, str], ...] = (
    ("pénicillines", r"p[eé]nicillin|b[eê]ta[- ]?lactamin", r"cilline|clavulanique|pivm[eé]cillinam|tazobactam"),
    ("céphalosporines", r"c[eé]phalosporin", r"^c[eé]f"),
    ("quinolones", r"quinolon", r"floxacine$"),
    ("macrolides", r"macrolid", r"^(?:azithro|clarithro|[eé]rythro|roxithro|josa|spira)mycine$|t[eé]lithromycine"),
    ("cyclines", r"cyclines?\b|t[eé]tracyclin", r"cycline$"),
    ("sulfamides", r"sulfamid|bactrim", r"^sulfa(?!te)|^cotrimoxazole"),
    (
        "anti-inflammatoires non stéroïdiens",
        r"\bains\b|anti[- ]?inflammatoires?|aspirine",
        r"prof[eè]ne$|fenac$|^piroxicam|oxicam$|coxib$|^naprox|^indom|ac[eé]tylsalicylique|acétylsalicylate"
        r"|niflumique|m[eé]f[eé]namique|tiaprof|k[eé]torolac",
    ),
    ("opioïdes", r"morphini|opio[iï]d|opiac", r"^morphine|codone$|morphone$|^cod[eé]ine|^tramadol|fentan"),
    ("produits de contraste iodés", r"\biode|produits? de contraste|contraste iod", r"^io(?:h|m|b|d|p|v|x)\w+ol$"),
    ("curares", r"curar", r"curium$|curonium$|^suxam"),
    ("héparines", r"h[eé]parin", r"parine"),
    ("anesthésiques locaux", r"anesth[eé]siques? loca", r"ca[iï]ne$"),
)


def allergy_flags(text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]]) -> Iterator[Flag]:
    """The medicines of a text that one of its allergies forbids, by name or by class; each must be settled."""
    stretches = list(_stretches(text))
    if not stretches:
        return
    forbidden = _forbidden(text, tokens, found, stretches)
    for first, after, entry in found:
        start, end = tokens[first].start, tokens[after - 1].end
        if any(one <= start < other for one, other in stretches) or _SPARED.search(text[max(0, start - 80) : start]):
            continue
        shared = [name for substance in entry.substance.split("/") for name in _names(substance) if name in forbidden]
        if shared:
            yield Flag(
                start=start, end=end, kind="contradiction", text=text[start:end], severity="block",
                reason=f"Allergie notée dans ce texte ({forbidden[shared[0]]}), et {entry.text} y est prescrit.",
            )  # fmt: skip


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Where allergies are named, to the end of each sentence; « pas d'allergie à … » is none."""
    for found in _NAMED.finditer(text):
        if _DENIED.search(text[max(0, found.start() - 80) : found.start()]):
            continue
        stop = re.search(r"[.;\n]", text[found.end() :])
        yield found.start(), found.end() + (stop.start() if stop else len(text) - found.end())


def _forbidden(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Entry]], stretches: Sequence[tuple[int, int]]
) -> dict[str, str]:
    """What the allergies forbid: substances and classes, with what is written of them."""
    out: dict[str, str] = {}
    for start, end in stretches:
        for first, _, entry in found:
            if start <= tokens[first].start < end:
                for substance in entry.substance.split("/"):
                    out |= dict.fromkeys(_names(substance), entry.text)
        for name, said, _ in _CLASSES:
            if re.search(said, text[start:end], re.IGNORECASE):
                out.setdefault(name, name)
        if re.search(r"b[eê]ta[- ]?lactamin", text[start:end], re.IGNORECASE):
            out.setdefault("céphalosporines", "bêta-lactamines")
    return out


def _names(substance: str) -> tuple[str, ...]:
    """A substance and the classes that share its allergy."""
    return (fold(substance), *(name for name, _, member in _CLASSES if re.search(member, substance, re.IGNORECASE)))
