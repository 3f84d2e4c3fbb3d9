from pathlib import Path

import pytest

from pipeline.agenda.files import BadAgenda
from pipeline.errors import AccessDenied, NotFound
from pipeline.people import addressbook, correspondents
from pipeline.people.addressbook import Imported
from pipeline.people.correspondents import BadCorrespondent, Correspondent
from pipeline.practice import Practice
from tests.fakes import People

RPPS = "99700218896"
BOOK = f"""Nom;Prénom;Civilité;Spécialité;N° RPPS;Adresse;Code postal;Ville;Tél.;E-mail;Adresse MSSanté
LEFÈVRE;Anne;Dr;Cardiologie;{RPPS};1 rue du Parc;69003;Lyon;04 00 00 00 00;;anne.lefevre@medecin.mssante.fr
Dupont;Jean-Pierre;Pr;Pneumologie;10003461033;"CHU
Pavillon B";38000;Grenoble;;;
SSR Les Tilleuls;;;;;;;;;accueil@tilleuls.fr;
"""


def book(tmp_path: Path, text: str = BOOK) -> Path:
    (tmp_path / "carnet.csv").write_text(text, encoding="utf-8")
    return tmp_path / "carnet.csv"


def found(practice: Practice, words: str) -> list[str]:
    with practice.look() as connection:
        return [one.family_name for one in correspondents.find(connection, words)]


def anne(practice: Practice, people: People, **said: str) -> Correspondent:
    asked = {"family_name": "Lefèvre", "given_name": "Anne", "title": "Dr", **said}
    return correspondents.add(practice, people.claire, **asked)


def test_an_address_book_is_read_whole_and_read_twice_adds_nobody(practice: Practice, people: People, tmp_path: Path):
    done = addressbook.read(practice, people.claire, book(tmp_path))
    assert done == Imported(added=3, known=0, removed=(), doubtful=(4,))
    kept = {one.family_name: one for one in correspondents.listing(practice, people.claire)}
    assert kept["LEFÈVRE"].address == "1 rue du Parc\n69003 Lyon"
    assert kept["LEFÈVRE"].secure_email == "anne.lefevre@medecin.mssante.fr"
    assert kept["Dupont"].address == "CHU\nPavillon B\n38000 Grenoble"
    assert kept["LEFÈVRE"].label == "Dr Anne LEFÈVRE, Cardiologie"
    again = addressbook.read(practice, people.claire, book(tmp_path))
    assert again == Imported(added=0, known=3, removed=(), doubtful=(4,))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Petit;Paul;;;123;;;;;;", "Ligne 6 : un numéro RPPS a onze chiffres"),
        ("Petit;Paul;;;;;;;;pas-une-adresse;", "Ligne 6 : une adresse électronique"),
        (";Paul;;;;;;;;;", "Ligne 6 : une colonne obligatoire"),
        ('"Petit;Paul', "les guillemets"),
    ],
)
def test_one_wrong_line_and_nothing_is_imported(
    practice: Practice, people: People, tmp_path: Path, line: str, said: str
):
    with pytest.raises(BadAgenda) as refused:
        addressbook.read(practice, people.claire, book(tmp_path, f"{BOOK}{line}\n"))
    assert said in refused.value.advice
    assert "Rien n'a été importé" in refused.value.advice
    assert "Paul" not in refused.value.advice + str(refused.value)
    assert correspondents.listing(practice, people.claire) == []


def test_a_file_without_names_says_which_columns_are_known(practice: Practice, people: People, tmp_path: Path):
    with pytest.raises(BadAgenda) as refused:
        addressbook.read(practice, people.claire, book(tmp_path, "a;b\n1;2\n"))
    assert "MSSanté" in refused.value.advice


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("lefevre", ["LEFÈVRE"]),
        ("Dr Anne LEFEBVRE", ["LEFÈVRE"]),
        ("dupond jean pierre", ["Dupont"]),
        ("Professeur Dupont", ["Dupont"]),
        ("dupnot", ["Dupont"]),
        ("tilleuls", ["SSR Les Tilleuls"]),
        ("cardiologue", ["LEFÈVRE"]),
        ("dupont grenoble", ["Dupont"]),
        ("dupont lyon", []),
        ("martin", []),
        ("", []),
        ("dr", []),
    ],
)
def test_someone_is_found_without_accents_by_ear_and_with_a_slip(
    practice: Practice, people: People, tmp_path: Path, words: str, names: list[str]
):
    addressbook.read(practice, people.claire, book(tmp_path))
    assert found(practice, words) == names


