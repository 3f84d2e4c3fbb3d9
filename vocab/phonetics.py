"""How a French medical word sounds, and how far two sounds are from each other.

Knows: our own letter-to-sound rules for French as doctors speak it (Greek « ch » said k, « ps- », « -um », letters
spelled one by one), and which sounds a recogniser mistakes for each other. Does not know any word list.

The alphabet is one character a sound: vowels a e i o u y 2 (eu) @ (a mute e that may be heard) A (an) O (on) I (in,
un);
consonants as written, with S (ch), Z (j), N (gn), w and j (yod). Open and closed e, and open and closed o, are one
sound.
"""

import re
import unicodedata
from functools import lru_cache

VOWELS = "aeiouy2@AOI"
"""The vowels of our alphabet of sounds."""
_VOWEL = "aàâeéèêëiîïoôöuùûüyœæ"

_HEARD_ER = "|".join(
    rf"(?<={stem})ers?\b"
    for stem in ("hyp", "int", "sup", "canc", "scann", "thét", "hinct", "las", "chant", "chit", "doppl", "inhal",
                 "flutt", "holt", "bact", "spac", "cov", "shav", "bladd", "crack", "mak", "clust", "mast", "blist",
                 r"\bf", r"\bhi", r"\bch", r"\bv", r"\bm", r"\bhiv", r"\bam", "éth", r"\best")
)  # fmt: skip
"""« cancer », « hyper- », « cathéter »: where « er » at the end is not said « é »."""

