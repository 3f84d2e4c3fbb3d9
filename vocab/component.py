"""The checks as a spaCy component: `nlp.add_pipe("copiste_vocabulary")`, then `doc._.flags`.

Importing this module imports spaCy; nothing else of the package does.
"""

from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Doc

from vocab.check import check
from vocab.flag import Flag
from vocab.lexicon import load

if TYPE_CHECKING:
    from vocab.lexicon import Lexicon


class Vocabulary:
    """A spaCy component that keeps the places to look at in `doc._.flags`."""

    def __init__(self, lexicon: "Lexicon") -> None:
        self._lexicon = lexicon

    def __call__(self, doc: Doc) -> Doc:
        """Read one document; it is not changed otherwise."""
        found: tuple[Flag, ...] = check(doc.text, self._lexicon)
        doc._.flags = found
        return doc


@Language.factory("copiste_vocabulary")
def create(nlp: Language, name: str) -> Vocabulary:
    """The component, with the shipped vocabulary."""
    if not Doc.has_extension("flags"):
        Doc.set_extension("flags", default=())
    return Vocabulary(load())
