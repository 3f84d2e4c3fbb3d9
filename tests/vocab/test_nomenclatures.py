import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vocab import nomenclatures
from vocab.check import check
from vocab.lexicon import Entry, Strength, load
from vocab.nomenclatures import Imported, Kind, NomenclatureError, own
from vocab.nomenclatures.strengths import quantities, written
from vocab.nomenclatures.substances import spoken_name

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MEDICINES = "medicaments-bdpm"


def product(code: int, name: str, *, form: str = "comprimé", kind: str = "Procédure nationale") -> str:
    cells = [str(code), name, form, "orale", "Autorisation active", kind, "Commercialisée", "01/01/2020", "", "",
             " LABO ALMUS", "Non"]  # fmt: skip
    return "\t".join(cells)


def composition(code: int, name: str, dosage: str, *, nature: str = "SA", link: int = 1) -> str:
    return "\t".join([str(code), "comprimé", "00001", name, dosage, "un comprimé", nature, str(link)])


@pytest.fixture
def bdpm(tmp_path: Path) -> Path:
    """Products of every shape that the official files have, made up."""
    folder = tmp_path / "bdpm"
    folder.mkdir()
    products = [
        product(60000001, "ZORGLUBINE ALMUS 5 mg, comprimé"),
        product(60000002, "ZORGLUBINE LABO 7,50 mg, comprimé", form="comprimé à libération prolongée"),
        product(60000003, "VRANIXO 5 mg, comprimé"),
        product(60000004, "ARNICARIX BOIRON, granules", kind="Enreg homéo (Proc. Nat.)"),
        product(60000005, "VRANIDUO 5 mg/10 mg, comprimé"),
        product(60000006, "SORGLUBINE ALMUS 20 mg, comprimé"),
        product(60000007, "PLUMIFEX 10 mg/ml, solution injectable"),
        product(60000008, "ACTARIX, granules"),
    ]
    substances = [
        composition(60000001, "ZORGLUBATE DE CALCIUM", "6,94 mg"),
        composition(60000001, "ZORGLUBINE", "5,00 mg", nature="FT"),
        composition(60000002, "ZORGLUBINE (CHLORHYDRATE DE)", "7,50 mg"),
        composition(60000003, "ZORGLUBINE SODIQUE", "5 mg"),
        composition(60000004, "ARNICATOL", "4CH"),
        composition(60000008, "ACTAEA POUR PRÉPARATIONS HOMÉOPATHIQUES", "4CH"),
        composition(60000005, "ZORGLUBINE", "5 mg"),
        composition(60000005, "ACIDE PLUMIQUE", "10 mg", link=2),
        composition(60000006, "SORGLUBINE", "20 mg"),
        composition(60000007, "ACIDE PLUMIQUE", "10 mg"),
    ]
    (folder / "CIS_bdpm.txt").write_bytes("\r\n".join([*products, ""]).encode("cp1252"))
    (folder / "CIS_COMPO_bdpm.txt").write_bytes("\r\n".join([*substances, ""]).encode("cp1252"))
    return folder


def imported(path: Path, folder: Path, kind: Kind | None = None) -> Imported:
    return nomenclatures.import_source(path, folder=folder, kind=kind, now=NOW)


def entry(folder: Path, text: str) -> Entry:
    found = load([folder]).find(text)
    assert found is not None, text
    return found


def test_medicines_lose_their_salt_and_their_laboratory(bdpm: Path, tmp_path: Path) -> None:
    done = imported(bdpm, tmp_path)
    zorglubine = entry(tmp_path, "zorglubine")
    assert zorglubine.kind == "substance"
    assert zorglubine.weight == 4
    assert zorglubine.strengths == (Strength(value=5.0, unit="mg"), Strength(value=7.5, unit="mg"))
    assert set(zorglubine.presentations) == {"comprimé", "LP"}
    assert done.record.rows == 8
    assert load([tmp_path]).find("zorglubate de calcium") is None


