"""Plurals and feminines of French medical words, by rule.

Knows the regular endings and their few exceptions; does not know which word is an adjective (the caller says it, or
the ending does), nor any meaning. What no rule gives is written in the `forms` column of the tables.
"""

_PREPOSITIONS = frozenset(
    ["à", "au", "aux", "de", "d", "du", "des", "en", "par", "pour", "sur", "sous", "sans", "avec", "dans", "et", "ou",
     "non", "post", "chez", "entre", "selon", "vers", "per", "in", "ad"]
)  # fmt: skip
"""What follows one of these does not agree with the noun: « troubles de la marche »."""
_ALS = frozenset(["bal", "bancal", "cal", "carnaval", "causal", "chacal", "choral", "fatal", "festival", "final",
                  "glacial", "natal", "naval", "néonatal", "périnatal", "prénatal", "postnatal", "récital",
                  "régal"])  # fmt: skip
_OUX = frozenset(["bijou", "caillou", "chou", "genou", "hibou", "joujou", "pou"])
_AUS = frozenset(["bleu", "landau", "pneu", "émeu"])
_AUX = frozenset(["travail", "émail", "vitrail", "soupirail", "bail", "corail"])
_IRREGULAR = {"œil": "yeux", "monsieur": "messieurs", "madame": "mesdames", "docteur": "docteurs", "aïeul": "aïeux",
              "paquet-année": "paquets-années"}  # fmt: skip

_FEMININE: tuple[tuple[str, str], ...] = (
    ("teur", "trice"), ("eux", "euse"), ("if", "ive"), ("ien", "ienne"), ("éen", "éenne"), ("yen", "yenne"),
    ("el", "elle"), ("eil", "eille"), ("et", "ette"), ("er", "ère"), ("on", "onne"), ("ng", "ngue"), ("gu", "guë"),
    ("eur", "euse"), ("f", "ve"),
)  # fmt: skip
_FEMININES = {
    "complet": "complète", "incomplet": "incomplète", "concret": "concrète", "discret": "discrète",
    "secret": "secrète", "inquiet": "inquiète", "désuet": "désuète", "replet": "replète", "blanc": "blanche",
    "sec": "sèche", "frais": "fraîche", "gros": "grosse", "gras": "grasse", "bas": "basse", "épais": "épaisse",
    "las": "lasse", "mou": "molle", "fou": "folle", "doux": "douce", "roux": "rousse", "faux": "fausse",
    "nouveau": "nouvelle", "beau": "belle", "vieux": "vieille", "long": "longue", "oblong": "oblongue",
    "public": "publique", "turc": "turque", "grec": "grecque", "nul": "nulle", "gentil": "gentille", "sot": "sotte",
    "bénin": "bénigne", "malin": "maligne", "aigu": "aiguë", "suraigu": "suraiguë", "subaigu": "subaiguë",
    "ambigu": "ambiguë", "contigu": "contiguë", "exigu": "exiguë", "favori": "favorite", "antérieur": "antérieure",
    "postérieur": "postérieure", "supérieur": "supérieure", "inférieur": "inférieure", "intérieur": "intérieure",
    "extérieur": "extérieure", "ultérieur": "ultérieure", "majeur": "majeure", "mineur": "mineure",
    "meilleur": "meilleure", "ancien": "ancienne", "bref": "brève", "dû": "due", "clair": "claire",
    "impair": "impaire", "pair": "paire", "entier": "entière", "cher": "chère", "amer": "amère", "fier": "fière",
    "net": "nette", "sujet": "sujette", "coquet": "coquette", "muet": "muette", "violet": "violette",
}  # fmt: skip
_ADJECTIVAL = ("al", "if", "eux", "ien", "éen", "el", "aigu", "érieur", "ïde", "ique", "aire")
_NOUNS = frozenset(
    ["canal", "hôpital", "signal", "hyposignal", "hypersignal", "isosignal", "mal", "journal", "animal", "cristal",
     "bocal", "local", "terminal", "dispositif", "motif", "préservatif", "tarif", "sédatif", "laxatif", "purgatif",
     "chirurgien", "praticien", "médecin", "gardien", "soutien", "entretien", "maintien", "bien", "chien", "gel",
     "sel", "appel", "rappel", "matériel", "logiciel", "hydrogel", "duel", "pluriel", "penthotal", "cal", "métal",
     "choral", "nerf", "relief"]
)  # fmt: skip


def plural(expression: str) -> str:
    """An expression in the plural: its words agree up to the first preposition (« troubles de la marche »).

    A person's name in it stays: « unités Hounsfield ».
    """
    words = expression.split(" ")
    out: list[str] = []
    for at, word in enumerate(words):
        if word.lower() in _PREPOSITIONS or "'" in word or "’" in word:
            return " ".join([*out, *words[at:]])
        out.append(word if at and word[:1].isupper() else _plural(word))
    return " ".join(out)


def _plural(word: str) -> str:
    """One word in the plural; of a compound, its last part."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    head, hyphen, last = word.rpartition("-")
    if hyphen:
        return word if _unchanged(head) else f"{head}-{_plural(last)}"
    if not word[-1:].isalpha() or word.endswith(("s", "x", "z")) or word[1:] != word[1:].lower() or word.isupper():
        return word
    if word.endswith("al") and word not in _ALS:
        return word[:-2] + "aux"
    if word in _AUX:
        return word[:-3] + "aux"
    crossed = word in _OUX or (word.endswith(("au", "eu")) and word not in _AUS)
    return word + ("x" if crossed else "s")


def _unchanged(head: str) -> bool:
    """Whether what stands before the last hyphen keeps the compound as it is: « tête-à-tête », « face-à-main »."""
    return any(part in _PREPOSITIONS - {"sous", "sur", "non", "post", "sans", "par"} for part in head.split("-"))


def feminine(adjective: str) -> str:
    """An adjective in the feminine: « aortique » stays, « cérébral » gives « cérébrale », « bénin » « bénigne »."""
    head, hyphen, last = adjective.rpartition("-")
    if last in _FEMININES:
        return head + hyphen + _FEMININES[last]
    if last.endswith(("érieur", "ieur")):
        return adjective + "e"
    if last.endswith("e") or not last[-1:].isalpha():
        return adjective
    for ending, becomes in _FEMININE:
        if last.endswith(ending):
            return adjective[: -len(ending)] + becomes
    return adjective + "e"


def adjectival(word: str) -> bool:
    """Whether a word's ending makes it an adjective: « cérébral », « veineux »; common nouns so ended are known."""
    return word.endswith(_ADJECTIVAL) and word not in _NOUNS


def forms(expression: str, *, adjective: bool = False) -> tuple[str, ...]:
    """The other writings of an expression: its plural, and, for an adjective, its feminine and feminine plural.

    Of an adjective of several words only the last one changes (« bien toléré », « bien tolérées »). A proper name has
    none.
    """
    if not expression or (expression[0].isupper() and " " not in expression):
        return ()
    before, space, last = expression.rpartition(" ")
    if space and not adjective:
        return tuple({plural(expression)} - {expression})
    if _joined(expression):
        return ()
    made = [_plural(last)]
    if adjective or adjectival(last):
        made += [feminine(last), _plural(feminine(last))]
    return tuple(dict.fromkeys(before + space + one for one in made if one != last))


def _joined(expression: str) -> bool:
    return "'" in expression or "’" in expression or any(word in _PREPOSITIONS for word in expression.lower().split())
