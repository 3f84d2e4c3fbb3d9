"""An agenda read from a file: our CSV (`date;heure;nom;prénom;né le;médecin;correspondant`) or an ICS calendar.

Columns go by their name, in any order, `;`, `,` or tabulation between; dates are JJ/MM/AAAA, times are those of the
practice. Refuses what it cannot read and says which line, never what is written there.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from archive.names import plain
from pipeline.agenda import Appointment
from pipeline.errors import CopisteError

_FIRST_BORN = date(1900, 1, 1)
LARGEST = 20_000_000
"""Bytes: an agenda of years is ten times smaller."""
Columns = Mapping[str, tuple[str, ...]]
"""Our name for each column, and the headings it goes by, plain."""
Line = tuple[int, dict[str, str]]
"""The number of a line in its file, and what it says."""
_AGENDA = "date;heure;nom;prénom;né le;médecin;correspondant"
_COLUMNS: Columns = {
    "day": ("date", "jour", "date du rendez vous", "date rdv", "date rendez vous", "date de rdv"),
    "at": ("heure", "horaire", "heure de debut", "debut", "heure rdv"),
    "family_name": ("nom", "nom de famille", "nom patient", "nom du patient", "nom usuel", "nom d usage"),
    "given_name": ("prenom", "prenoms", "prenom patient", "prenom du patient"),
    "birth_date": ("ne le", "nee le", "ne e le", "date de naissance", "naissance", "ddn"),
    "doctor": ("medecin", "praticien", "docteur", "agenda"),
    "correspondent": ("correspondant", "medecin traitant", "adresse par", "adresseur", "medecin correspondant"),
    "sex": ("sexe",),
}
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})|(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})?")
_CIVILITY = re.compile(
    r"^(?:m\.?|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle|enfant|patiente?)\s+", re.IGNORECASE
)
_BORN = re.compile(r"(?:\bn[ée]+e?(?:\(e\))?\s+le|naissance|\bddn)\s*:?\s*([\d/.\-]{8,10})", re.IGNORECASE)
_ASIDE = re.compile(r"\s+[-–—:|/]\s+|\s*[(,;].*$|\s+n[ée]+e?\s+le\b.*$", re.IGNORECASE)


class BadAgenda(CopisteError):
    """A file of appointments or of patients cannot be read as one."""

    code = "E068"
    exit_code = 68
    advice = "Ce fichier ne peut pas être lu : attendu, un CSV (date;heure;nom;prénom;né le;médecin) ou un ICS."


def read(path: Path, *, zone: ZoneInfo) -> tuple[Appointment, ...]:
    """The appointments of a file. BadAgenda when it is neither, or when a line of it cannot be used."""
    text = _text(path)
    if text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        return tuple(_events(text, zone))
    return tuple(_appointment(row, line, zone) for line, row in rows(text, needed=("day", "family_name")))


def table(path: Path, *, columns: Columns = _COLUMNS, expected: str = "nom;prénom;né le;sexe") -> list[Line]:
    """The rows of a CSV of people, with their line numbers: each has a family name. BadAgenda as in `read`.

    `columns` are the headings that are known, `expected` those that are told to whoever gave a file without them.
    """
    return list(rows(_text(path), needed=("family_name",), columns=columns, expected=expected))


def _text(path: Path) -> str:
    if not path.is_file():
        raise BadAgenda("no such file", advice="Ce fichier n'existe pas.")
    if path.stat().st_size > LARGEST:
        raise BadAgenda("file too large", advice="Ce fichier est trop gros pour un agenda.")
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # a spreadsheet's « Unicode text »
        return _decoded(data)
    if b"\0" in data or not data.strip():
        raise BadAgenda("binary or empty file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise BadAgenda("broken UTF-16") from error


def rows(text: str, *, needed: tuple[str, ...], columns: Columns = _COLUMNS, expected: str = _AGENDA) -> Iterator[Line]:
    """Each line of a CSV by our names for its columns; BadAgenda when a needed column or cell is missing."""
    text = text.lstrip("\r\n")
    head = text.split("\n", 1)[0]
    delimiter = max((";", ",", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    found: dict[int, str] = {}
    width = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not found:
                found, width = _headings(cells, needed, columns, expected), len(cells)
                continue
            row = {found[i]: cell.strip() for i, cell in enumerate(cells) if i in found}
            beyond = any(cell.strip() for cell in cells[width:])
            if beyond or not all(plain(row.get(name, "")) for name in needed):
                raise bad(reader.line_num, "une colonne obligatoire est vide, ou il y a trop de colonnes")
            yield reader.line_num, row
    except csv.Error as error:
        raise bad(reader.line_num, "les guillemets ne sont pas fermés") from error


def _headings(cells: list[str], needed: tuple[str, ...], columns: Columns, expected: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for i, cell in enumerate(cells):
        ours = next((name for name, theirs in columns.items() if plain(cell) in theirs), "")
        if ours and ours not in found.values():
            found[i] = ours
    if not set(needed) <= set(found.values()):
        raise BadAgenda("missing columns", advice=f"La première ligne doit nommer les colonnes : {expected}.")
    return found


def bad(line: int, why: str) -> BadAgenda:
    """What is told of a line that cannot be used: its number and why, never what is written there."""
    return BadAgenda(f"line {line}", advice=f"Ligne {line} : {why}. Rien n'a été importé.")


def _appointment(row: Mapping[str, str], line: int, zone: ZoneInfo) -> Appointment:
    day = day_of(row["day"], line)
    at = _moment(day, row["at"], line, zone) if row.get("at") else None
    born = born_on(row, line)
    return Appointment(
        day=day, at=at, family_name=row["family_name"], given_name=row.get("given_name", ""), birth_date=born,
        doctor=row.get("doctor", ""), correspondent=row.get("correspondent", ""),
    )  # fmt: skip


def day_of(text: str, line: int) -> date:
    """A date of a file; BadAgenda with the line when it is not one."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found:
            day, month, year, *iso = found.groups()
            return date(int(year), int(month), int(day)) if year else date(*(int(part) for part in iso))
    except ValueError as error:
        raise bad(line, "cette date n'existe pas") from error
    raise bad(line, "une date s'écrit JJ/MM/AAAA")


