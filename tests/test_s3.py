"""The store in an S3 bucket: what is written once, what happens when the bucket is away, and what destroying means."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa

from archive.bucket import Patience
from archive.errors import KeyMissing, ObjectAltered, ObjectMissing, StoreAway, StoreFailed, StoreRefused, StoreUnusable
from archive.objects import Objects, path_of
from archive.tables import metadata, vault_metadata
from archive.vault import Vault
from archive.verify import verify
from tests.archive.conftest import sqlite
from tests.s3 import Service, environment, service  # noqa: F401  (fixtures)

TEXT = "Compte rendu de Mme Œuvrard, née le 2 février 1958.".encode()
HURRIED = Patience(connect=0.5, silence=0.5, retries=3, trying=1.0)
pytestmark = pytest.mark.usefixtures("environment")


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = sqlite(tmp_path / "keys.db")
    vault_metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def vault(keys: sa.Engine) -> Vault:
    return Vault(keys, pyrage.x25519.Identity.generate())


@pytest.fixture
def bucket(service: Service) -> str:  # noqa: F811
    return service.bucket()


@pytest.fixture
def objects(bucket: str, vault: Vault) -> Objects:
    return Objects(f"s3://{bucket}/cabinet", vault, patience=HURRIED)


def keys_in(vault: Vault) -> int:
    from archive.tables import object_key

    with vault._engine.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(object_key)) or 0)


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_what_is_put_is_given_back_and_lies_unreadable_under_the_prefix_at_the_usual_path(
    objects: Objects,
    bucket: str,
    service: Service,  # noqa: F811
) -> None:
    address = objects.put(TEXT)

    assert objects.get(address) == TEXT
    assert list(objects.addresses()) == [address]
    lying = service.admin.get_object(Bucket=bucket, Key=f"cabinet/{path_of(address)}")["Body"].read()
    assert "Œuvrard".encode() not in lying


def test_the_bucket_is_asked_to_refuse_what_exists_and_what_arrives_altered(
    objects: Objects,
    service: Service,  # noqa: F811
) -> None:
    objects.put(TEXT)

    asked = bytes(service.line.seen).lower()
    assert b"if-none-match: *" in asked
    assert b"x-amz-checksum-sha256: " in asked


def test_what_is_already_there_is_never_written_over(
    objects: Objects,
    bucket: str,
    vault: Vault,
    service: Service,  # noqa: F811
) -> None:
    address = objects.put(TEXT)
    lying = service.admin.get_object(Bucket=bucket, Key=f"cabinet/{path_of(address)}")["Body"].read()

    with pytest.raises(StoreFailed):
        objects._write(address, b"autre chose")
    objects._write(address, lying)  # the same, which a lost answer may bring about

    assert objects.get(address) == TEXT


def test_a_recording_of_200_megabytes_comes_back_whole(objects: Objects) -> None:
    data = os.urandom(1 << 20) * 200

    assert objects.get(objects.put(data)) == data


def test_more_than_a_page_of_objects_are_all_listed_and_another_prefix_is_not(
    objects: Objects,
    bucket: str,
    vault: Vault,
) -> None:
    from moto.s3.models import s3_backends

    backend = s3_backends["123456789012"]["aws"]
    many = {f"{number:064x}" for number in range(2345)}
    for address in many:
        backend.put_object(bucket, f"cabinet/{path_of(address)}", b"x")
    backend.put_object(bucket, f"cabinet-voisin/{path_of('a' * 64)}", b"x")
    backend.put_object(bucket, path_of("b" * 64), b"x")

    found = list(objects.addresses())

    assert len(found) == len(many)
    assert set(found) == many


def test_an_altered_object_and_a_missing_one_are_told_from_a_bucket_that_is_away(
    objects: Objects,
    bucket: str,
    service: Service,  # noqa: F811
) -> None:
    altered, gone = objects.put(b"a"), objects.put(b"b")
    service.admin.put_object(Bucket=bucket, Key=f"cabinet/{path_of(altered)}", Body=b"autre")
    service.admin.delete_object(Bucket=bucket, Key=f"cabinet/{path_of(gone)}")

    with pytest.raises(ObjectAltered):
        objects.get(altered)
    with pytest.raises(ObjectMissing):
        objects.get(gone)


def test_a_bucket_that_does_not_exist_is_a_failure_not_an_empty_archive(vault: Vault) -> None:
    nowhere = Objects("s3://copiste-nulle-part/cabinet", vault, patience=HURRIED)

    for act in (lambda: nowhere.put(TEXT), lambda: nowhere.get("a" * 64), lambda: list(nowhere.paths())):
        with pytest.raises(StoreFailed):
            act()
    assert keys_in(vault) == 0


def test_the_archive_in_a_bucket_is_verified_like_any_other(
    objects: Objects,
    bucket: str,
    tmp_path: Path,
    service: Service,  # noqa: F811
) -> None:
    kept, lost = objects.put(TEXT), objects.put(b"perdu")
    stray = objects.put("laissé par une étape".encode())
    service.admin.delete_object(Bucket=bucket, Key=f"cabinet/{path_of(lost)}")
    engine = sqlite(tmp_path / "copiste.db")
    metadata.create_all(engine)
    with engine.connect() as connection:
        found = verify(connection, objects, elsewhere=[kept, lost])
        service.line.turn("cut")
        with pytest.raises(StoreFailed):  # a bucket that is away is no proof that anything is missing
            verify(connection, objects, elsewhere=[kept])
    engine.dispose()

    assert found.missing == (lost,)
    assert found.untracked == (stray,)


def test_an_object_is_copied_out_as_it_lies_and_put_back(
    objects: Objects,
    bucket: str,
    service: Service,  # noqa: F811
) -> None:
    address = objects.put(TEXT)
    lying = objects.stored(address)
    service.admin.delete_object(Bucket=bucket, Key=f"cabinet/{path_of(address)}")

    objects.put_back(address, lying)
    objects.put_back(address, lying)

    assert TEXT not in lying
    assert objects.get(address) == TEXT


# --- a bucket that is away --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["cut", "silent", "torn"])
def test_a_bucket_that_does_not_answer_ends_in_a_failure_worth_a_retry_and_works_again_after(
    objects: Objects,
    vault: Vault,
    state: str,
    service: Service,  # noqa: F811
) -> None:
    address = objects.put(TEXT)
    service.line.turn(state)  # type: ignore[arg-type]

    for act in (lambda: objects.put(TEXT), lambda: objects.get(address), lambda: list(objects.paths())):
        with pytest.raises(StoreAway) as failure:
            act()
        assert failure.value.retry

    service.line.turn("open")
    assert objects.get(address) == TEXT
    assert list(objects.addresses()) == [address], "a write that was torn must leave nothing"
    assert keys_in(vault) == 1
    assert objects.get(objects.put(b"apres")) == b"apres"


def test_a_write_whose_answer_was_lost_is_not_taken_for_a_conflict(
    objects: Objects,
    vault: Vault,
    service: Service,  # noqa: F811
) -> None:
    service.line.turn("deaf")

    address = objects.put(TEXT)

    assert bytes(service.line.seen).count(b"PUT /") == 2
    assert objects.get(address) == TEXT


def test_a_short_absence_is_waited_for(objects: Objects, service: Service) -> None:  # noqa: F811
    address = objects.put(TEXT)
    service.line.turn("deaf")

    assert objects.get(address) == TEXT


def test_a_bucket_that_refuses_is_said_to_refuse(
    objects: Objects,
    vault: Vault,
    service: Service,  # noqa: F811
) -> None:
    address = objects.put(TEXT)
    service.line.turn("refusing")

    for act in (lambda: objects.put(TEXT), lambda: objects.get(address), lambda: list(objects.paths())):
        with pytest.raises(StoreRefused) as refusal:
            act()
        assert "identifiants" in refusal.value.advice
    assert keys_in(vault) == 1


# --- destroying -------------------------------------------------------------------------------------------------------


def test_what_is_destroyed_is_gone_and_may_be_destroyed_again(objects: Objects) -> None:
    first, second = objects.put(TEXT), objects.put(TEXT)

    assert objects.destroy(first)
    assert objects.destroy(first)

    assert list(objects.addresses()) == [second]
    assert objects.get(second) == TEXT


def test_in_a_bucket_that_keeps_versions_what_is_destroyed_stays_as_noise(
    vault: Vault,
    service: Service,  # noqa: F811
) -> None:
    name = service.bucket(ObjectLockEnabledForBucket=True)
    objects = Objects(f"s3://{name}/cabinet", vault, patience=HURRIED)
    address = objects.put(TEXT)
    service.admin.put_object_retention(
        Bucket=name, Key=f"cabinet/{path_of(address)}",
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=3650)},
    )  # fmt: skip

    assert objects.destroy(address)

    assert list(objects.paths()) == []
    (version,) = service.admin.list_object_versions(Bucket=name)["Versions"]
    lying = service.admin.get_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
    assert TEXT not in lying
    service.admin.put_object(Bucket=name, Key=version["Key"], Body=lying)
    with pytest.raises(KeyMissing):
        objects.get(address)


def test_where_nobody_may_remove_the_key_goes_all_the_same_and_it_is_said(
    objects: Objects,
    service: Service,  # noqa: F811
) -> None:
    address = objects.put(TEXT)
    service.line.turn("refusing")

    assert not objects.destroy(address)

    service.line.turn("open")
    assert list(objects.addresses()) == [address]
    with pytest.raises(KeyMissing):
        objects.get(address)


# --- where it is, and who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "changes", "said"),
    [
        ("memory:///", {}, "s3://"),
        ("gs://seau/cabinet", {}, "s3://"),
        ("s3://essai:secret@seau/cabinet", {}, "s3://"),
        ("s3://seau/cabinet?region=x", {}, "s3://"),
        ("s3:///cabinet", {}, "s3://"),
        ("s3://seau/cabinet", {"AWS_ENDPOINT": "http://stockage.hopital.example:9000"}, "chiffrée"),
        ("s3://seau/cabinet", {"AWS_ENDPOINT": "stockage.hopital.example"}, "AWS_ENDPOINT"),
        ("s3://seau/cabinet", {"AWS_ENDPOINT": "", "AWS_REGION": ""}, "AWS_ENDPOINT"),
        ("s3://seau/cabinet", {"AWS_ACCESS_KEY_ID": ""}, "AWS_ACCESS_KEY_ID"),
        ("s3://seau/cabinet", {"AWS_CA_BUNDLE": "/nulle/part.pem"}, "AWS_CA_BUNDLE"),
    ],
)
def test_an_address_or_an_environment_that_will_not_do_is_refused_in_french_before_anything_leaves(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    service: Service,  # noqa: F811
    location: str,
    changes: dict[str, str],
    said: str,
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(StoreUnusable) as refusal:
        Objects(location, vault)

    assert said in refusal.value.advice
    assert not service.line.seen


@pytest.mark.parametrize(
    "changes",
    [
        {"AWS_ENDPOINT": "https://stockage.hopital.example"},
        {"AWS_ENDPOINT": "http://stockage.hopital.example:9000", "AWS_ALLOW_HTTP": "true"},
        {"AWS_ENDPOINT": "http://localhost:9000"},
        {"AWS_ENDPOINT": "", "AWS_REGION": "eu-west-3"},
    ],
)
def test_an_encrypted_line_or_one_that_is_said_to_be_safe_is_accepted(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)

    Objects("s3://seau/cabinet", vault)
