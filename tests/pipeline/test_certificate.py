"""The certificate of the pages: what a browser that trusts the authority accepts, and what it must not."""

import shutil
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.machine import certificate
from pipeline.machine.certificate import CertificateRefused

NOW = datetime.now(UTC)


def greeted(home: Path, name: str, *, authority: Path | None = None) -> str:
    """What a client that trusts this authority says of the server, asked under this name."""
    context = ssl.create_default_context(cafile=str(authority or home / "tls" / certificate.AUTHORITY))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(home / "tls" / certificate.SERVER, home / "tls" / certificate.SERVER_KEY)
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        context.wrap_socket(ours, server_hostname=name).close()
    except (ssl.SSLError, OSError) as error:
        return str(error)
    finally:
        ours.close()
        thread.join()
    return "accepted"


def test_every_name_asked_for_is_accepted_and_no_other(tmp_path: Path):
    made = certificate.make(tmp_path, ["cabinet.local", "192.168.1.10", "::1"])
    for name in ("cabinet.local", "192.168.1.10", "localhost", "127.0.0.1", "::1"):
        assert greeted(tmp_path, name) == "accepted", name
    for name in ("impots.gouv.fr", "192.168.1.11"):
        assert "mismatch" in greeted(tmp_path, name) or "not valid" in greeted(tmp_path, name)
    assert made.names == ("cabinet.local", "192.168.1.10", "::1", "localhost", "127.0.0.1")
    assert timedelta(days=390) < made.until - NOW < timedelta(days=398)
    assert made.new_authority


@pytest.mark.parametrize("stolen", ["impots.gouv.fr", "192.168.1.11", "8.8.8.8"])
def test_a_stolen_authority_cannot_stand_for_another_site(tmp_path: Path, stolen: str):
    certificate.make(tmp_path, ["cabinet.local", "192.168.1.10"])
    known, key, _ = certificate._authority(tmp_path / "tls", ["cabinet.local"], NOW)
    forged, forged_key = certificate._server(known, key, [stolen], NOW)
    certificate._write(tmp_path / "tls" / certificate.SERVER, certificate._pem(forged))
    certificate._write(tmp_path / "tls" / certificate.SERVER_KEY, certificate._key_pem(forged_key))
    assert "permitted subtree violation" in greeted(tmp_path, stolen)


def test_keys_are_for_this_account_only(tmp_path: Path):
    certificate.make(tmp_path, ["cabinet.local"])
    folder = tmp_path / "tls"
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (certificate.AUTHORITY_KEY, certificate.SERVER_KEY):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [certificate.AUTHORITY, certificate.AUTHORITY_KEY, certificate.SERVER, certificate.SERVER_KEY]
    )


def test_renewing_keeps_the_authority_that_the_posts_know(tmp_path: Path):
    certificate.make(tmp_path, ["cabinet.local"], at=NOW - timedelta(days=380))
    before = shutil.copy(tmp_path / "tls" / certificate.AUTHORITY, tmp_path / "known.crt")
    renewed = certificate.make(tmp_path, [])
    assert not renewed.new_authority
    assert renewed.names == ("cabinet.local", "localhost", "127.0.0.1")
    assert renewed.until - NOW > timedelta(days=390)
    assert greeted(tmp_path, "cabinet.local", authority=Path(before)) == "accepted"


def test_another_name_or_an_old_authority_asks_for_a_new_one(tmp_path: Path):
    certificate.make(tmp_path, ["cabinet.local"])
    assert certificate.make(tmp_path, ["cabinet.local", "10.0.0.2"]).new_authority
    assert greeted(tmp_path, "10.0.0.2") == "accepted"
    old = tmp_path / "old"
    old.mkdir()
    certificate.make(old, ["cabinet.local"], at=NOW - timedelta(days=3653 - 100))
    assert certificate.make(old, []).new_authority


def test_killed_between_an_authority_and_its_key_the_next_certificate_is_accepted(tmp_path: Path):
    made = certificate.make(tmp_path, ["cabinet.local"])
    _, other_key = certificate._new_authority(made.names, NOW)
    certificate._write(tmp_path / "tls" / certificate.AUTHORITY_KEY, certificate._key_pem(other_key))
    assert certificate.make(tmp_path, []).new_authority
    assert greeted(tmp_path, "cabinet.local") == "accepted"


@pytest.mark.parametrize("name", ["", "*.local", "cab inet", "http://cabinet", "-x", "999.1.1.1", "a" * 64 + ".fr"])
def test_what_is_not_a_name_is_refused(tmp_path: Path, name: str):
    with pytest.raises(CertificateRefused, match="name"):
        certificate.make(tmp_path, [name])
    assert not (tmp_path / "tls").exists()


def test_without_a_name_nor_a_certificate_a_name_is_asked_for(tmp_path: Path):
    with pytest.raises(CertificateRefused) as refused:
        certificate.make(tmp_path, [])
    assert "--name" in refused.value.advice


def test_the_lines_for_the_settings_are_settings(tmp_path: Path):
    import tomllib

    from pipeline import settings

    made = certificate.make(tmp_path, ["cabinet.local"])
    web = settings.parse(tomllib.loads("[web]\n" + "\n".join(certificate.settings_lines(made)))).web
    assert (tmp_path / web.certificate).is_file()
    assert (tmp_path / web.certificate_key).is_file()
    assert "cabinet.local" in web.names
    assert all(word in " ".join(certificate.trusting(made)) for word in ("Windows", "macOS", "Firefox", "Linux"))
