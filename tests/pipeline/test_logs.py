"""What is written of the program's own work: enough to understand, nothing of a patient, whoever writes."""

import contextlib
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import discretion
from pipeline.cli import crash, main
from pipeline.errors import TranscriptionStopped
from pipeline.practice import Practice
from pipeline.running import logs

CANARY = "Zébulonne-Quatrefage"


@pytest.fixture
def written(practice: Practice) -> Iterator[logs.File]:
    handler = logs.to_files(practice, name="work")
    yield handler
    logs.stop(handler)


def read(handler: logs.File) -> str:
    return handler.path.read_text(encoding="utf-8")


def raised(message: str = CANARY) -> Exception:
    try:
        int(message)
    except ValueError as error:
        return error
    raise AssertionError


def test_our_own_words_are_written_and_an_error_among_them_only_by_its_kind(written: logs.File):
    log = logging.getLogger("pipeline.engine")
    log.warning("%s of %s stopped: %s", "draft", "0123456789", "E031")
    log.error("stopped: %s", raised())
    log.error("stopped: %s", TranscriptionStopped("too long"))
    log.exception("it fell", exc_info=raised())
    log.error("100 % sure")
    text = read(written)
    assert "draft of 0123456789 stopped: E031" in text
    assert "stopped: ValueError\n" in text
    assert "stopped: TranscriptionStopped [E031]" in text
    assert re.search(r"it fell \(ValueError at pipeline/test_logs.py:\d+\)", text)
    assert "100 % sure" in text
    assert CANARY not in text


def test_a_library_is_told_by_the_place_and_by_words_that_are_in_its_code(written: logs.File):
    log = logging.getLogger("somelibrary.deep")
    log.warning("page %s is wrong", CANARY)
    log.warning(f"page {CANARY} is wrong")
    log.error("it fell", exc_info=raised())
    text = read(written)
    assert re.search(r"somelibrary.deep pipeline/test_logs.py:\d+ page %s is wrong\n", text)
    assert re.search(r"somelibrary.deep pipeline/test_logs.py:\d+ message withheld\n", text)
    assert "it fell (ValueError at" in text
    assert CANARY not in text


def test_a_wrong_template_prints_nothing(written: logs.File, capfd):
    logging.getLogger("pipeline.engine").warning("%d", CANARY)
    assert "message withheld" in read(written)
    assert capfd.readouterr().err == ""


def test_the_engine_writes_neither_to_the_terminal_nor_what_it_quotes(written: logs.File, capfd):
    from dbos._logger import init_logger

    init_logger()
    logging.getLogger("dbos").error(f"Exception in workflow: {CANARY}", exc_info=raised())
    assert "ERROR dbos" in read(written)
    assert CANARY not in read(written)
    assert capfd.readouterr().err == ""


def test_warnings_threads_and_what_cannot_be_raised_are_logged_by_their_place(written: logs.File, capfd):
    class Fragile:
        def __del__(self) -> None:
            raise RuntimeError(CANARY)

    def fall() -> None:
        raise RuntimeError(CANARY)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = discretion._warned
        warnings.warn(CANARY, stacklevel=1)
    thread = threading.Thread(target=fall)
    thread.start()
    thread.join()
    Fragile()
    text = read(written)
    assert re.search(r"UserWarning at pipeline/test_logs.py:\d+", text)
    assert re.search(r"a thread stopped: RuntimeError at pipeline/test_logs.py:\d+", text)
    assert re.search(r"could not be raised: RuntimeError at pipeline/test_logs.py:\d+", text)
    assert CANARY not in text + capfd.readouterr().err


def test_an_error_of_an_event_loop_is_told_by_its_place(written: logs.File):
    import asyncio

    async def forgotten() -> None:
        asyncio.get_running_loop().call_soon(lambda: int(CANARY))
        await asyncio.sleep(0)

    asyncio.run(forgotten())
    assert "ValueError at" in read(written)
    assert CANARY not in read(written)