def test_brands_know_their_substances_and_generics_are_not_brands(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    assert entry(tmp_path, "vranixo").text == "Vranixo"
    assert entry(tmp_path, "Vranixo").substance == "zorglubine"
    assert entry(tmp_path, "Vraniduo").substance == "zorglubine/acide plumique"
    brands = {one.text for one in load([tmp_path]).entries if one.own and one.kind == "brand"}
    assert brands == {"Vranixo", "Vraniduo", "Plumifex"}


def test_a_concentration_is_not_a_strength(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    assert entry(tmp_path, "Plumifex").strengths == ()
    assert entry(tmp_path, "acide plumique").strengths == (Strength(value=10.0, unit="mg"),)


def test_names_that_sound_alike_are_paired_at_import(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    assert [other for other, _ in load([tmp_path]).twins["sorglubine"]] == ["zorglubine"]


def test_strengths_of_an_import_feed_the_dose_check(bdpm: Path, tmp_path: Path) -> None:
    text = "Zorglubine 50 mg le matin."
    imported(bdpm, tmp_path)
    (flag,) = [one for one in check(text, load([tmp_path])) if one.kind == "dose"]
    assert flag.severity == "block"
    assert "5 mg" in flag.reason
    assert not [one for one in check(text.replace("50", "5"), load([tmp_path])) if one.kind == "dose"]


@pytest.mark.parametrize(
    ("official", "spoken"),
    [
        ("BÉSILATE D'AMLODIPINE", "amlodipine"), ("DILTIAZEM (CHLORHYDRATE DE)", "diltiazem"),
        ("RISÉDRONATE MONOSODIQUE ANHYDRE", "risédronate"), ("VALPROATE DE SODIUM", "valproate de sodium"),
        ("NIFLUMIQUE (ACIDE)", "acide niflumique"), ("DINITRATE D'ISOSORBIDE", "dinitrate d'isosorbide"),
        ("POTASSIUM (CHLORURE DE)", "chlorure de potassium"), ("ÉNOXAPARINE SODIQUE ", "énoxaparine"),
        ("ARNICA MONTANA POUR PRÉPARATIONS HOMÉOPATHIQUES", ""), ("INDIUM [111 IN] (CHLORURE D')", ""),
        ("CANDÉSARTAN CILEXÉTIL", "candésartan"), ("PHOSPHATE DIPOTASSIQUE", "phosphate dipotassique"),
        ("FUMARATE DE FORMOTÉROL DIHYDRATÉ", "formotérol"), ("EXTRAIT SEC DE ROMARIN", ""),
    ],
)  # fmt: skip
def test_a_substance_is_named_as_doctors_say_it(official: str, spoken: str) -> None:
    assert spoken_name(official) == spoken


@pytest.mark.parametrize(
    ("wording", "strengths"),
    [
        ("7,50 mg", ("7,5 mg",)), ("10,0 mg", ("10 mg",)), ("0.5 mg", ("0,5 mg",)), ("1 g", ("1000 mg",)),
        ("75,0 microgrammes", ("75 µg",)), ("12 000 UI (120 mg)/0,8 ml", ("12000 UI", "120 mg")),
        ("160 mg/8 ml", ("160 mg",)), ("10 mg/ml", ()), ("100 unités/ml", ()), ("100 unités internationales/ml", ()),
        ("2 %", ()), ("1 M UI", ("1000000 UI",)), ("50 mg/12,5 mg", ("12,5 mg", "50 mg")), ("60,277 mg", ()),
    ],
)  # fmt: skip
def test_a_strength_is_read_from_official_wordings(wording: str, strengths: tuple[str, ...]) -> None:
    assert sorted(written(quantities(wording))) == sorted(strengths)


def test_a_shipped_medicine_keeps_its_spelling_under_the_official_name(bdpm: Path, tmp_path: Path) -> None:
    with (bdpm / "CIS_bdpm.txt").open("ab") as products, (bdpm / "CIS_COMPO_bdpm.txt").open("ab") as substances:
        products.write((product(60000009, "PREVISCAN 20 mg, comprimé") + "\r\n").encode("cp1252"))
        substances.write((composition(60000009, "FUROSEMIDE", "20 mg") + "\r\n").encode("cp1252"))
    imported(bdpm, tmp_path)
    assert entry(tmp_path, "previscan").text == "Préviscan"
    assert entry(tmp_path, "furosemide").text == "furosémide"
    assert entry(tmp_path, "furosemide").source == "bdpm"


def test_a_zip_is_read_as_its_folder(bdpm: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bdpm.zip", "w") as archive:
        for file in bdpm.iterdir():
            archive.write(file, f"telechargement/{file.name}")
    imported(tmp_path / "bdpm.zip", tmp_path)
    assert entry(tmp_path, "Vranixo").own


def refused(path: Path, folder: Path, kind: Kind | None = None) -> NomenclatureError:
    with pytest.raises(NomenclatureError) as caught:
        imported(path, folder, kind)
    assert not (folder / "imported").exists()
    assert not (folder / "imports.json").exists()
    assert caught.value.advice.endswith("Rien n'a été importé.")
    return caught.value


def test_a_row_with_another_number_of_columns_is_refused_with_its_line(bdpm: Path, tmp_path: Path) -> None:
    with (bdpm / "CIS_COMPO_bdpm.txt").open("ab") as file:
        file.write(b"60000001\tcomprim\xe9\tDURAND Jean\r\n")
    error = refused(bdpm, tmp_path)
    assert error.line == 11
    assert "ligne 11" in error.advice
    assert "DURAND" not in str(error) + error.advice


def test_an_official_name_on_another_file_is_refused(bdpm: Path, tmp_path: Path) -> None:
    (bdpm / "CIS_GENER_bdpm.txt").write_text("a\tb\tc\td\te\n", encoding="utf-8")
    assert "BDPM" in refused(bdpm, tmp_path).advice


def test_a_folder_without_the_compositions_is_refused(bdpm: Path, tmp_path: Path) -> None:
    (bdpm / "CIS_COMPO_bdpm.txt").unlink()
    assert "cis_compo_bdpm.txt" in refused(bdpm, tmp_path).advice


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("vide.csv", b"  \r\n", "vide"), ("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "fichier de texte"),
        ("rapport.docx", b"Bonjour", "rien de connu"), ("vide.dic", b"\xff\xfe", "vide"),
        ("coupe.dic", b"900\nzorglub\n", "incomplet"), ("rien.csv", b"CNAM - CCAM version 81,,,,,,,,,,\n", "CCAM"),
    ],
)  # fmt: skip
def test_what_is_not_a_vocabulary_is_refused(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert says in refused(tmp_path / name, tmp_path).advice


def test_a_zip_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocab.nomenclatures.given.FILE_LIMIT", 1000)
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("CIS_bdpm.txt", b"0" * 100_000)
        archive.writestr("CIS_COMPO_bdpm.txt", b"0")
    assert "dépasse" in refused(tmp_path / "b.zip", tmp_path).advice


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("LIBCIM10MULTI.TXT", b"A000 |0|NOOO|0|CHOLERA|Cholera\r\n" * 50)
    data = bytearray((tmp_path / "b.zip").read_bytes())
    data[60:70] = b"##########"
    (tmp_path / "b.zip").write_bytes(data)
    assert "abîmée" in refused(tmp_path / "b.zip", tmp_path).advice


def test_a_refused_import_leaves_the_previous_one(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    (bdpm / "CIS_bdpm.txt").write_text("", encoding="utf-8")
    with pytest.raises(NomenclatureError):
        imported(bdpm, tmp_path)
    assert entry(tmp_path, "Vranixo").own
    assert len(nomenclatures.imports(tmp_path)) == 1


def test_each_import_is_recorded_with_its_date_and_fingerprint(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    (kept,) = json.loads((tmp_path / "imports.json").read_text(encoding="utf-8"))["imports"]
    assert kept["date"] == "2026-11-22T08:30:00+00:00"
    assert len(kept["sha256"]) == 64
    assert kept["rows"] == 8
    assert kept["file"] == "bdpm"


def test_an_import_with_many_fewer_rows_replaces_the_previous_one_with_a_warning(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    lines = (bdpm / "CIS_bdpm.txt").read_bytes().splitlines(keepends=True)
    (bdpm / "CIS_bdpm.txt").write_bytes(b"".join(lines[:2]))
    done = imported(bdpm, tmp_path)
    assert "2 lignes au lieu de 8" in done.warnings[0]
    assert load([tmp_path]).find("Vranixo") is None
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".import")] == []


CIM10 = "\r\n".join(
    [
        "A000    |0|NOOO|0|CHOLERA|Zorglubose à Vibrio",
        "K210    |0|NOOO|0|OESOPHAGITE|Vranite de l'oesophage",
        "L000    |0|NOOO|0|SYNDROME|Syndrome de Zorgman",
        "V100    |2|NNNO|1|CYCLISTE|Cycliste plumifexé dans une collision",
        "",
    ]
)


def test_the_cim10_brings_diseases_and_words_in_its_old_encoding(tmp_path: Path) -> None:
    (tmp_path / "LIBCIM10MULTI.TXT").write_bytes(CIM10.encode("iso-8859-1"))
    done = imported(tmp_path / "LIBCIM10MULTI.TXT", tmp_path)
    assert done.record.kind == "cim10"
    assert entry(tmp_path, "vranite de l'œsophage").kind == "disease"
    assert entry(tmp_path, "zorglubose").kind == "term"
    assert entry(tmp_path, "zorgman").text == "Zorgman"
    assert load([tmp_path]).find("plumifexé") is None


def test_importing_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "LIBCIM10MULTI.TXT").write_bytes(CIM10.encode("iso-8859-1"))
    first, second = (imported(tmp_path / "LIBCIM10MULTI.TXT", tmp_path) for _ in range(2))
    assert first == second
    assert entry(tmp_path, "zorglubose").own


def test_a_line_that_is_not_a_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "LIBCIM10MULTI.TXT").write_text(CIM10 + "!!|0|NOOO|0|X|Y\r\n", encoding="utf-8")
    assert refused(tmp_path / "LIBCIM10MULTI.TXT", tmp_path).line == 5


def test_the_ccam_brings_the_words_of_its_acts_only(tmp_path: Path) -> None:
    rows = [
        "CNAM - CCAM version 81 applicable 01/01/2026,,,,,,,,,,", 'Code,,Texte,Activité,Phase,"Tarif\n1",,,,,',
        "1,,TITRE FLURBEUX,,,,,,,,", 'AHQP001,,"Zorglubectomie [ZGL] totale, par abord direct",1,0,,,,,2,ATM',
    ]  # fmt: skip
    (tmp_path / "ccam.csv").write_text("\n".join(rows), encoding="utf-8")
    done = imported(tmp_path / "ccam.csv", tmp_path)
    assert (done.record.kind, done.record.rows) == ("ccam", 1)
    assert entry(tmp_path, "zorglubectomie").own
    assert load([tmp_path]).find("flurbeux") is None


def test_a_word_of_a_nomenclature_never_hides_a_medicine(bdpm: Path, tmp_path: Path) -> None:
    (tmp_path / "LIBCIM10MULTI.TXT").write_text("T460|0|NOOO|0|X|Intoxication par zorglubine\n", encoding="utf-8")
    imported(tmp_path / "LIBCIM10MULTI.TXT", tmp_path)
    imported(bdpm, tmp_path)
    assert entry(tmp_path, "zorglubine").drug
    imported(tmp_path / "LIBCIM10MULTI.TXT", tmp_path)
    assert entry(tmp_path, "zorglubine").drug


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_a_list_is_read_with_its_pronunciations(separator: str, tmp_path: Path) -> None:
    rows = [("terme", "catégorie", "prononciation", "remplacement"), ("Vranix", "marque", "vranisque", ""),
            ("Durousseau", "correspondant", "", ""), ("zorg", "", "", "zorglubœse")]  # fmt: skip
    (tmp_path / "nos mots.csv").write_text("\r\n".join(separator.join(row) for row in rows), encoding="cp1252")
    done = imported(tmp_path / "nos mots.csv", tmp_path)
    assert (done.record.name, done.record.rows) == ("liste-nos-mots", 3)
    assert entry(tmp_path, "Vranix").said == ("vranisque",)
    assert entry(tmp_path, "Durousseau").kind == "eponym"
    assert entry(tmp_path, "zorglubœse").said == ("zorg",)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a;b;c;d;e", "5 colonnes"), ("Vranix;médicamment;;", "catégorie"), (";marque;;", "lettre"),
        ("bisoprolol;;;furosémide", "deux médicaments"), ("Lamictal;;;Lamisil", "deux médicaments"),
    ],
)  # fmt: skip
def test_a_list_with_an_unusable_line_is_refused_whole(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "liste.csv").write_text(f"zorglub;terme;;\n{line}\n", encoding="utf-8")
    error = refused(tmp_path / "liste.csv", tmp_path)
    assert error.line == 2
    assert says in error.advice


@pytest.mark.parametrize(
    "data",
    [
        b"2\nzorglub/S.() po:nom\nle/S\n", "zorglub\r\nle\r\n".encode("utf-16"),
        b"OOoUserDict1\nlang: fr\ntype: positive\n---\nzorglub\nle\n",
    ],
)  # fmt: skip
def test_dictionaries_of_hunspell_word_and_libreoffice_are_read(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "perso.dic").write_bytes(data)
    done = imported(tmp_path / "perso.dic", tmp_path)
    assert (done.record.rows, done.record.entries) == (2, 1)
    assert entry(tmp_path, "zorglub").kind == "term"


def test_an_import_can_be_withdrawn(bdpm: Path, tmp_path: Path) -> None:
    imported(bdpm, tmp_path)
    assert nomenclatures.withdraw(tmp_path, "bdpm")
    assert nomenclatures.imports(tmp_path) == ()
    assert load([tmp_path]).find("Vranixo") is None
    assert not nomenclatures.withdraw(tmp_path, "bdpm")


def test_a_change_of_the_folder_changes_its_stamp(bdpm: Path, tmp_path: Path) -> None:
    before = nomenclatures.stamp(tmp_path / "vocab")
    imported(bdpm, tmp_path / "vocab")
    after = nomenclatures.stamp(tmp_path / "vocab")
    assert before != after
    assert nomenclatures.stamp(tmp_path / "vocab") == after
    own.add(tmp_path / "vocab", own.Addition(text="zorglub"), known=load())
    assert nomenclatures.stamp(tmp_path / "vocab") != after


def test_words_are_added_beside_what_was_written_by_hand(tmp_path: Path) -> None:
    (tmp_path / "terms.tsv").write_text("# à nous\nvranite\tdisease", encoding="utf-8")
    own.add(tmp_path, own.Addition(text="zorglubose", kind="disease", said=("zorg lubose",)), known=load())
    own.add(tmp_path, own.Addition(text="Zorglubose", kind="sign"), known=load())
    assert (tmp_path / "terms.tsv").read_text(encoding="utf-8") == "# à nous\nvranite\tdisease\nZorglubose\tsign\n"
    own.remove(tmp_path, "ZORGLUBOSE")
    assert [one.text for one in own.additions(tmp_path)] == ["vranite"]


def test_a_medicine_added_with_its_strengths_is_checked(tmp_path: Path) -> None:
    own.add(tmp_path, own.Addition(text="zorglubine", kind="substance", strengths=("5 mg",)), known=load())
    assert any(one.kind == "dose" for one in check("Zorglubine 50 mg le matin.", load([tmp_path])))


@pytest.mark.parametrize(
    ("addition", "says"),
    [
        (own.Addition(text="12"), "lettre"), (own.Addition(text="zorglub", kind="truc"), "Genre inconnu"),
        (own.Addition(text="Vranix", kind="brand", said=("bisoprolol",)), "autre médicament"),
        (own.Addition(text="vranine", kind="substance", strengths=("beaucoup",)), "5 mg"),
    ],
)  # fmt: skip
def test_a_word_that_would_mislead_is_not_added(addition: own.Addition, says: str, tmp_path: Path) -> None:
    with pytest.raises(own.NotAdded) as caught:
        own.add(tmp_path, addition, known=load())
    assert says in caught.value.advice
    assert not list(tmp_path.iterdir())


def test_removing_a_word_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(own.NotAdded):
        own.remove(tmp_path, "zorglub")


@pytest.mark.parametrize(
    "line",
    ["Paracétamol 1 g trois fois par jour.", "le patient sera revu dans trois mois avec un bilan sanguin complet"],
)
def test_a_text_of_sentences_is_no_list_unless_it_is_said_to_be(line: str, tmp_path: Path) -> None:
    file = tmp_path / "ordonnance.txt"
    file.write_text(f"zorglubose\n{line}\n", encoding="utf-8")
    with pytest.raises(NomenclatureError, match="line 2") as caught:
        nomenclatures.import_source(file, folder=tmp_path / "vocab", now=NOW)
    assert "--as csv" in caught.value.advice
    assert not (tmp_path / "vocab").exists()
    done = nomenclatures.import_source(file, folder=tmp_path / "vocab", kind="csv", now=NOW)
    assert done.record.entries == 2


def test_a_zip_whose_list_of_files_is_damaged_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "base.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("CIS_bdpm.txt", "x")
    data = bytearray(file.read_bytes())
    data[data.rindex(b"PK\x01\x02")] = 0
    file.write_bytes(bytes(data))
    with pytest.raises(NomenclatureError, match="unreadable zip"):
        nomenclatures.import_source(file, folder=tmp_path / "vocab", now=NOW)
