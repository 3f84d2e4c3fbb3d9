"""Three sheets of paper, two of which give the practice key back, typed by someone under stress."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pypdfium2
import pytest
from typer.testing import CliRunner

from archive.practice_key import change_practice_key, known_keys, load_practice_key
from pipeline.cli import app, keys
from pipeline.practice import KEY_FILE, Practice, open_practice
from pipeline.safekeeping import sheets, words
from pipeline.safekeeping.sheets import KeyAlreadyThere, SheetsNotKept, SheetsOfOldKey
from pipeline.safekeeping.words import Sheet, SheetMisread, SheetsApart, SheetsRefused

SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def three() -> tuple[Sheet, ...]:
    return words.split(SECRET)


def typed(sheet: Sheet) -> str:
    return " ".join(sheet.words)


def printed(practice: Practice) -> list[str]:
    """The words of two sheets, read from the pages themselves."""
    made = sheets.make(practice)
    return [words.from_file(file) for file in made.files[1:]]


# --- the words -----------------------------------------------------------------------------------------------------


def test_any_two_of_three_sheets_give_the_secret_in_any_order(three: tuple[Sheet, ...]) -> None:
    for one in three:
        for other in three:
            if one != other:
                assert words.combined(one, other) == SECRET
    assert [sheet.number for sheet in three] == [1, 2, 3]
    assert len({sheet.set for sheet in three}) == 1


def test_capitals_accents_numbers_commas_and_four_letters_are_understood(three: tuple[Sheet, ...]) -> None:
    careless = "\n".join(f"{n:>2}.  {word[:4].upper()},  " for n, word in enumerate(three[0].words, start=1))

    assert words.read(careless) == three[0]
    assert words.read(typed(three[0]).replace("e", "é").title()) == three[0]


def test_a_word_that_is_not_in_the_list_is_told_by_its_number(three: tuple[Sheet, ...]) -> None:
    wrong = [*three[0].words[:16], "acadmic", *three[0].words[17:]]

    with pytest.raises(SheetMisread) as refusal:
        words.read(" ".join(wrong), name="Feuille 1")

    assert "mot n° 17" in refusal.value.advice
    assert "academic" in refusal.value.advice
    assert "acad" not in str(refusal.value)


def test_one_word_for_another_is_found(three: tuple[Sheet, ...]) -> None:
    other = "zero" if three[0].words[20] != "zero" else "year"

    with pytest.raises(SheetMisread) as refusal:
        words.read(" ".join([*three[0].words[:20], other, *three[0].words[21:]]))

    assert "le mot n° 21 n'est pas le bon" in refusal.value.advice


def test_two_words_that_changed_places_are_found(three: tuple[Sheet, ...]) -> None:
    at = next(i for i in range(5, 30) if three[0].words[i] != three[0].words[i + 1])
    swapped = list(three[0].words)
    swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]

    with pytest.raises(SheetMisread, match="wrong sum") as refusal:
        words.read(" ".join(swapped))

    assert f"n° {at + 1} et n° {at + 2} ont été intervertis" in refusal.value.advice


def test_a_missing_word_is_counted(three: tuple[Sheet, ...]) -> None:
    with pytest.raises(SheetMisread) as refusal:
        words.read(" ".join(three[0].words[:32]))

    assert "33 mots, 32 ont été lus" in refusal.value.advice


def test_sheets_that_do_not_go_together_say_why(three: tuple[Sheet, ...]) -> None:
    again = words.split(SECRET)

    for pair, why in (
        ([three[0], three[0]], "deux fois la feuille 1"),
        ([three[0], again[1]], f"du jeu {three[0].set}, l'autre du jeu {again[1].set}"),
    ):
        with pytest.raises(SheetsApart) as refusal:
            sheets.recovered([typed(sheet) for sheet in pair])
        assert why in refusal.value.advice
    for count in (1, 3):
        with pytest.raises(SheetsRefused) as refused:
            sheets.recovered([typed(sheet) for sheet in three[:count]])
        assert "Il faut 2 feuilles" in refused.value.advice


def test_two_keys_with_the_same_set_number_do_not_combine(three: tuple[Sheet, ...]) -> None:
    """One chance in 32768: the digest that SLIP-39 hides in the secret says it."""
    from shamir_mnemonic import EncryptedMasterSecret, split_ems

    identifier = int(three[0].set, 16)
    ((first, *_),) = split_ems(1, [(2, 3)], EncryptedMasterSecret(identifier, True, 1, bytes(32)))

    with pytest.raises(SheetsApart):
        words.combined(words.read(first.mnemonic()), three[1])


def test_a_sheet_of_another_kind_is_refused() -> None:
    from shamir_mnemonic import generate_mnemonics

    for groups in ([(3, 5)], [(1, 1)]):
        with pytest.raises(SheetsRefused):
            words.read(generate_mnemonics(1, groups, SECRET)[0][0])


# --- the pages -----------------------------------------------------------------------------------------------------


def test_the_pages_are_private_archivable_one_page_each_and_give_the_key(practice: Practice) -> None:
    made = sheets.make(practice)
    key = str(load_practice_key(practice.home / KEY_FILE))

    assert [file.parent for file in made.files] == [practice.place("exports")] * 3
    for file in made.files:
        assert os.name != "posix" or file.stat().st_mode & 0o777 == 0o600
        with pikepdf.open(file) as page, page.open_metadata() as metadata:
            assert (len(page.pages), metadata.pdfa_status) == (1, "2B")
    texts = [words.from_file(file) for file in made.files]
    for pair in (texts[:2], texts[1:], texts[::2]):
        assert str(sheets.recovered(pair)) == key


def test_a_page_says_what_it_is_where_to_keep_it_and_what_to_do(practice: Practice) -> None:
    made = sheets.make(practice)

    with pypdfium2.PdfDocument(made.files[1]) as pdf:
        text = " ".join(pdf[0].get_textpage().get_text_bounded().split())
    for said in (
        "Cabinet d'essai", "2 sur 3", f"jeu {made.set}", "Où garder cette feuille", "Jamais avec une sauvegarde",
        "copiste restore", "copiste keys recover", "copiste keys check", sheets.fingerprint(made.public),
        f"{made.made:%d/%m/%Y}", "2 des 3 feuilles",
    ):  # fmt: skip
        assert said in text


def test_a_practice_with_any_name_gets_its_sheets(practice: Practice) -> None:
    from pipeline.safekeeping import paper

    for name in ("Maison médicale de l'Œuf", "醫院 #eval(1) $x$ \\ *gras*", "x" * 200):
        page = paper.draw(
            words.split(SECRET)[0], practice=name, fingerprint="3F2A", public="age1", made=sheets.store.now()
        )
        with pypdfium2.PdfDocument(page) as pdf:
            assert len(pdf) == 1


def test_the_vault_remembers_when_the_sheets_were_made(practice: Practice) -> None:
    assert sheets.status(practice).current.sheets_at is None

    made = sheets.make(practice)

    found = sheets.status(practice)
    assert found.current.sheets_at == made.made
    assert set(found.left) == set(made.files)
    sheets.wipe(made.files)
    assert sheets.status(practice).left == ()


def test_sheets_are_never_put_with_the_backups(practice: Practice, tmp_path: Path) -> None:
    settings = practice.settings.model_copy(
        update={"backup": practice.settings.backup.model_copy(update={"folder": str(tmp_path / "backups")})}
    )
    object.__setattr__(practice, "settings", settings)

    with pytest.raises(SheetsNotKept) as refusal:
        sheets.make(practice, to=tmp_path / "backups" / "feuilles")

    assert "sauvegardes" in refusal.value.advice
    assert known_keys(practice.vault)[0].sheets_at is None


# --- what two sheets do --------------------------------------------------------------------------------------------


def test_check_tells_this_practice_from_another_and_from_none(practice: Practice, tmp_path: Path) -> None:
    two = printed(practice)
    stranger = [typed(sheet) for sheet in words.split(SECRET)[:2]]

    assert sheets.check(practice.home, two).standing == "current"
    assert sheets.check(practice.home, stranger).standing == "other"
    assert sheets.check(tmp_path / "nowhere", two).standing == "unknown"
    assert not (tmp_path / "nowhere").exists()


def test_sheets_of_a_replaced_key_say_when_it_was_replaced(practice: Practice) -> None:
    two = printed(practice)
    change_practice_key(practice.home / KEY_FILE, practice.vault)
    (practice.home / KEY_FILE).unlink()

    assert sheets.check(practice.home, two).standing == "retired"
    with pytest.raises(SheetsOfOldKey) as refusal:
        sheets.recover(practice.home, two)
    assert "remplacée le" in refusal.value.advice
    assert not (practice.home / KEY_FILE).exists()


def test_a_lost_key_comes_back_and_the_practice_opens(practice: Practice) -> None:
    two, file = printed(practice), practice.home / KEY_FILE
    kept = practice.objects.put(b"un courrier")
    key = str(load_practice_key(file))
    file.unlink()

    done = sheets.recover(practice.home, two)

    assert (done.was_there, str(load_practice_key(file))) == (False, key)
    assert os.name != "posix" or file.stat().st_mode & 0o777 == 0o600
    assert sheets.recover(practice.home, two).was_there
    again = open_practice(practice.home)
    assert again.objects.get(kept) == b"un courrier"
    again.close()


@pytest.mark.parametrize("there", ["another", "garbage"])
def test_another_key_is_never_overwritten(practice: Practice, tmp_path: Path, there: str) -> None:
    two, elsewhere = printed(practice), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / KEY_FILE).write_text("?" if there == "garbage" else f"{sheets._identity(SECRET)}\n")
    (elsewhere / KEY_FILE).chmod(0o600)
    before = (elsewhere / KEY_FILE).read_bytes()

    with pytest.raises(KeyAlreadyThere):
        sheets.recover(elsewhere, two)

    assert (elsewhere / KEY_FILE).read_bytes() == before


def test_the_sheets_of_another_practice_recover_nothing_here(practice: Practice) -> None:
    (practice.home / KEY_FILE).unlink()

    with pytest.raises(SheetsOfOldKey):
        sheets.recover(practice.home, [typed(sheet) for sheet in words.split(SECRET)[:2]])

    assert not (practice.home / KEY_FILE).exists()


# --- the commands --------------------------------------------------------------------------------------------------


def test_the_commands_make_check_and_recover(practice: Practice, tmp_path: Path) -> None:
    run, home = CliRunner(), ["--home", str(practice.home)]

    made = run.invoke(app, ["keys", "sheets", "--to", str(tmp_path / "papier"), *home])
    assert made.exit_code == 0, made.output
    assert "Imprimez-les maintenant" in made.output
    one, two, _ = sorted((tmp_path / "papier").iterdir())
    given = ["--sheet", str(one), "--sheet", str(two)]

    checked = run.invoke(app, ["keys", "check", *given, *home])
    assert (checked.exit_code, "bien la clé actuelle" in checked.output) == (0, True)
    (practice.home / KEY_FILE).unlink()
    assert run.invoke(app, ["keys", "recover", str(practice.home), *given]).exit_code == 0
    status = run.invoke(app, ["keys", "status", "--json", *home])
    assert '"sheets_at": "20' in status.output


def test_sheets_can_be_typed_a_few_words_a_line(practice: Practice) -> None:
    made = sheets.make(practice)
    lines = []
    for file in made.files[:2]:
        on_paper = words.from_file(file).split()
        lines += [" ".join(on_paper[at : at + 3]) for at in range(0, 33, 3)]

    done = CliRunner().invoke(app, ["keys", "check", "--home", str(practice.home)], input="\n".join(lines) + "\n")

    assert done.exit_code == 0, done.output
    assert "bien la clé actuelle" in done.output


def test_at_a_terminal_a_misread_word_is_typed_again_alone(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True), stdout=sys.stdout))
    first, second = (words.from_file(file).split() for file in sheets.make(practice).files[:2])
    other = "zero" if first[4] != "zero" else "year"
    lines = [
        "pas un mot", " ".join(first[:4]), " ".join([other, *first[5:]]), "5", first[4],
        " ".join(second),
    ]  # fmt: skip

    done = CliRunner().invoke(app, ["keys", "check", "--home", str(practice.home)], input="\n".join(lines) + "\n")

    assert done.exit_code == 0, done.output
    for said in ("n'est pas dans la liste", "mot n° 5 n'est pas le bon", "bien la clé actuelle"):
        assert said in done.output


def test_files_are_deleted_once_printed(practice: Practice) -> None:
    done = CliRunner().invoke(app, ["keys", "sheets", "--delete-after", "--home", str(practice.home)], input="\n")

    assert done.exit_code == 0, done.output
    assert sheets.status(practice).left == ()
    assert sheets.status(practice).current.sheets_at
