"""The pages on a network: encrypted, or not opened."""

import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.machine import certificate
from pipeline.machine.certificate import CertificateRefused
from pipeline.practice import Practice
from pipeline.running.serving import Exposed, PortTaken, secured, serving
from pipeline.settings import Web
from tests.fakes import OnTheSpot


@contextmanager
def opened(practice: Practice, web: Web) -> Iterator[str]:
    chosen = replace(practice, settings=practice.settings.model_copy(update={"web": web}))
    with serving(chosen, OnTheSpot(chosen)) as address:
        yield address


def encrypted(practice: Practice, **asked: object) -> Web:
    certificate.make(practice.home, ["cabinet.local"])
    files = {"certificate": "tls/copiste.crt", "certificate_key": "tls/copiste.key"}
    return Web.model_validate({"port": 0, **files, **asked})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::", "cabinet.local"])
def test_pages_in_clear_are_never_opened_to_a_network(practice: Practice, host: str):
    with pytest.raises(Exposed) as refused, opened(practice, Web(port=0, host=host)):
        pass
    assert "copiste certificate" in refused.value.advice


@pytest.mark.parametrize("web", [Web(), Web(host="::1"), Web(host="localhost"), Web(host="0.0.0.0", behind_proxy=True)])
def test_this_machine_or_an_encrypting_server_in_front_needs_no_certificate(web: Web, tmp_path: Path):
    assert secured(web, home=tmp_path) == {}


def test_the_pages_answer_under_the_certificate_and_only_so(practice: Practice):
    with opened(practice, encrypted(practice)) as address:
        assert address.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(practice.home / "tls" / certificate.AUTHORITY))
        with urllib.request.urlopen(f"{address}connexion", context=trusting, timeout=20) as answer:
            assert answer.status == 200
        with pytest.raises(OSError):  # noqa: PT011 (the connection is closed, or refused)
            urllib.request.urlopen(address.replace("https", "http"), timeout=20)
        with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
            urllib.request.urlopen(address, timeout=20)


def test_the_session_cookie_never_travels_in_clear(practice: Practice):
    import httpx

    from tests.fakes import PASSWORD

    with opened(practice, encrypted(practice)) as address:
        trusting = ssl.create_default_context(cafile=str(practice.home / "tls" / certificate.AUTHORITY))
        with httpx.Client(base_url=address, verify=trusting) as browser:
            sent = browser.post(
                "/connexion", data={"login": "claire", "password": PASSWORD}, headers={"Origin": address.rstrip("/")}
            )
    assert "secure" in sent.headers["set-cookie"].lower()


@pytest.mark.parametrize("broken", ["no key", "no file", "not a certificate", "another key"])
def test_a_certificate_that_cannot_be_used_is_a_french_sentence(practice: Practice, broken: str):
    web = encrypted(practice)
    if broken == "no key":
        web = web.model_copy(update={"certificate_key": ""})
    elif broken == "no file":
        (practice.home / "tls" / "copiste.crt").unlink()
    elif broken == "not a certificate":
        (practice.home / "tls" / "copiste.crt").write_text("rien")
    else:
        (practice.home / "tls" / "copiste.key").write_bytes((practice.home / "tls" / "autorite.key").read_bytes())
    with pytest.raises(CertificateRefused) as refused, opened(practice, web):
        pass
    assert "copiste certificate" in refused.value.advice


def test_a_port_that_is_taken_is_said(practice: Practice, capfd):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        with pytest.raises(PortTaken), opened(practice, Web(port=door.getsockname()[1])):
            pass
    assert "Traceback" not in capfd.readouterr().err


def test_every_address_is_told_under_a_name_that_can_be_typed(practice: Practice):
    with opened(practice, encrypted(practice, host="0.0.0.0", names=["cabinet.local"])) as address:
        assert address.startswith("https://cabinet.local:")
