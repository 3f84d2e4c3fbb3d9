"""The parts of a letter read from its text alone, so that they can be read again after a person changed it.

Knows how a typed letter looks: title, identity lines, greeting, body with its headings, closing, copies.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.letters.kinds import SectionLike
from pipeline.types import Block, Role
from vocab.folding import fold

_BORN = re.compile(r"\bn[ée](?:\(e\)|e)? le\b", re.IGNORECASE)
_IDENTITY = re.compile(r"^(?:patiente?|patient\(e\)|enfant)\s*:", re.IGNORECASE)
_HEAD_LINE = re.compile(
    r"^(?:consultation du|examen du|date\b|intervention du|prescripteur|dossier|hospitalis|arrivée?|adressée?|vue? le"
    r"|médecin traitant|opérateur|séjour|entrée le|acte du|passage du|compte rendu du)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:mon |ma )?(?:chers?|chères?|madame|monsieur|mademoiselle|docteur)\b[^.:]{0,60},$", re.IGNORECASE
)
_CLOSING = re.compile(
    r"^(?:bien |très )?(?:confraternel|cordial|amical|respectueu)|^amitiés|^bien à vous"
    r"|^je vous prie (?:de croire|d'agréer)"
    r"|^veuillez (?:agréer|croire|recevoir)|^avec mes (?:remerciements|salutations)|^sincères salutations|^copies? :"
    r"|^recevez,|^croyez,",
    re.IGNORECASE,
)
_TITLE_LENGTH = 120

Line = tuple[int, int, str]


def blocks(text: str, *, sections: Sequence[SectionLike]) -> tuple[Block, ...]:
    """The blocks of a text, in order, without overlap; blank lines belong to none."""
    lines = list(_lines(text))
    roles = _roles(lines, text)
    named = _sections(lines, roles, sections)
    found: list[Block] = []
    for (start, end, _), role, section in zip(lines, roles, named, strict=True):
        before = found[-1] if found else None
        joins = before and before.role == role and before.section == section
        if before and joins and (role in ("identity", "closing", "body")):
            found[-1] = Block(role=role, section=section, start=before.start, end=end)
        else:
            found.append(Block(role=role, section=section, start=start, end=end))
    return tuple(found)


def _lines(text: str) -> Iterator[Line]:
    for found in re.finditer(r"[^\n]+", text):
        stripped = found[0].strip()
        if stripped:
            start = found.start() + found[0].index(stripped)
            yield start, start + len(stripped), stripped


def _roles(lines: Sequence[Line], text: str) -> list[Role]:
    identity = next((i for i, line in enumerate(lines[:6]) if _IDENTITY.search(line[2]) or _BORN.search(line[2])), None)
    greeting = next((i for i, line in enumerate(lines[:12]) if _GREETING.match(line[2])), None)
    closing = _closing_start(lines)
    head_end = _head_end(lines, identity, greeting, text)
    roles: list[Role] = []
    for index in range(len(lines)):
        if index >= closing:
            roles.append("closing")
        elif index == greeting:
            roles.append("greeting")
        elif index < head_end:
            roles.append("identity" if identity is not None and index >= identity else "title")
        elif index == 0 and _is_title(lines, text):
            roles.append("title")
        else:
            roles.append("body")
    return roles


def _head_end(lines: Sequence[Line], identity: int | None, greeting: int | None, text: str) -> int:
    """The index after the last line of the head."""
    if identity is None:
        return 0
    end = identity + 1
    while end < len(lines) and end != greeting and _HEAD_LINE.match(lines[end][2]):
        if "\n\n" in text[lines[end - 1][1] : lines[end][0]]:
            break
        end += 1
    return end


def _is_title(lines: Sequence[Line], text: str) -> bool:
    line = lines[0][2]
    alone = len(lines) > 1 and "\n\n" in text[lines[0][1] : lines[1][0]]
    return alone and len(line) <= _TITLE_LENGTH and not line.endswith((".", ",", ":", ";"))


def _closing_start(lines: Sequence[Line]) -> int:
    """The index of the closing formula: the first closing line of the last five."""
    for index in range(max(1, len(lines) - 5), len(lines)):
        if _CLOSING.match(lines[index][2]):
            return index
    return len(lines)


def _sections(lines: Sequence[Line], roles: Sequence[Role], sections: Sequence[SectionLike]) -> list[str]:
    names = {fold(name): section.id for section in sections for name in (*section.spoken, section.heading)}
    longest = sorted(names, key=len, reverse=True)
    current, out = "", list[str]()
    for (_, _, line), role in zip(lines, roles, strict=True):
        if role == "body":
            current = _opened(fold(line), names, longest) or current
        out.append(current if role == "body" else "")
    return out


def _opened(line: str, names: dict[str, str], longest: Sequence[str]) -> str:
    heading, colon, _ = line.partition(" :")
    if colon and heading.strip() in names:
        return names[heading.strip()]
    for name in longest:
        if line.startswith(name) and line[len(name) :].lstrip()[:1] in (",", ":", ""):
            return names[name]
    return ""
