"""The checks as a spaCy component, usable without the rest of Copiste.

    import spacy
    nlp = spacy.blank("fr")                     # or any French pipeline, at any place in it
    nlp.add_pipe("copiste_vocabulary")          # or config={"folders": ["/cabinet/vocab"]}
    for flag in nlp("Bisoprolol 200 mg le matin.")._.flags:
        print(flag.start, flag.end, flag.kind, flag.severity, flag.reason, flag.suggestions)

`doc._.flags` is a tuple of `vocab.flag.Flag`, in reading order; `start` and `end` count characters of `doc.text`
(`doc.char_span(flag.start, flag.end, alignment_mode="expand")` gives the span). The document is not changed otherwise,
and no pipe is needed before. `folders` are folders of vocabulary of a practice, read over the shipped one.

Importing this module imports spaCy; nothing else of the package does. spaCy finds the component by its entry point
when Copiste is installed, otherwise import this module first.
"""

from collections.abc import Iterable
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from vocab.check import check
from vocab.flag import Flag
from vocab.lexicon import Lexicon, load

NAME = "copiste_vocabulary"


class Vocabulary:
    """A spaCy component that keeps the places to look at in `doc._.flags`."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __call__(self, doc: Doc) -> Doc:
        """Read one document; it is not changed otherwise."""
        found: tuple[Flag, ...] = check(doc.text, self._lexicon)
        doc._.flags = found
        return doc


@Language.factory(NAME, default_config={"folders": []}, assigns=["doc._.flags"])
def create(nlp: Language, name: str, folders: Iterable[str]) -> Vocabulary:
    """The component, with the shipped vocabulary and a practice's folders over it.

    LexiconError when a file of a folder is not usable.
    """
    if not Doc.has_extension("flags"):
        Doc.set_extension("flags", default=())
    return Vocabulary(load([Path(folder) for folder in folders]))
