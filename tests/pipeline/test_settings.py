import tomllib
from pathlib import Path

import pytest

from pipeline import settings
from pipeline.errors import SettingsError


def test_the_written_file_says_every_setting_and_changes_none():
    text = settings.commented()
    assert settings.parse(tomllib.loads(text)) == settings.Settings()
    for name, _, sentence in settings.every():
        assert name.rpartition(".")[2] in text
        assert sentence
        assert sentence in text


def test_every_commented_line_is_good_toml_once_uncommented():
    lines = [line.removeprefix("# ") if " = " in line else line for line in settings.commented().splitlines()]
    values = tomllib.loads("\n".join(line for line in lines if not line.startswith("#")))
    assert settings.parse(values) == settings.Settings()


def test_an_unknown_setting_is_refused_with_the_nearest_known():
    with pytest.raises(SettingsError) as refused:
        settings.parse({"intake": {"stabel_seconds": 3}, "modle": "x"})
    assert "intake.stabel_seconds ; vouliez-vous intake.stable_seconds ?" in refused.value.advice
    assert "modle" in refused.value.advice


@pytest.mark.parametrize("text", ["intake = ", "timezone = 'Europe/Nulle-Part'", "[web]\nport = 99999"])
def test_a_bad_file_is_one_french_sentence(tmp_path: Path, text: str):
    (tmp_path / settings.FILE_NAME).write_text(text)
    with pytest.raises(SettingsError) as refused:
        settings.load(tmp_path)
    assert len(refused.value.advice.splitlines()) == 1


def test_a_plug_that_does_not_exist_is_told():
    with pytest.raises(SettingsError):
        settings.plugged("no.such.module:Thing")
    assert settings.plugged("pathlib:Path") is Path