_RULES: tuple[tuple[str, str, str], ...] = (
    # letters that are silent or borrowed from Greek and Latin, at the beginning of a word
    ("h", r"\bh", ""),
    ("p", r"\bps", "ps"),
    ("p", r"\bpt", "pt"),
    ("p", r"\bpn", "pn"),
    ("x", r"\bx", "gz"),
    ("c", r"\bch(?=[rl])", "k"),
    ("c", r"\bch(?=i[mr]u|imi|ir)", "S"),
    ("c", r"\bchol[eéè]", "kole"),
    ("c", r"\bchr", "kr"),
    ("c", r"\bchondr", "kOdr"),
    ("c", r"\bch(?=or[éio]|[eé]il|él[aoé])|ch(?=ol[éiè])", "k"),
    ("c", r"\bcompt", "kOt"),
    ("g", r"guë", "gy"),
    ("œ", r"\bœu", "2"),
    ("e", r"\bes(?=[cptk])", "es"),
    ("s", r"(?<=\ba)s(?=y)", "s"),
    ("e", r"(?<=pi)eds?\b", "e"),
    ("cfpr", r"(?<=\bner)fs?\b|(?<=cor)ps\b|(?<=\btie)rs\b|(?<=taba)c\b|(?<=estoma)c\b", ""),
    ("o", r"oigts?\b|oix\b|oids\b", "wa"),
    ("a", r"aix\b", "e"),
    # Greek « ch »
    ("c", r"(?<=s)ch(?=r)|(?<!\b)ch(?=y)", "k"),
    ("c", r"ch(?=[rlmntsœ])", "k"),
    ("c", r"(?<=[eéo])ch(?=o)", "k"),
    ("c", r"(?<=tra)ch(?=ées?\b|éi)", "S"),
    ("c", r"(?<=tra)ch(?=é)|(?<=tro)ch(?=an)|(?<=bra)ch(?=i)|(?<=tra)ch(?=om)", "k"),
    ("s", r"(?<=i)sch(?=[éeio])|sch(?=i[sz])|sch(?=ro)", "sk"),
    ("c", r"(?<=psy)ch(?=[iao])|(?<=ny)ch|c(?=œu)", "k"),
    ("c", r"(?<=[bk]ron)ch(?=[ou])|(?<=\bron)ch(?=u)|(?<=a)ch(?=illé)", "k"),
    ("c", r"(?<=or)ch(?=i)", "k"),
    ("c", r"(?<=y)ch(?=o)", "k"),
    ("c", r"(?<=is)ch", "k"),
    ("s", r"sch", "S"),
    ("c", r"ch", "S"),
    # consonant groups
    ("p", r"ph", "f"),
    ("t", r"th", "t"),
    ("r", r"rrh", "r"),
    ("r", r"rh", "r"),
    ("g", r"(?<=dia)gn|(?<=co)gn(?=i)|gn(?=os|om)|(?<=sta)gn", "gn"),
    ("g", r"gn", "N"),
    ("s", r"sc(?=[eéèêiyœ])", "s"),
    ("c", r"cc(?=[eéèêiyœ])", "ks"),
    ("c", r"c(?=[eéèêëiîïyœæ])", "s"),
    ("ç", r"ç", "s"),
    ("c", r"cqu", "k"),
    ("q", r"qua(?=dr)|(?<=\ba)qua", "kwa"),
    ("q", r"qu", "k"),
    ("q", r"q", "k"),
    ("c", r"ck", "k"),
    ("c", r"c\b(?<=[n]c)", ""),
    ("c", r"cc|c", "k"),
    ("g", r"gu(?=[eéèêiîy])", "g"),
    ("g", r"ge(?=[aoâô])", "Z"),
    ("g", r"gg(?=[eé])", "gZ"),
    ("g", r"g(?=[eéèêëiîïy])", "Z"),
    ("g", r"g\b(?<=[nr]g)", ""),
    ("g", r"gg|g", "g"),
    ("e", r"\bex(?=[aeéèêiîoôuyhœ])", "egz"),
    ("x", r"x\b(?<=[aio2]x)(?<!ax)(?<!ix)(?<!ox)", ""),
    ("x", r"(?<=[aeo]u)x\b", ""),
    ("x", r"x", "ks"),
    ("s", r"ss", "s"),
    ("s", r"(?<=[aàâeéèêëiîïoôuùûüyœ])s(?=[aàâeéèêëiîïoôuùûüyœh])", "z"),
    ("s", r"(?<=tran)s(?=[aio])", "z"),
    ("t", r"(?<![s])ti(?=on|el|aire|al(?:es?)?\b|aux\b|eux|eus|um\b)(?<![sx]ti)", "sj"),
    ("t", r"(?<=\bpa)ti(?=en)", "sj"),
    ("t", r"(?<=[aeéio])tie\b(?<!patie)", "si"),
    # silent ends
    ("e", r"(?<=[a-zéèàœ])ent\b(?<=[ei]ent)(?<!ient)(?<!ment)(?<!dent)(?<!lent)(?<!cent)(?<!tent)(?<!ient)", "A"),
    ("a", r"aient\b", "e"),
    ("e", r"ez\b", "e"),
    ("e", _HEARD_ER, "er"),
    ("e", r"(?<=[bcdfgjklmnpqrtvxzsh])ers?\b", "e"),
    ("i", r"(?<!\bh)iers?\b", "je"),
    ("eé", r"(?<=[^\W\d_])[ée]es?\b(?<=ées)|(?<=[^\W\d_])ée\b", "e"),
    ("é", r"és\b", "e"),
    ("e", r"(?<=[^\W\d_]{2})es\b", "@"),
    ("u", r"\b(?<=[a-zé])um\b", "om"),
    ("u", r"(?<=[^\W\d_])um\b", "om"),
    ("u", r"(?<=[^\W\d_]{2})us\b", "ys"),
    (
        "i",
        r"(?<=[aeéio]s)is\b|(?<=pelv)is\b|(?<=én)is\b|(?<=ax)is\b|(?<=ps)is\b|(?<=verm)is\b|(?<=nab)is\b"
        r"|(?<=pul)is\b|(?<=at)is\b|(?<=\bir)is\b",
        "is",
    ),
    ("a", r"(?<=on)as\b|(?<=so)as\b|(?<=atl)as\b|(?<=di)as\b", "as"),
    ("o", r"(?<=ni)os\b|(?<=tan)os\b", "os"),
    ("p", r"(?<=[rl]o)ps?\b|(?<=ou)ps?\b|(?<=m)ps?\b|(?<=dra)ps?\b", ""),
    ("p", r"(?<=[ae])ps\b", "ps"),
    ("i", r"ing\b", "iN"),
    ("d", r"(?<=[aeo])d\b", "d"),
    ("t", r"(?<=sta)t\b", "t"),
    ("i", r"(?<=[^\W\d_])is\b(?<!sis)(?<=[^\W\d_]{3})", "i"),
    ("dt", r"[td]s\b(?<=[aeioyuéènràîïûôœ][td]s)", ""),
    ("dt", r"(?<=[^\W\d_])[td]s?\b(?<=[aeioyuéènràîïûôœ][td])", ""),
    ("dstz", r"(?<=[^\W\d_])[tdsz]\b(?<=[aeiouyéènràîïûôœlp][tdsz])(?<!as)(?<!os)(?<!iz)(?<!ns)", ""),
    ("s", r"(?<=[^\W\d_]{2})s\b", ""),
    # nasal vowels (not before a vowel, nor before a doubled n or m)
    ("m", r"(?<=[aei])m\b", "m"),
    ("e", r"(?<=am)en\b|(?<=y)ens?\b", "I"),
    ("el", r"(?<=dom|rum|lum|lut|pol)l?en\b", "en"),
    ("iy", r"[yi]en\b", "jI"),
    ("i", r"ien(?=[sc]|ne?t)", "jI"),
    ("é", r"éen\b", "eI"),
    ("o", r"oin(?![aàâeéèêiîoôuyhnm])", "wI"),
    ("ae", r"(?:aim|ain|eim|ein)(?![aàâeéèêiîoôuyhnm])", "I"),
    ("iuy", r"(?:im(?!\b)|in|ym|yn|um|un)(?![aàâeéèêëiîïoôuùûyhnmœ])", "I"),
    ("ae", r"(?:am(?!\b)|an|em(?!\b)|en|aon)(?![aàâeéèêëiîïoôuùûyhnmœ])", "A"),
    ("o", r"(?:om|on)(?![aàâeéèêëiîïoôuùûyhnmœ])", "O"),
    ("e", r"e(?=mm|nn)", "e"),
    # vowels in groups
    ("e", r"eau", "o"),
    ("a", r"au", "o"),
    ("eœ", r"œu|œ(?=[iu])|eû|eu", "2"),
    ("œ", r"œ", "e"),
    ("æ", r"æ", "e"),
    ("o", r"ouill", "uj"),
    ("o", r"oues?\b", "u"),
    ("o", r"ow\b", "o"),
    ("u", r"(?<=[cg])ueil", "2j"),
    ("o", r"où|oû|ou(?=[bcdfgjklmnpqrstvxzç]|\b)", "u"),
    ("o", r"ou", "w"),
    ("o", r"oy(?=[aeéè])", "waj"),
    ("o", r"o[iîy]", "wa"),
    ("a", r"ay(?=[aeéo])", "ej"),
    ("a", r"a[iî]ll", "aj"),
    ("e", r"eill?|eil\b", "ej"),
    ("e", r"euill?", "2j"),
    ("a", r"ail\b", "aj"),
    ("i", r"(?<=[^aeoécgx])(?<!\bv)(?<!ov)(?<!\bm)(?<!st)(?<!cap)(?<!ach)ill(?=[eaéo])(?!air)", "ij"),
    ("ae", r"a[iî]|ei|ay|ey", "e"),
    ("ï", r"ï", "i"),
    ("iy", r"[iy](?=[aàâeéèêoôuO2])(?!es?\b)", "j"),
    ("u", r"u(?=[iî])", "y"),
    ("iyî", r"[iîy]", "i"),
    ("éèêë", r"[éèêë]", "e"),
    ("e", r"e\b(?<=\be)", "2"),
    ("e", r"(?<=[^\W\d_])e\b", "@"),
    ("e", r"e(?=(?P<twice>[bcdfglmnprstz])(?P=twice))", "e"),
    ("e", r"e(?=[bcdfgklmnpqrstvxz][bcdfgklmnpqstvxz]|[xz]|[clrfmnbtkp]\b)", "e"),
    ("e", r"e(?=[aàoô])", ""),
    ("e", r"e", "@"),
    ("aàâ", r"[àâa]", "a"),
    ("oôö", r"[ôöo]", "o"),
    ("uùûü", r"[ùûüu]", "y"),
    ("w", r"w", "v"),
    ("h", r"h", ""),
    ("j", r"j", "Z"),
    ("s", r"s", "s"),
)
"""The letters it begins with, a pattern, its sounds: at each letter of a word the first rule that fits wins."""
_RULE = {
    letter: re.compile("|".join(f"(?P<rule{at}>{rule[1]})" for at, rule in enumerate(_RULES) if letter in rule[0]))
    for letter in sorted(set("".join(rule[0] for rule in _RULES)))
}
"""The rules for each letter as one expression: many times faster than trying them one by one."""
_SOUND = {f"rule{at}": rule[2] for at, rule in enumerate(_RULES)}