def test_two_processes_never_write_one_file(practice: Practice, written: logs.File):
    with contextlib.closing(logs.to_files(practice, name="work")) as second:
        other = logs.to_files(practice, name="serve")
        assert [one.path.name for one in (written, second, other)] == ["work.log", "work-2.log", "serve.log"]
        for one in (other, second):
            logs.stop(one)


def test_logs_turn_and_are_for_this_account_only(practice: Practice):
    from dataclasses import replace

    from pipeline.settings import Logs

    small = replace(practice, settings=practice.settings.model_copy(update={"logs": Logs(megabytes=0.001, files=2)}))
    handler = logs.to_files(small, name="watch")
    before = logs.counts["WARNING"]
    for number in range(100):
        logging.getLogger("pipeline.inbox.watcher").warning("line %s", number)
    logs.stop(handler)
    files = sorted(path.name for path in practice.place("logs").iterdir())
    assert files == ["watch.log", "watch.log.1", "watch.log.2"]
    for path in practice.place("logs").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.stat().st_size <= 1000
    assert logs.counts["WARNING"] - before == 100


def test_the_level_of_the_settings_holds_for_ours_and_libraries_are_quieter(practice: Practice, written: logs.File):
    logging.getLogger("pipeline.engine").info("at work")
    logging.getLogger("pipeline.engine").debug("details")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert "at work" in read(written)
    assert "details" not in read(written)
    assert "uvicorn" not in read(written)


def test_what_python_called_before_is_put_back(practice: Practice):
    before = discretion.present()
    handler = logs.to_files(practice, name="work")
    assert discretion.present() != before
    logs.stop(handler)
    assert discretion.present() == before


# --- crash reports ------------------------------------------------------------------------------------------------


def test_an_unforeseen_error_is_a_sentence_and_a_report_without_its_message(practice: Practice, monkeypatch, capsys):
    from pipeline import status

    def fall(_: Practice, _who: object) -> None:
        try:
            int(CANARY)
        except ValueError as error:
            raise RuntimeError(f"about {CANARY}") from error

    monkeypatch.setattr(status, "status", fall)
    monkeypatch.setattr("sys.argv", ["copiste", "status", "--home", str(practice.home)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    (report,) = practice.place("logs").glob("crash-*.txt")
    assert told.count("\n") == 1
    assert str(report) in told
    text = report.read_text(encoding="utf-8")
    assert re.search(r"RuntimeError at pipeline/test_logs.py:\d+ < pipeline/cli/working.py", text)
    assert "ValueError at" in text
    assert "Python 3" in text
    assert "copiste " in text
    assert report.stat().st_mode & 0o777 == 0o600
    assert CANARY not in text + told
    assert "Traceback" not in told


def test_without_a_folder_for_reports_the_place_is_told(tmp_path: Path):
    told = crash.told(raised(), words=["status", f"--home={tmp_path}"])
    assert "ValueError at pipeline/test_logs.py" in told
    assert CANARY not in told
    assert list(tmp_path.iterdir()) == []


def test_reports_do_not_pile_up(tmp_path: Path):
    for number in range(crash.KEPT + 5):
        (tmp_path / f"crash-20260101T0000{number:02}-1.txt").write_text("")
    made = crash.report(raised(), folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == crash.KEPT
    assert made in list(tmp_path.iterdir())


def test_a_command_run_for_real_ends_the_same_way(tmp_path: Path):
    program = (
        "import sys\nfrom pipeline import cli\nfrom pipeline.cli import working\n"
        f"def fall(*a, **k): raise RuntimeError('{CANARY}')\n"
        "cli.app = fall\nsys.argv = ['copiste', 'status', '--home', sys.argv[1]]\ncli.main()"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "erreur inattendue" in done.stderr
    assert CANARY not in done.stderr + done.stdout
