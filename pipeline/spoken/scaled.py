"""Words that a small number follows: scores, analyses, « parité », « génotype ».

« Mallampati deux point » is a two and a full stop, where « conclusion deux points » is a colon. Knows the scores of the
vocabulary and a list of its own; knows no value.
"""

from functools import cache

from pipeline.spoken.heard import keys

_OWN = frozenset({
    "parite", "gestite", "enfants", "enfant", "soeurs", "freres", "lactates", "lactate", "crp", "inr", "tsh",
    "ferritine", "psa", "creatinine", "bilirubine", "kaliemie", "troponine", "procalcitonine", "uree",
    "fibrinogene", "glycemie", "calcemie", "phosphoremie", "t3", "t4", "hba1c", "eva", "evs", "genotype", "salter",
    "taille", "pointure", "niveau", "palier", "ligne", "cycle", "cures", "cure", "dose", "doses", "seances", "iva",
    "tanner", "cotation", "numero", "nombre", "fitzpatrick", "phototype", "quotient", "degre", "degres", "moins"
})  # fmt: skip
_TOO_COMMON = frozenset({"deux", "de", "ii", "poumon", "risque", "douleur", "evaluation", "stade", "ans", "e"})


@cache
def _names() -> frozenset[str]:
    from vocab.scores import scores

    said = (keys(form) for score in scores() for form in (score.name, *score.spoken))
    return _OWN | {words[-1] for words in said if words and len(words[-1]) > 2} - _TOO_COMMON


def takes_number(word: str) -> bool:
    """Whether a small number is likely just after this word, given by its key."""
    return word in _names()
