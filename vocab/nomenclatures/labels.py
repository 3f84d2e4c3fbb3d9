"""The words and short expressions of official labels, as vocabulary.

Knows which labels a doctor could dictate as they are, how œ was written in old files, and to keep only what the known
vocabulary and everyday French do not have: the rest would only slow the search and mislead it.
"""

import re
from collections.abc import Iterable, Iterator

from vocab import general
from vocab.folding import fold
from vocab.lexicon import Lexicon
from vocab.nomenclatures.harvest import Row

_WORD = re.compile(r"[^\W\d_]{5,}(?:-[^\W\d_]{3,})*")
_LIGATURE = re.compile(
    r"o(?=e(?:d[eè]m|soph|str|il\b))|(?<=f)o(?=et[aou])|(?<=\b[cn])o(?=eu[rd])|(?<=\bman)o(?=euvr)", re.I
)
_PLAIN = re.compile(r"[^\W\d_][^\d,;:()\[\]/*]*")
_NOT_SAID = re.compile(
    r"^(?:autres?|certaines?|présence|antécédents|examen|soins)\b| - |\bSAI\b|\bNCA\b", re.IGNORECASE
)
_MOST_WORDS = 4
_LONGEST = 50


def with_ligatures(label: str) -> str:
    """« oesophage » is written « œsophage »: ISO-8859-1 files have no œ."""
    return re.sub("œe", "œ", _LIGATURE.sub("œ", label))


def rows(labels: Iterable[str], known: Lexicon, *, kind: str, source: str) -> tuple[Row, ...]:
    """Terms that labels bring: the short ones whole, and each word that nothing knows. In order, each once."""
    found: dict[str, Row] = {}
    for label in map(with_ligatures, labels):
        for text, what in (*_whole(label, known, kind), *_words(label, known)):
            found.setdefault(fold(text), (text, what, "", "", source))
    return tuple(found[key] for key in sorted(found))


def _whole(label: str, known: Lexicon, kind: str) -> Iterator[tuple[str, str]]:
    """The label itself when it is short, plain, and holds a word that is not an everyday one."""
    words = label.split()
    if len(words) > _MOST_WORDS or len(label) > _LONGEST or not _PLAIN.fullmatch(label) or _NOT_SAID.search(label):
        return
    text = _opened(label)
    if known.find(text) is None and len(words) > 1 and any(not general.familiar(word.lower()) for word in words):
        yield text, kind


def _words(label: str, known: Lexicon) -> Iterator[tuple[str, str]]:
    for place, found in enumerate(_WORD.finditer(label)):
        word = found.group()
        if word.isupper() or fold(word) in known.words or general.familiar(word.lower()):
            continue
        name = word[0].isupper() and place > 0 and found.start() > 0
        yield (word, "eponym") if name else (word.lower(), "term")


def _opened(label: str) -> str:
    """A label without the capital of its first word, unless the word is all in capitals."""
    first = label.split()[0]
    return label if first.isupper() and len(first) > 1 else label[0].lower() + label[1:]
