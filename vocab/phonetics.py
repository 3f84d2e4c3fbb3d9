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

_FRONT = "eéèêëiîïyœ"
_VOWEL = "aàâeéèêëiîïoôöuùûüyœæ"

_RULES: tuple[tuple[str, str], ...] = (
    # letters that are silent or borrowed from Greek and Latin, at the beginning of a word
    (r"\bh", ""),
    (r"\bps", "ps"),
    (r"\bpt", "pt"),
    (r"\bpn", "pn"),
    (r"\bx", "gz"),
    (r"\bch(?=[rl])", "k"),
    (r"\bch(?=i[mr]u|imi|ir)", "S"),
    (r"\bchol[eéè]", "kole"),
    (r"\bchr", "kr"),
    (r"\bchondr", "kOdr"),
    (r"\bcompt", "kOt"),
    (r"guë", "gy"),
    (r"oids\b", "wa"),
    (r"\bœu", "2"),
    (r"\bes(?=[cptk])", "es"),
    # Greek « ch »
    (r"ch(?=[rlmntsœ])", "k"),
    (r"(?<=[eéo])ch(?=o)", "k"),
    (r"(?<=tra)ch(?=é)", "S"),
    (r"(?<=psy)ch(?=[iao])", "k"),
    (r"(?<=bron)ch(?=o)", "k"),
    (r"(?<=or)ch(?=i)", "k"),
    (r"(?<=y)ch(?=o)", "k"),
    (r"(?<=is)ch", "k"),
    (r"sch", "S"),
    (r"ch", "S"),
    # consonant groups
    (r"ph", "f"),
    (r"th", "t"),
    (r"rrh", "r"),
    (r"rh", "r"),
    (r"gn", "N"),
    (r"sc(?=[eéèêiyœ])", "s"),
    (r"cc(?=[eéèêiyœ])", "ks"),
    (r"c(?=[eéèêëiîïyœæ])", "s"),
    (r"ç", "s"),
    (r"cqu", "k"),
    (r"qu", "k"),
    (r"q", "k"),
    (r"ck", "k"),
    (r"c\b(?<=[n]c)", ""),
    (r"cc|c", "k"),
    (r"gu(?=[eéèêiîy])", "g"),
    (r"ge(?=[aoâôu])", "Z"),
    (r"gg(?=[eé])", "gZ"),
    (r"g(?=[eéèêëiîïy])", "Z"),
    (r"g\b(?<=[nr]g)", ""),
    (r"gg|g", "g"),
    (r"ex(?=[aeéèêiîoôuyhœ])", "egz"),
    (r"x\b(?<=[aio2]x)(?<!ax)(?<!ix)(?<!ox)", ""),
    (r"(?<=[aeo]u)x\b", ""),
    (r"x", "ks"),
    (r"ss", "s"),
    (r"(?<=[aàâeéèêëiîïoôuùûüyœ])s(?=[aàâeéèêëiîïoôuùûüyœh])", "z"),
    (r"(?<=tran)s(?=[aio])", "z"),
    (r"(?<![s])ti(?=on|el|aire|al\b|eux|eus)(?<![sx]ti)", "sj"),
    (r"(?<=\bpa)ti(?=en)", "sj"),
    (r"(?<=[aeéio])tie\b(?<!patie)", "si"),
    # silent ends
    (r"(?<=[a-zéèàœ])ent\b(?<=[ei]ent)(?<!ient)(?<!ment)(?<!dent)(?<!lent)(?<!cent)(?<!tent)(?<!ient)", "A"),
    (r"aient\b", "e"),
    (r"ez\b", "e"),
    (r"(?<=[bcdfgjklmnpqrtvxzsh])ers?\b(?<!hiver)(?<!cancer)(?<!fer)", "e"),
    (r"iers?\b", "je"),
    (r"(?<=[^\W\d_])[ée]es?\b(?<=ées)|(?<=[^\W\d_])ée\b", "e"),
    (r"és\b", "e"),
    (r"(?<=[^\W\d_]{2})es\b", "@"),
    (r"\b(?<=[a-zé])um\b", "om"),
    (r"(?<=[^\W\d_])um\b", "om"),
    (r"(?<=[^\W\d_]{2})us\b", "ys"),
    (r"(?<=[aio])sis\b", "zis"),
    (r"(?<=[^\W\d_])is\b(?<!sis)(?<=[^\W\d_]{3})", "i"),
    (r"[td]s\b(?<=[aeioyuéènràîïûôœ][td]s)", ""),
    (r"(?<=[^\W\d_])[td]s?\b(?<=[aeioyuéènràîïûôœ][td])", ""),
    (r"(?<=[^\W\d_])[tdsz]\b(?<=[aeiouyéènràîïûôœlp][tdsz])(?<!as)(?<!os)(?<!iz)(?<!ns)", ""),
    (r"(?<=[^\W\d_]{2})[sp]\b", ""),
    # nasal vowels (not before a vowel, nor before a doubled n or m)
    (r"(?<=am)en\b", "I"),
    (r"(?<=dom|rum|lum|lut|pol)l?en\b", "en"),
    (r"[yi]en\b", "jI"),
    (r"ien(?=[sc]|ne?t)", "jI"),
    (r"éen\b", "eI"),
    (r"(?:aim|ain|eim|ein|oin)(?![aàâeéèêiîoôuyhnm])", "I"),
    (r"(?:im|in|ym|yn|um|un)(?![aàâeéèêëiîïoôuùûyhnmœ])", "I"),
    (r"(?:am|an|em|en|aon)(?![aàâeéèêëiîïoôuùûyhnmœ])", "A"),
    (r"(?:om|on)(?![aàâeéèêëiîïoôuùûyhnmœ])", "O"),
    (r"e(?=mm|nn)", "e"),
    # vowels in groups
    (r"eau", "o"),
    (r"au", "o"),
    (r"œu|œ(?=[iu])|eû|eu", "2"),
    (r"œ", "e"),
    (r"æ", "e"),
    (r"où|oû|ou(?=[bcdfgjklmnpqrstvxzç]|\b)", "u"),
    (r"ou", "w"),
    (r"oy(?=[aeéè])", "waj"),
    (r"o[iîy]", "wa"),
    (r"ay(?=[aeéo])", "ej"),
    (r"a[iî]ll", "aj"),
    (r"eill?|eil\b", "ej"),
    (r"euill?", "2j"),
    (r"ail\b", "aj"),
    (r"(?<=[^aeoué])ill(?=[eaéo])(?<!vill)(?<!mill)(?<!bacill)(?<!capill)(?<!papill)", "ij"),
    (r"a[iî]|ei|ay|ey", "e"),
    (r"ï", "i"),
    (r"[iy](?=[aàâeéèêoôuO2])(?!es?\b)", "j"),
    (r"u(?=[iî])", "y"),
    (r"[iîy]", "i"),
    (r"[éèêë]", "e"),
    (r"e\b(?<=\be)", "2"),
    (r"(?<=[^\W\d_])e\b", "@"),
    (r"e(?=([bcdfglmnprstz])\1)", "e"),
    (r"e(?=[bcdfgklmnpqrstvxz][bcdfgklmnpqstvxz]|[xz]|[clrfmnbtkp]\b)", "e"),
    (r"e(?=[aàoô])", ""),
    (r"e", "@"),
    (r"[àâa]", "a"),
    (r"[ôöo]", "o"),
    (r"[ùûüu]", "y"),
    (r"w", "v"),
    (r"h", ""),
    (r"j", "Z"),
    (r"([bdfklmnprtvz])\1?", r"\1"),
    (r"s", "s"),
)
_COMPILED = tuple((re.compile(pattern), sound) for pattern, sound in _RULES)