def born_on(row: Mapping[str, str], line: int) -> date | None:
    """The birth date of a row, if it has one; BadAgenda when nobody can be born then."""
    born = day_of(row["birth_date"], line) if row.get("birth_date") else None
    if born and not _FIRST_BORN <= born <= datetime.now(UTC).date():
        raise bad(line, "cette date de naissance est impossible")
    return born


def _moment(day: date, text: str, line: int, zone: ZoneInfo) -> datetime:
    found = _TIME.match(text)
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise bad(line, "une heure s'écrit HH:MM")
    return datetime.combine(day, time(int(found[1]), int(found[2] or 0)), tzinfo=zone).astimezone(UTC)


def _events(text: str, zone: ZoneInfo) -> Iterator[Appointment]:
    from icalendar import Calendar

    try:
        events = list(Calendar.from_ical(text).walk("VEVENT"))
    except (ValueError, KeyError, IndexError) as error:
        raise BadAgenda("broken calendar", advice="Cet agenda ICS est abîmé : exportez-le à nouveau.") from error
    for event in events:
        begin = event.get("DTSTART")
        moment = getattr(begin, "dt", None)
        if not isinstance(moment, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue  # a holiday, a cancelled appointment
        if not _FIRST_BORN.year <= moment.year <= 2200:
            continue
        local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
        family, given = _named(str(event.get("SUMMARY", "")))
        if family:
            about = f"{event.get('SUMMARY', '')} {' '.join(_BORN.findall(str(event.get('DESCRIPTION', ''))))}"
            yield Appointment(
                day=local.date(), at=local.astimezone(UTC), family_name=family, given_name=given,
                birth_date=_born(about, local.date()),
            )  # fmt: skip


def _named(summary: str) -> tuple[str, str]:
    """« Mme DUPONT Jeanne - consultation » names a family and a given name; « Réunion » names nobody."""
    words = _CIVILITY.sub("", _ASIDE.split(summary.strip())[0].strip()).split()
    family = [word for word in words if word.isupper() and len(word) > 1]
    given = [word for word in words if not word.isupper() and word[:1].isupper()]
    if family:
        return " ".join(family), " ".join(given)
    from vocab import names

    known = [word for word in words if names.gender(word)]
    if len(words) == 2 and known:
        first = known[0]
        other = words[1] if words[0] == first else words[0]
        return other, first
    return (words[0], "") if len(words) == 1 and _CIVILITY.match(summary.strip()) else ("", "")


def _born(text: str, day: date) -> date | None:
    for found in _DAY.finditer(text):
        try:
            born = day_of(found[0], 0)
        except BadAgenda:
            continue
        if born < day:
            return born
    return None
