from pathlib import Path

import pytest

from pipeline.errors import TemplateError
from pipeline.kinds import all_kinds, check, load, report, usable
from pipeline.word.package import open_word, save_word, text_of, w
from tests.pipeline.letters_to_lay_out import CONSULTATION, drafted


def edited(name: str, before: str, after: str) -> bytes:
    document = open_word(load(name).template)
    for paragraph in document.element.body.iter(w("p")):
        if before in text_of(paragraph):
            nodes = list(paragraph.iter(w("t")))
            nodes[0].text = text_of(paragraph).replace(before, after)
            for node in nodes[1:]:
                node.text = ""
    return save_word(document)


def test_the_shipped_kinds_can_be_used_as_they_are() -> None:
    kinds = {kind.name: kind for kind in all_kinds()}
    assert {"consultation", "courrier", "operatoire"} <= kinds.keys()
    assert [check(kind) for kind in kinds.values()] == [()] * len(kinds)
    assert not any(kind.own for kind in kinds.values())


def test_a_kind_knows_the_words_that_announce_it_and_its_sections() -> None:
    kind = load("operatoire")
    assert "compte rendu opératoire" in kind.titles
    assert {section.id: section for section in kind.sections}["suites"].spoken[0] == "suites"
    assert kind.signature
    assert kind.patient
    assert any(item.reference == "CSP R.1112-3" for item in kind.required)


def test_the_practice_s_own_word_file_wins_and_the_shipped_description_stays(tmp_path: Path) -> None:
    (tmp_path / "courrier.docx").write_bytes(edited("courrier", "{{ texte.appel }}", "Mention du cabinet"))
    own = load("courrier", [tmp_path])
    assert own.own
    assert own.label == "Courrier"
    assert own.template != load("courrier").template


def test_a_field_that_does_not_exist_is_named_in_french(tmp_path: Path) -> None:
    (tmp_path / "courrier.docx").write_bytes(edited("courrier", "{{ texte.appel }}", "{{ patient.prenon }}"))
    with pytest.raises(TemplateError) as refused:
        load("courrier", [tmp_path])
    assert "patient.prenon" in refused.value.advice
    assert "courrier.docx" in refused.value.advice


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('label = "Courrier"\ntitre = "x"', "titre"),
        ('titles = ["x"]', "label"),
        ('label = "Courrier"\ntitles = "x"', "titles"),
        ('label = "Courrier"\ndelay_hours = -3', "delay_hours"),
        ('label = "Courrier"\n[[sections]]\nid = "body"\nheading = "x"', "sections.id"),
        ('label = "Courrier"\n[[sections]]\nname = "x"', "sections"),
        ('label = "Courrier"\n[[required]]\nid = "a"\nlabel = "a"\nsection = "nulle"', "required.section"),
        ("label = ", "fichier"),
    ],
)
def test_a_description_that_cannot_be_used_names_its_key(tmp_path: Path, line: str, key: str) -> None:
    (tmp_path / "courrier.toml").write_text(line, encoding="utf-8")
    with pytest.raises(TemplateError) as refused:
        load("courrier", [tmp_path])
    assert f"« {key} »" in refused.value.advice


def test_a_word_file_that_is_not_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "courrier.docx").write_bytes(b"pas un zip")
    with pytest.raises(TemplateError, match="not a readable"):
        load("courrier", [tmp_path])


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "Courrier", "a/b", "courrier\x00", "."])
def test_a_kind_s_name_never_becomes_a_path(name: str) -> None:
    with pytest.raises(TemplateError):
        load(name)


def test_a_template_without_the_patient_on_each_page_is_told(tmp_path: Path) -> None:
    document = open_word(load("courrier").template)
    for paragraph in document.sections[0].first_page_footer._element.iter(w("p")):
        for node in paragraph.iter(w("t")):
            node.text = (node.text or "").replace("{{ patient.identite }}", "")
    (tmp_path / "courrier.docx").write_bytes(save_word(document))
    problems = check(load("courrier", [tmp_path]))
    assert len(problems) == 1
    assert problems[0].startswith("Page première")


def test_a_template_without_a_place_for_the_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "courrier.docx").write_bytes(edited("courrier", "{{ texte.corps }}", ""))
    assert any("texte.corps" in problem for problem in check(load("courrier", [tmp_path])))


def test_the_shipped_templates_are_all_usable_for_a_letter() -> None:
    assert all(drafted(CONSULTATION, kind=kind.name).docx for kind in all_kinds())


def test_a_bad_template_of_the_practice_is_told_and_hides_no_other(tmp_path: Path):
    (tmp_path / "truc.toml").write_text("label = ")
    told = report([tmp_path])
    assert "truc" in told["truc"][0]
    assert [told[name] for name in ("consultation", "courrier", "operatoire")] == [(), (), ()]
    assert {kind.name for kind in usable([tmp_path])} == {"consultation", "courrier", "operatoire"}
