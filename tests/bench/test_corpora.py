"""Corpora of other people: found where they are, refused plainly where they are not."""

import gzip
import json
from pathlib import Path

import pytest

from bench import accuracy, corpus, prescriptions, prompts, utterances
from bench.corpus import CorpusRefused, Utterance
from bench.score import Written
from vocab.flag import Flag

LABELLED = """paracétamol\tB-inn
mille\tB-d_dos_val
milligrammes\tB-d_dos_up

efferalgan\tB-drug
codéine\tI-drug
trois\tB-dos_val
fois\tO

non\tO
"""


def pxcorpus(folder: Path, *, labels: str = LABELLED) -> Path:
    sounds = ["u1/rec_1.wav", "u1/rec_2.wav", "u2/rec_3.wav"]
    for sound in sounds:
        (folder / "recordings" / sound).parent.mkdir(parents=True, exist_ok=True)
        (folder / "recordings" / sound).touch()
    said = ["paracétamol mille milligrammes", "efferalgan codéine tro/ trois fois", "non"]
    (folder / "seq.in").write_text("\n".join(said) + "\n", encoding="utf-8")
    (folder / "paths.txt").write_text("\n".join(sounds) + "\n", encoding="utf-8")
    (folder / "PxSLU_conll.txt").write_text(labels, encoding="utf-8")
    return folder


def asterisk(place: Path) -> Path:
    sounds, texts = place / "asterisk/sounds/fr_CA_f_June", place / "doc/asterisk-core-sounds-fr"
    sounds.mkdir(parents=True)
    texts.mkdir(parents=True)
    lines = (
        "; Core Asterisk Sounds in French",
        "",
        "agent-user: Ouverture de session. Entrez votre numéro d'agent: suivi du dièse.",
        "added: ajouté",
        "beep: [this is a simple beep tone, really]",
        "no-sound: Cette phrase de sept mots manque ici.",
        "conf-full: “Cette conférence est pleine, veuillez rappeler plus tard.”",
    )
    (texts / "core-sounds-fr.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    for name in ("agent-user", "added", "beep", "conf-full"):
        (sounds / f"{name}.wav").touch()
    return place


def test_pxcorpus_is_read_line_by_line_with_its_medicines(tmp_path: Path):
    one, two, three = prescriptions.load(pxcorpus(tmp_path))
    assert (one.said, one.drugs) == ("paracétamol mille milligrammes", ("paracétamol",))
    assert two.said == "efferalgan codéine trois fois"
    assert two.sound == tmp_path / "recordings/u1/rec_2.wav"
    assert three.drugs == ()


def test_medicines_are_found_by_what_is_said_not_by_the_place_in_the_file(tmp_path: Path):
    labels = "\n\n".join(reversed(LABELLED.strip().split("\n\n"))).replace("trois\t", "tro/\tO\ntrois\t")
    found = prescriptions.load(pxcorpus(tmp_path, labels=labels))
    assert [one.drugs for one in found] == [("paracétamol",), ("efferalgan codéine",), ()]


def test_texts_and_sounds_that_do_not_pair_are_refused(tmp_path: Path):
    (pxcorpus(tmp_path) / "paths.txt").write_text("u1/rec_1.wav\n", encoding="utf-8")
    with pytest.raises(CorpusRefused, match=r"3 lines in seq\.in, 1 in paths\.txt"):
        prescriptions.load(tmp_path)


@pytest.mark.parametrize(("name", "mark"), [("dictees.csv", ";"), ("dictees.csv", ","), ("dictees.tsv", "\t")])
def test_a_table_beside_the_recordings_will_do(tmp_path: Path, name: str, mark: str):
    (tmp_path / "a.wav").touch()
    rows = (("Fichier", "Texte", "drugs"), ("a.wav", "ramipril 5 mg et bisoprolol", "ramipril|bisoprolol"),
            ("absent.wav", "non", ""))  # fmt: skip
    (tmp_path / name).write_text("\n".join(mark.join(row) for row in rows), encoding="utf-8-sig")
    (one,) = prescriptions.load(tmp_path)
    assert (one.name, one.said, one.drugs) == ("a.wav", "ramipril 5 mg et bisoprolol", ("ramipril", "bisoprolol"))


def test_a_folder_of_another_layout_is_refused(tmp_path: Path):
    with pytest.raises(CorpusRefused, match=r"no seq\.in"):
        prescriptions.load(tmp_path)
    (tmp_path / "t.csv").write_text("nom,age\nx,3\n", encoding="utf-8")
    with pytest.raises(CorpusRefused, match=r"t\.csv has no column named file_name"):
        prescriptions.load(tmp_path)
    (tmp_path / "t.csv").write_text("file_name,text\nx.wav,bonjour\n", encoding="utf-8")
    with pytest.raises(CorpusRefused, match="none of the 1 recordings"):
        prescriptions.load(tmp_path)


def test_recorded_prompts_are_whole_sentences_that_have_their_sound(tmp_path: Path):
    found = prompts.load(asterisk(tmp_path / "usr/share").parent.parent)
    assert [one.name for one in found] == ["agent-user", "conf-full"]
    assert found[0].said.endswith("agent: suivi du dièse.")
    assert found[1].said.startswith("Cette")
    assert found == tuple(
        Utterance(
            name=one.name, sound=tmp_path / f"usr/share/asterisk/sounds/fr_CA_f_June/{one.name}.wav", said=one.said
        )
        for one in found
    )


def test_without_the_prompts_nothing_is_measured_and_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    accuracy.main(["--recorded", str(tmp_path), "--json"])
    printed = capsys.readouterr().out
    assert "Rien à mesurer" in printed
    assert "install asterisk-core-sounds-fr-wav" in printed
    assert json.loads(printed.splitlines()[-1]) == {"recorded": {}}


@pytest.mark.parametrize("asked", [["--pxcorpus", "."], ["--recorded", "--noise"], ["--recorded", "--ablation"]])
def test_what_cannot_be_measured_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        accuracy.main(asked)


def test_a_few_are_taken_evenly():
    assert corpus.spread("abcdefghij", 4) == ("a", "c", "f", "h")
    assert corpus.spread("ab", 4) == ("a", "b")


def test_words_are_counted_in_what_was_heard_and_medicines_in_the_letter():
    said = Utterance(name="a", sound=Path("a.wav"), said="ramipril cinq milligrammes", drugs=("ramipril", "apixaban"))
    flag = Flag(start=0, end=8, kind="dose", text="Ramipril", reason="…", severity="block")

    def writer(sound: Path) -> Written:
        return Written(text="Ramipril 5 mg.", heard="rami prile 5 mg", seconds=1.0, audio_seconds=4.0)

    def warning(sound: Path) -> Written:
        return Written(text="Ramiprel 5 mg.", heard="", flags=(flag,), audio_seconds=4.0)

    rates = utterances.measure([said, said], {"a": writer, "b": warning})
    assert (rates["a"].files, rates["a"].words, rates["a"].word_error_rate) == (2, 6, 0.667)
    assert (rates["a"].drugs, rates["a"].drug_recall, rates["a"].seconds) == (4, 0.5, 0.25)
    assert (rates["a"].drugs_unflagged, rates["b"].drugs_unflagged) == (0.5, 0.5)
    assert (rates["b"].drug_recall, rates["b"].word_error_rate) == (0.0, 1.0)
    assert utterances.pooled([]).word_error_rate == 0.0
    assert (rates["a"].flags_per_100, rates["b"].flags_per_100) == (0.0, 33.3)
    assert len(utterances.table(rates)) == 9
