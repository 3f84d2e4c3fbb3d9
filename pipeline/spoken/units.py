"""Units as they are said and as they are written.

Knows which units become a sign (« milligrammes » → mg) and which stay a word (« unités », « jours »). Dose writing
follows French usage: « unités » in full, never U nor UI in a prescription (OMEDIT).
"""

_SIGNS = {
    "mg": "mg milligramme milligrammes miligramme miligrammes milligrame milligrames",
    "µg": "µg mcg microgramme microgrammes",
    "g": "g gr gramme grammes",
    "kg": "kg kilo kilos kilogramme kilogrammes",
    "ml": "ml millilitre millilitres",
    "cl": "cl centilitre centilitres",
    "dl": "dl decilitre decilitres",
    "cm": "cm centimetre centimetres",
    "mm": "mm millimetre millimetres",
    "m": "m metre metres",
    "mmol": "mmol millimole millimoles milimole milimoles",
    "µmol": "µmol umol micromole micromoles",
    "nmol": "nmol nanomole nanomoles",
    "pg": "pg picogramme picogrammes",
    "ng": "ng nanogramme nanogrammes",
    "%": "% pourcent",
    "°C": "°c degre degres",
    "mmHg": "mmhg",
    "mEq": "meq milliequivalent milliequivalents",
    "UI": "ui",
    "mUI": "mui",
    "bpm": "bpm",
    "kcal": "kcal kilocalorie kilocalories",
    "Gy": "gy gray grays",
    "dB": "db decibel decibels",
    "kPa": "kpa",
}
_WORDS = [
    "unite",
    "unites",
    "litre",
    "litres",
    "minute",
    "minutes",
    "seconde",
    "secondes",
    "heure",
    "heures",
    "jour",
    "jours",
    "semaine",
    "semaines",
    "mois",
    "an",
    "ans",
    "annee",
    "annees",
    "comprime",
    "comprimes",
    "gelule",
    "gelules",
    "goutte",
    "gouttes",
    "ampoule",
    "ampoules",
    "sachet",
    "sachets",
    "bouffee",
    "bouffees",
    "inhalation",
    "inhalations",
    "injection",
    "injections",
    "seance",
    "seances",
    "fois",
    "paquets",
    "points",
    "dioptries",
]
_PER = {
    "l": "l litre", "dl": "dl decilitre", "ml": "ml millilitre", "min": "min minute", "kg": "kg kilo kilogramme",
    "mm³": "mm3", "m²": "m2", "h": "h heure", "mmol": "mmol millimole", "g": "g gramme",
}  # fmt: skip

SIGNS: dict[str, str] = {said: sign for sign, names in _SIGNS.items() for said in names.split()}
"""Said or heard (folded) → the sign that is written."""
WORDS = frozenset(_WORDS)
"""Units that stay words (folded)."""
PER: dict[str, str] = {said: sign for sign, names in _PER.items() for said in names.split()}
"""What may follow « par » to make a compound unit."""
COMPOUND = frozenset({"mg", "µg", "g", "kg", "ml", "mmol", "µmol", "nmol", "pg", "ng", "UI", "mUI", "mEq", "l", "n"})
"""Units that « par litre », « par minute »… extends; « n » is a bare number."""
DOSE = frozenset({"mg", "µg", "g", "ml", "UI", "unités", "unité", "mEq", "mUI"})
"""Units in which a medicine is given."""