_ITSELF = frozenset("bdfklmnprtvz")
"""Letters that sound as they are written when no rule says otherwise."""

_LETTERS = {
    "a": "a", "b": "be", "c": "se", "d": "de", "e": "2", "f": "ef", "g": "Ze", "h": "aS", "i": "i", "j": "Zi", "k":
    "ka",
    "l": "el", "m": "em", "n": "en", "o": "o", "p": "pe", "q": "ky", "r": "er", "s": "es", "t": "te", "u": "y", "v":
    "ve",
    "w": "dublve", "x": "iks", "y": "igrek", "z": "zed", "é": "e", "è": "e",
}  # fmt: skip

_LETTERS |= {str(figure): sounds for figure, sounds in enumerate(
    ("zero", "I", "d2", "trwa", "katr@", "sIk", "sis", "set", "yit", "n2f"))}  # fmt: skip
_FIGURES = re.compile(r"(\d+)")
_OE = re.compile(r"\boe|oe(?=u)|(?<=[fcs])oe(?=[lts])|oe(?=d)")
_SAID = ("zéro", "un", "deux", "trois", "quatre", "cinq", "sisse", "sept", "huit", "neuf", "disse", "onze", "douze",
         "treize", "quatorze", "quinze", "seize", "disse-sept", "disse-huit", "disse-neuf")  # fmt: skip
