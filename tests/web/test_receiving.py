"""What a browser sends arrives whole in private files, or leaves nothing: broken off, slow, lying, hostile."""

import errno
import hashlib
import http.client
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline import clear
from pipeline.web import receiving
from pipeline.web.failures import BadRequest
from pipeline.web.receiving import called, received
from tests.web.browsing import served

BOUNDARY = "fron-x7"
SOUND = bytes(range(256)) * 4096  # a megabyte, in which nothing looks like a boundary


def part(name: str, content: bytes, *, filename: bytes | None = None) -> bytes:
    said = f'Content-Disposition: form-data; name="{name}"'.encode()
    said += b'; filename="' + filename + b'"' if filename is not None else b""
    return b"--" + BOUNDARY.encode() + b"\r\n" + said + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY.encode() + b"--\r\n"


class Desk:
    """A place that receives, and what was there while it did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.forms: list[receiving.Form] = []
        self.inside: list[dict[str, Any]] = []
        self.turns = receiving.Turns()

    async def take(self, request: Request) -> Response:
        try:
            async with self.turns.turn("claire"), received(request, self.folder) as form:
                self.forms.append(form)
                for one in form.files:
                    self.inside.append({"bytes": one.path.read_bytes(), "mode": one.path.stat().st_mode & 0o777,
                                        "removable": clear.remove_left(self.folder)})  # fmt: skip
        except BadRequest as error:
            return JSONResponse({"advice": error.advice}, error.status)
        return JSONResponse([{"name": one.name, "size": one.size, "sha256": one.sha256} for one in form.files])

    @property
    def left(self) -> list[Path]:
        return list(self.folder.iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return Desk(folder)


@pytest.fixture
def port(desk: Desk) -> Iterator[int]:
    with served(Starlette(routes=[Route("/", desk.take, methods=["POST"])])) as address:
        yield int(address.rpartition(":")[2])


def post(port: int, sent: bytes, *, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> tuple[int, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("POST", "/", sent, {"Content-Type": kind})
    answer = line.getresponse()
    said = json.loads(answer.read())
    line.close()
    return answer.status, said


def opened(port: int, *, length: int) -> socket.socket:
    """A connection whose request says that so many bytes come."""
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    line.sendall(f"POST / HTTP/1.1\r\nHost: localhost\r\n{kind}\r\nContent-Length: {length}\r\n\r\n".encode("latin-1"))
    return line


def settled(desk: Desk) -> None:
    """Nothing is left, once the server has felt what happened to the connection."""
    for _ in range(500):
        if not desk.left:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"{len(desk.left)} files are left")


def test_files_arrive_whole_in_private_files_that_go_when_they_were_used(desk: Desk, port: int):
    sent = body(part("doctor", b"D1"), part("file", SOUND, filename=b"a.wav"), part("file", b"two", filename=b"b.wav"))
    status, said = post(port, sent)
    assert status == 200
    assert [one["name"] for one in said] == ["a.wav", "b.wav"]
    assert said[0]["sha256"] == hashlib.sha256(SOUND).hexdigest()
    assert [one["bytes"] for one in desk.inside] == [SOUND, b"two"]
    assert {one["mode"] for one in desk.inside} == {0o600}
    assert desk.forms[0].fields == {"doctor": "D1"}
    assert desk.left == []


def test_what_a_kill_left_is_swept_and_what_still_arrives_is_not(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clear, "YOUNG_SECONDS", -1.0)
    with clear.arriving(desk.folder):
        assert clear.remove_left(desk.folder) == 0
    (desk.folder / f"{clear.PREFIX}of-a-killed-process").write_bytes(SOUND)
    assert clear.remove_left(desk.folder) == 1


def test_a_field_left_empty_is_no_file(desk: Desk, port: int):
    assert post(port, body(part("doctor", b"D1"), part("file", b"", filename=b""))) == (200, [])


@pytest.mark.parametrize("tenths", range(10))
def test_a_sending_broken_off_leaves_nothing(desk: Desk, port: int, tenths: int):
    sent = body(part("file", b"first", filename=b"1.wav"), part("file", SOUND, filename=b"2.wav"))
    line = opened(port, length=len(sent))
    line.sendall(sent[: len(sent) * tenths // 10])
    line.close()
    settled(desk)
    assert desk.forms == []


def test_a_length_that_says_too_little_gives_nothing(desk: Desk, port: int):
    sent = body(part("file", SOUND, filename=b"1.wav"))
    with opened(port, length=len(sent) - 100) as line:
        line.sendall(sent)
        assert b" 400 " in line.recv(1000).split(b"\r\n")[0] + b" "
    settled(desk)
    assert desk.forms == []


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"hello", "text/plain", 415),
        (b"hello", "multipart/form-data", 415),
        (b"hello", f"multipart/form-data; boundary={BOUNDARY}", 400),
        (b"", f"multipart/form-data; boundary={BOUNDARY}", 400),
        (body(part("file", b"x", filename=b"a"))[:-6], f"multipart/form-data; boundary={BOUNDARY}", 400),
        (body(part("doctor", b"x" * 20_000)), f"multipart/form-data; boundary={BOUNDARY}", 400),
        (body(*[part("f", b"")] * 30), f"multipart/form-data; boundary={BOUNDARY}", 400),
        (
            body(*[part("file", b"x", filename=b"a")] * (receiving.MOST_FILES + 1)),
            f"multipart/form-data; boundary={BOUNDARY}",
            413,
        ),
        (body(part("file", b"x", filename=b"a" * 9000)), f"multipart/form-data; boundary={BOUNDARY}", 400),
        (b"hello", f"multipart/form-data; boundary={'x' * 500}", 400),
    ],
)
def test_what_is_no_form_is_refused_in_french(desk: Desk, port: int, sent: bytes, kind: str, status: int):
    answer, said = post(port, sent, kind=kind)
    assert answer == status
    assert "rien n'a été pris" in said["advice"]
    assert desk.left == []
    assert desk.forms == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Dictée n° 3.wav".encode(), "Dictée n° 3.wav"),
        (b"../../etc/passwd", "passwd"),
        (rb"C:\Users\x\DS330012.DS2", "DS330012.DS2"),
        (b"a\0b\x1b[2Jc\r.wav", "ab[2Jc.wav"),
        ("réunion\u202egnp.wav".encode(), "réuniongnp.wav"),
        (b"caf\xe9.wav", "caf\ufffd.wav"),
        ("e\u0301.wav".encode(), "é.wav"),
        (b"%22x%22.wav", '"x".wav'),
        (b"x" * 900, "x" * receiving.LONGEST_NAME),
        (b"", ""),
        (b"..", ".."),
    ],
)
def test_a_name_is_what_people_read_and_never_a_path(written: bytes, name: str):
    assert called(written) == name


def test_a_hostile_name_reaches_no_path(desk: Desk, port: int):
    names = (b"../../../../tmp/x.wav", b"/etc/passwd", b"a;b`id`$(x).wav", b"\xff\xfe.wav", b"<img src=x>.wav")
    status, said = post(port, body(*[part("file", b"x", filename=name) for name in names]))
    assert status == 200
    assert [one["name"] for one in said] == ["x.wav", "passwd", "a;b`id`$(x).wav", "��.wav", "<img src=x>.wav"]
    for one in desk.forms[0].files:
        assert one.path.parent == desk.folder
        assert one.path.name.startswith(clear.PREFIX)
        assert one.path.name.isascii()
        assert one.path.suffix == ""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not say what is open")
def test_files_that_arrive_do_not_use_up_what_a_process_may_open(desk: Desk, port: int):
    """1,024 at a time on most machines, for the database and the watched folders too: one for each file that came."""
    assert receiving.AT_ONCE * receiving.MOST_FILES <= 700
    sent = body(*[part("file", b"x", filename=b"a.wav")] * 40, part("file", SOUND, filename=b"b.wav"))
    with opened(port, length=len(sent)) as line:
        line.sendall(sent[:-1000])
        while len(desk.left) < 41:
            threading.Event().wait(0.01)
        links = [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]
        assert len([one for one in links if one.startswith(str(desk.folder))]) <= 42
    settled(desk)


def test_a_sender_who_stops_is_cut_off(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(receiving, "STALL_SECONDS", 0.1)
    sent = body(part("file", SOUND, filename=b"1.wav"))
    with opened(port, length=len(sent)) as line:
        line.sendall(sent[:500_000])
        answer = b"".join(iter(lambda: line.recv(4000), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"trop lente" in answer
    settled(desk)


def test_a_sender_who_drips_is_cut_off(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(receiving, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(receiving, "LEAST_BYTES_A_SECOND", 1 << 60)
    sent = body(part("file", SOUND, filename=b"1.wav"))
    with opened(port, length=len(sent)) as line:
        line.sendall(sent[:1000])
        assert line.recv(4000).startswith(b"HTTP/1.1 408")
    settled(desk)


def test_stalled_senders_do_not_keep_others_out_for_ever(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch):
    """As many as may send at once, all stopped: the next one waits for a turn, and gets it."""
    monkeypatch.setattr(receiving, "STALL_SECONDS", 1.0)
    sent = body(part("file", SOUND, filename=b"1.wav"))
    stalled = [opened(port, length=len(sent)) for _ in range(receiving.EACH_AT_ONCE)]
    assert post(port, sent)[0] == 200
    for line in stalled:
        assert line.recv(4000).startswith(b"HTTP/1.1 408")
        line.close()


def test_a_turn_that_does_not_come_is_said(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(receiving, "TURN_SECONDS", 0.2)
    sent = body(part("file", SOUND, filename=b"1.wav"))
    stalled = [opened(port, length=len(sent)) for _ in range(receiving.EACH_AT_ONCE)]
    for line in stalled:
        line.sendall(sent[:500_000])
    while len(desk.left) < receiving.EACH_AT_ONCE:
        threading.Event().wait(0.01)
    assert post(port, sent) == (503, {"advice": receiving.BUSY})
    for line in stalled:
        line.close()
    settled(desk)


def test_one_person_does_not_take_everyone_s_turn():
    async def scene() -> None:
        turns = receiving.Turns()
        async with anyio.create_task_group() as group:
            inside = 0

            async def hold() -> None:
                nonlocal inside
                async with turns.turn("claire"):
                    inside += 1
                    await anyio.sleep_forever()

            for _ in range(receiving.AT_ONCE):
                group.start_soon(hold)
            await anyio.wait_all_tasks_blocked()
            assert inside == receiving.EACH_AT_ONCE
            async with turns.turn("lambert"):
                group.cancel_scope.cancel()

    anyio.run(scene)


def test_a_full_disk_is_said_and_leaves_nothing(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch):
    written = receiving._Arriving.write

    def failing(self: Any, data: bytes) -> None:
        if self._size > 300_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(self, data)

    monkeypatch.setattr(receiving._Arriving, "write", failing)
    answer, said = post(port, body(part("file", SOUND, filename=b"1.wav")))
    assert (answer, said) == (507, {"advice": receiving.FULL})
    assert desk.left == []


def test_a_file_is_never_whole_in_memory(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch):
    largest = 0
    fed = receiving._Parts.feed

    def measured(self: Any, block: bytes) -> None:
        nonlocal largest
        largest = max(largest, len(block))
        fed(self, block)

    monkeypatch.setattr(receiving._Parts, "feed", measured)
    assert post(port, body(part("file", SOUND * 8, filename=b"1.wav")))[0] == 200
    assert 0 < largest < 1 << 20
