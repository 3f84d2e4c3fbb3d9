"""The name a doctor says for an active substance: without its salt, its water or its preparation.

Knows French chemical naming (« bésilate d'amlodipine », « DILTIAZEM (CHLORHYDRATE DE) », « risédronate monosodique »),
and which names are not medicines anybody dictates (allergens, vaccine strains, plants' extracts). Knows no list of
medicines.
"""

import re
from functools import lru_cache

_INVERTED = re.compile(r"^([^()]+?)\s*\(([^()]+? (?:de|d'))\s*\)(.*)$")
_ACID_LAST = re.compile(r"^([^()]+?)\s*\(acide\)(.*)$")
_SALT = re.compile(
    r"^(?:(?:mono|di|tri|hémi|sesqui|hydrogéno|bi|per)*[a-zéè]+ate|(?:di|tri)?(?:chlor|brom|iod)(?:ure|hydrate)"
    r"|épolamine)(?: (?:acide|sodique|disodique))? (?:de |d')(.+)$"
)
_BARE = frozenset(
    """sodium potassium calcium magnésium zinc fer lithium aluminium argent ammonium cuivre strontium manganèse baryum
    sélénium bismuth chrome lysine arginine méglumine benzathine glycérol glycéryle méthyle éthyle diméthyle trométamol
    choline bétaïne ornithine isosorbide cholestérol phényle propyle butyle benzyle isoamyle déqualinium
    histidine""".split()  # noqa: SIM905
)
"""What an acid is joined to: « valproate de sodium », « dinitrate d'isosorbide » keep their whole name."""
_TAIL = re.compile(
    r" (?:(?:mono|di|tri)?(?:sodique|potassique|calcique|lithique|magnésique)"
    r"|(?:mono|hémi|di|tri|tétra|penta|hexa|hepta|nona|sesqui)*hydratée?s?|anhydre|base|micronisée?|recombinante?"
    r"|cristallisée?|concentrée?|purifiée?|lysine|arginine|tert-butylamine|trométamol|méglumine|érbumine|erbumine"
    r"|acide|axétil|cilexétil|médoxomil|proxétil|pivoxil|étexilate|fosamil"
    r"|à \d+ pour cent|\(forme [^()]*\)|\([rsdl,+\-]+\))$"
)
_ANION = re.compile(r"^(?:(?:mono|di|tri|bi)?(?:phosph|sulf|carbon|citr|acét|nitr|lact|glucon)ate|chlorure|iodure)$")
_REFUSED = re.compile(
    r"homéopat|\b(?:extraits?|polyosides?|virus|antigènes?|souches?|huiles?|vibrio|rotavirus|fragments?|allergène"
    r"|allergénique|teinture|pollens?|venin|feuilles?|racines?|anatoxine|streptococcus|neisseria|protéine|essence"
    r"|parties?|écorce|fleurs?|graines?|semences?|poudre|décocté|qsp|conjuguée?|acariens?|gélose)\b|[:;\[\]]"
)
_MOST_WORDS = 4


@lru_cache(maxsize=16384)
def spoken_name(official: str) -> str:
    """The name as it is said, in lower case with its accents; empty when nobody dictates it."""
    name = " ".join(official.lower().replace("’", "'").replace("bêta", "béta").split())
    name = re.sub(r" recombinante?\b", "", name).removesuffix(", solution de").strip(" ,")
    if _REFUSED.search(name):
        return ""
    name = _straight(name)
    name = _without_tail(name)
    salt = _SALT.match(name)
    if salt and salt.group(1).split()[0] not in _BARE:
        name = _without_tail(salt.group(1))
    usable = len(name) >= 4 and len(name.split()) <= _MOST_WORDS and not re.search(r"[(),%/]", name)
    return name if usable and re.search(r"[a-zà-ÿ]{3}", name) else ""


def _straight(name: str) -> str:
    """« diltiazem (chlorhydrate de) » put in order."""
    acid = _ACID_LAST.match(name)
    if acid:
        return f"acide {acid.group(1)}{acid.group(2)}".strip()
    inverted = _INVERTED.match(name)
    if not inverted:
        return name
    what, salt, rest = inverted.groups()
    return f"{salt}{'' if salt.endswith(chr(39)) else ' '}{what}{rest}".strip()


def _without_tail(name: str) -> str:
    while shorter := _TAIL.sub("", name):
        if shorter == name or _ANION.match(shorter) or shorter.endswith((" de", " d'")):
            return name
        name = shorter
    return name