def test_two_who_resemble_each_other_both_come_the_nearest_first(practice: Practice, people: People):
    for family in ("Lefebvre", "Lefèvre", "Lefèvres"):
        correspondents.add(practice, people.claire, family_name=family)
    assert found(practice, "lefèvre") == ["Lefèvre", "Lefebvre", "Lefèvres"]


def test_someone_is_found_by_their_id(practice: Practice, people: People):
    assert found(practice, anne(practice, people).id) == ["Lefèvre"]


def test_the_same_number_or_the_same_name_and_place_is_the_same_person(practice: Practice, people: People):
    anne(practice, people, rpps=RPPS, address="1 rue du Parc\n69003 Lyon")
    for said in (
        {"rpps": RPPS, "address": "ailleurs"},
        {"family_name": "LEFEVRE", "address": "1, rue du parc - 69003 LYON"},
    ):
        with pytest.raises(BadCorrespondent) as refused:
            anne(practice, people, **said)
        assert "déjà dans la liste" in refused.value.advice


def test_a_homonym_elsewhere_or_with_another_number_is_someone_else(practice: Practice, people: People):
    anne(practice, people, rpps=RPPS, address="1 rue du Parc")
    anne(practice, people, address="2 rue du Lac")
    anne(practice, people, rpps="10003461033", address="1 rue du Parc")
    assert found(practice, "lefevre anne") == ["Lefèvre"] * 3


def test_who_was_removed_is_kept_and_no_import_brings_them_back(practice: Practice, people: People, tmp_path: Path):
    addressbook.read(practice, people.claire, book(tmp_path))
    (one,) = correspondents.search(practice, people.claire, "lefevre")
    correspondents.remove(practice, people.claire, one.id)
    assert found(practice, "lefevre") == []
    assert found(practice, one.id) == []
    assert addressbook.read(practice, people.claire, book(tmp_path)).removed == (2,)
    with pytest.raises(BadCorrespondent) as refused:
        anne(practice, people, rpps=RPPS)
    assert one.id in refused.value.advice
    assert one.id in {other.id for other in correspondents.listing(practice, people.claire, removed=True)}
    correspondents.change(practice, people.claire, one.id, phone="05")
    assert found(practice, "lefevre") == ["LEFÈVRE"]


def test_what_is_not_said_does_not_change(practice: Practice, people: People):
    one = anne(practice, people, rpps=RPPS, phone="04")
    changed = correspondents.change(practice, people.claire, one.id, family_name="Roy", phone="")
    assert (changed.family_name, changed.phone, changed.rpps) == ("Roy", "", RPPS)
    assert found(practice, "roy anne") == ["Roy"]
    assert found(practice, "lefevre") == []


def test_a_change_makes_nobody_a_double(practice: Practice, people: People):
    anne(practice, people, rpps=RPPS)
    other = anne(practice, people, rpps="10003461033")
    with pytest.raises(BadCorrespondent):
        correspondents.change(practice, people.claire, other.id, rpps=RPPS)


@pytest.mark.parametrize(
    "said", [{"family_name": " "}, {"email": "x"}, {"secure_email": "a b@c.fr"}, {"email": "a@b.fr, c@d.fr"}]
)
def test_a_correspondent_is_refused_with_the_reason(practice: Practice, people: People, said: dict):
    with pytest.raises(BadCorrespondent):
        anne(practice, people, **said)


def test_the_technical_account_reads_no_address_book(practice: Practice, people: People):
    for act in (correspondents.listing, correspondents.search, correspondents.remove):
        with pytest.raises(AccessDenied):
            act(practice, people.technique, *([] if act is correspondents.listing else ["x"]))
    with pytest.raises(NotFound):
        correspondents.remove(practice, people.claire, "0000000000")