_TENS = ("", "", "vingte", "trente", "quarante", "cinquante", "soixante", "", "quatre-vingt", "")

_NEAR: dict[str, float] = {
    pair: cost
    for cost, pairs in {
        0.15: ("@2", "AO", "sz", "SZ", "ij"),
        0.3: (
            "bp",
            "dt",
            "gk",
            "fv",
            "ou",
            "ei",
            "AI",
            "OI",
            "e@",
            "e2",
            "iy",
            "nN",
            "mn",
            "yu",
            "ea",
            "aA",
            "oO",
            "eI",
        ),
        0.5: (
            "td",
            "kt",
            "pt",
            "lr",
            "sS",
            "zZ",
            "sf",
            "a@",
            "o2",
            "u2",
            "bv",
            "jl",
            "wu",
            "oa",
            "dn",
            "mb",
            "td",
            "gZ",
        ),
    }.items()
    for both in pairs
    for pair in (both, both[::-1])
}
"""What it costs to hear one sound for another, both ways; 1 when it is not here."""
_LOOSE = {
    "w": 0.4, "@": 0.15, "2": 0.6, "j": 0.5, "r": 0.7, "h": 0.3, "t": 0.7, "d": 0.7, "e": 0.7, "l": 0.7, "z": 0.6,
    "s": 0.8,
}  # fmt: skip
_LIAISON = {"s": "z", "x": "z", "z": "z", "n": "n", "t": "t", "d": "t"}


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How one word sounds, in our alphabet.

    Two to four capitals are spelled, and so is a short word with a capital inside (« IgG »); figures are said as a
    number (« B12 » is « b douze »). Use `spelled` to spell anything.
    """
    if _FIGURES.search(word):
        return tidy("".join(_numbered(part) for part in _FIGURES.split(word) if part))
    if 1 < len(word) <= 4 and (word.isupper() or not (word[1:].islower() or word[:1] == "'")):
        return spelled(word)
    text = _opened(unicodedata.normalize("NFC", word.lower()).replace("’", "'"))
    out: list[str] = []
    position = 0
    while position < len(text):
        letter = text[position]
        found = _RULE[letter].match(text, position) if letter in _RULE else None
        if found is None:
            out.append(letter if letter in _ITSELF else "")
            position += 1
        else:
            out.append(_SOUND[str(found.lastgroup)])
            position = found.end()
    return tidy("".join(out))


def _opened(word: str) -> str:
    """« oedème » is « œdème »: only where « oe » is never two vowels."""
    return _OE.sub("œ", word) if "oe" in word else word


def _numbered(part: str) -> str:
    if part.isdecimal():
        return "".join(sound(word) for word in _said(int(part)).split()) if len(part) <= 3 else spelled(part)
    return spelled(part) if len(part) <= 4 else sound(part)


def _said(number: int) -> str:
    """A number under a thousand as it is said."""
    if number >= 100:
        hundreds = "" if number < 200 else _SAID[number // 100] + " "
        return f"{hundreds}cent {_said(number % 100) if number % 100 else ''}"
    if number < len(_SAID):
        return _SAID[number]
    tens = number // 10 - (number // 10 in (7, 9))
    rest = number - 10 * tens
    return f"{_TENS[tens]} {_SAID[rest]}" if rest else _TENS[tens]


def tidy(sounds: str) -> str:
    """A run of one sound is one sound."""
    return re.sub(r"(.)\1+", r"\1", sounds)


def spelled(abbreviation: str) -> str:
    """How an abbreviation sounds when its letters are said one by one."""
    return tidy("".join(_LETTERS.get(letter, "") for letter in abbreviation.lower()))


def foreign(text: str) -> str:
    """A name respelled as it is read when it is not French: each open « e » as « é », each last consonant heard."""
    open_e = re.sub(r"e(?=[bcdfgjklmnprstvz][lr]?[aeiouy])", "é", text.lower())
    return re.sub(r"([aeiouyé])([sdtp])\b", r"\1\2\2e", open_e)


@lru_cache(maxsize=65536)
def phrase(text: str) -> str:
    """How several words sound when said together; a liaison is heard after a small word (les, des, un, est)."""
    words = [word for word in re.split(r"[\s\-]+|(?<=')", text.replace("’", "'")) if word]
    out = ""
    for index, word in enumerate(words):
        out += _elided(word) if word.endswith("'") else sound(word)
        following = words[index + 1] if index + 1 < len(words) else ""
        if following and word.lower() in {"les", "des", "ces", "aux", "un", "en", "est"} and _opens(following):
            out += _LIAISON.get(word[-1].lower(), "")
    return tidy(out)


def _elided(word: str) -> str:
    return {"qu'": "k", "jusqu'": "Zysk", "c'": "s", "j'": "Z"}.get(word.lower(), word[0].lower())


def _opens(word: str) -> bool:
    return word[0].lower() in _VOWEL + "h"


def coarse(sounds: str) -> str:
    """A shorter key for a first, fast search: mute e dropped, near sounds merged."""
    return tidy(sounds.replace("@", "").translate(str.maketrans("AOIzbdgvZN2yju", "OOIsptkfSneiio")))


def likeness(one: str, other: str, *, above: float = 0.0) -> float:
    """How alike two sounds are, from 0 to 1; sounds that a recogniser mistakes for each other cost less.

    Nothing under `above` is told apart from 0: knowing it makes the search faster.
    """
    if one == other:
        return 1.0
    longest = max(_weight(one), _weight(other), 1.0)
    return max(0.0, 1.0 - _distance(one, other, (1.0 - above) * longest + 1e-9) / longest)


def _weight(sounds: str) -> float:
    return len(sounds) - 0.85 * sounds.count("@")


def _distance(one: str, other: str, most: float) -> float:
    """The least cost to turn one into the other; a very large number as soon as it must be more than `most`."""
    row = [0.0]
    gaps = [_LOOSE.get(letter, 1.0) for letter in other]
    for gap in gaps:
        row.append(row[-1] + gap)
    for letter in one:
        gone = _LOOSE.get(letter, 1.0)
        before, left = row[0], row[0] + gone
        row[0] = left
        for column, against in enumerate(other):
            above = row[column + 1]
            here = before if letter == against else before + _NEAR.get(letter + against, 1.0)
            if above + gone < here:
                here = above + gone
            if left + gaps[column] < here:
                here = left + gaps[column]
            before, left = above, here
            row[column + 1] = here
        if min(row) > most:
            return 1e9
    return row[-1]