_LETTERS = {
    "a": "a", "b": "be", "c": "se", "d": "de", "e": "2", "f": "ef", "g": "Ze", "h": "aS", "i": "i", "j": "Zi", "k":
    "ka",
    "l": "el", "m": "em", "n": "en", "o": "o", "p": "pe", "q": "ky", "r": "er", "s": "es", "t": "te", "u": "y", "v":
    "ve",
    "w": "dublve", "x": "iks", "y": "igrek", "z": "zed", "1": "I", "2": "d2", "3": "trwa",
}  # fmt: skip
_LETTERS |= {"é": "e", "è": "e"}

_NEAR: dict[frozenset[str], float] = {
    frozenset(pair): cost
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
    for pair in pairs
}
_LOOSE = {"@": 0.15, "2": 0.6, "j": 0.5, "r": 0.7, "h": 0.3, "t": 0.7, "d": 0.7, "e": 0.7, "l": 0.7, "z": 0.6, "s": 0.8}
_LIAISON = {"s": "z", "x": "z", "z": "z", "n": "n", "t": "t", "d": "t"}


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How one word sounds, in our alphabet.

    A word all in capitals of two to five letters without a vowel to lean on is spelled; use `spelled` to force it.
    """
    if word.isupper() and 1 < len(word) <= 4:
        return spelled(word)
    text = unicodedata.normalize("NFC", word.lower()).replace("’", "'")
    out: list[str] = []
    position = 0
    while position < len(text):
        position = _step(text, position, out)
    return tidy("".join(out))


def _step(text: str, position: int, out: list[str]) -> int:
    for pattern, sounds in _COMPILED:
        found = pattern.match(text, position)
        if found and found.end() > position:
            out.append(found.expand(sounds) if "\\" in sounds else sounds)
            return found.end()
    return position + 1


def tidy(sounds: str) -> str:
    """A run of one sound is one sound."""
    return re.sub(r"(.)\1+", r"\1", sounds)


def spelled(abbreviation: str) -> str:
    """How an abbreviation sounds when its letters are said one by one."""
    return tidy("".join(_LETTERS.get(letter, "") for letter in abbreviation.lower()))


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


def likeness(one: str, other: str) -> float:
    """How alike two sounds are, from 0 to 1; sounds that a recogniser mistakes for each other cost less."""
    if one == other:
        return 1.0
    longest = max(_weight(one), _weight(other), 1.0)
    return max(0.0, 1.0 - _distance(one, other) / longest)


def _weight(sounds: str) -> float:
    return sum(0.15 if sound_ == "@" else 1.0 for sound_ in sounds)


def _distance(one: str, other: str) -> float:
    row = [0.0]
    for letter in other:
        row.append(row[-1] + _LOOSE.get(letter, 1.0))
    for letter in one:
        previous, row = row, [row[0] + _LOOSE.get(letter, 1.0)]
        for column, against in enumerate(other, start=1):
            swap = 0.0 if letter == against else _NEAR.get(frozenset((letter, against)), 1.0)
            row.append(
                min(
                    previous[column - 1] + swap,
                    previous[column] + _LOOSE.get(letter, 1.0),
                    row[-1] + _LOOSE.get(against, 1.0),
                )
            )
    return row[-1]
