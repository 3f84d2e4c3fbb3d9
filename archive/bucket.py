"""Objects in an S3 bucket: an address in the settings, credentials in the environment, and never an endless wait.

A write is one request, which the bucket takes whole or not at all; it is refused where something is already. In a
bucket that keeps versions, or under Object Lock, what is removed stays there as bytes: they are encrypted, and their
key has left the vault, so no one can read them any more. Knows paths and bytes; not what they are.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive.errors import StoreAway, StoreFailed, StoreRefused, StoreUnusable

_SCHEME = "s3://"
_ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?")
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_ANSWERED = re.compile(r"non-2xx status code: (\d{3})")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the bucket is waited for before StoreFailed; all in seconds, but what is written is also weighed."""

    connect: float = 3.0
    silence: float = 20.0
    """Without a byte while reading; for a whole small write."""
    bytes_per_second: int = 250_000
    """The slowest line a large write is waited for on."""
    retries: int = 30
    trying: float = 10.0
    """After the first failure, no new try is begun later than this."""
    longest_read: float = 900.0


class Bucket:
    """A store in an S3 bucket. Safe to use from several threads; a forked process must open its own."""

    def __init__(self, address: str, *, patience: Patience | None = None) -> None:
        self._address = address
        self._patience = patience or Patience()
        self._options = _options(address, os.environ)
        self._writers: dict[float, Any] = {}
        self._reader = self._opened(seconds=self._patience.longest_read, silence=self._patience.silence)

    def put(self, path: str, data: bytes) -> None:
        """Write bytes; FileExistsError when something is there already."""
        with _told(writing=True):
            self._writer(len(data)).put(path, data, mode="create", use_multipart=False)

    def get(self, path: str) -> bytes:
        """Read bytes; FileNotFoundError when there are none."""
        with _told():
            return bytes(self._reader.get(path).bytes())

    def delete(self, path: str) -> bool:
        """Remove; harmless when there is nothing. False when the bucket lets nobody remove (Object Lock, its policy).

        True does not promise that the bytes are gone: a bucket may keep versions.
        """
        try:
            with _told():
                self._writer(0).delete(path)
        except FileNotFoundError:
            return True
        except StoreRefused:
            return False
        return True

    def paths(self) -> Iterator[str]:
        """List all that is under the prefix, page after page."""
        with _told():
            for page in self._reader.list():
                yield from (str(entry["path"]) for entry in page)

    def _writer(self, size: int) -> Any:
        """A connection that waits for as long as this many bytes may take: a fixed time would cut large ones."""
        seconds = self._patience.silence
        while seconds < size / self._patience.bytes_per_second:
            seconds *= 2
        if seconds not in self._writers:
            self._writers[seconds] = self._opened(seconds=seconds)
        return self._writers[seconds]

    def _opened(self, *, seconds: float, silence: float | None = None) -> Any:
        from obstore.store import from_url

        client = {"timeout": timedelta(seconds=seconds), "connect_timeout": timedelta(seconds=self._patience.connect)}
        if silence is not None:
            client["read_timeout"] = timedelta(seconds=silence)
        pause = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2}
        retry: Any = {
            "max_retries": self._patience.retries,
            "retry_timeout": timedelta(seconds=self._patience.trying),
            "backoff": pause,
        }
        config, transport = self._options
        options: Any = {**client, **transport}
        try:
            return from_url(self._address, config=config, client_options=options, retry_config=retry)  # type: ignore[call-overload]
        except Exception as error:  # what obstore says may quote the environment: only its kind is told
            raise StoreUnusable(f"the bucket cannot be opened: {type(error).__name__}") from None


def is_bucket(location: str) -> bool:
    """Tell whether this names a bucket rather than a folder; StoreUnusable when it is an address of another kind."""
    if "://" not in location:
        return False
    if not location.startswith(_SCHEME):
        raise StoreUnusable("an address of an unknown kind", advice=_ONLY)
    return True


_ONLY = "Réglage [storage] store : indiquez un dossier, ou une adresse de la forme s3://compartiment/préfixe."


def _options(address: str, environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is told of the bucket, and of the line to it; StoreUnusable says in French what is not acceptable."""
    if not _ADDRESS.fullmatch(address):
        raise StoreUnusable("not the address of a bucket", advice=_ONLY)
    _require_credentials(environment)
    config: dict[str, Any] = {}
    transport: dict[str, Any] = {}
    if endpoint := _first(environment, _ENDPOINTS):
        config["endpoint"] = endpoint.rstrip("/")
        transport["allow_http"] = _in_clear(endpoint, environment)
    elif not _first(environment, _REGIONS):
        # Without either, the library would go to a company's servers abroad: an archive goes where it was told to.
        raise StoreUnusable("no endpoint and no region", advice=_NO_ENDPOINT)
    if not environment.get("AWS_CHECKSUM_ALGORITHM"):
        config["checksum_algorithm"] = "sha256"  # the bucket refuses what arrived altered, and Object Lock wants it
    if bundle := environment.get("AWS_CA_BUNDLE"):
        transport["root_certificate"] = _certificates(bundle)
    return config, transport


_NO_ENDPOINT = (
    "L'adresse du service de stockage manque : donnez-la à Copiste dans l'environnement (AWS_ENDPOINT=https://…, "
    "ou AWS_REGION pour Amazon)."
)


def _require_credentials(environment: Mapping[str, str]) -> None:
    """Without credentials the library would look for them on the network: it is not left to."""
    if _first(environment, _CREDENTIALS) is None:
        raise StoreUnusable(
            "no credentials in the environment",
            advice="Les identifiants du stockage manquent : donnez-les à Copiste dans l'environnement "
            "(AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY), jamais dans copiste.toml.",
        )


def _in_clear(endpoint: str, environment: Mapping[str, str]) -> bool:
    """Whether the line is not encrypted, which is only for this machine, or for who says so."""
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise StoreUnusable("not the address of a service", advice=_NO_ENDPOINT)
    if parts.scheme == "https":
        return False
    said = environment.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")
    if parts.hostname not in _LOOPBACK and not said:
        raise StoreUnusable(
            "plain http to another machine",
            advice="Le service de stockage n'est pas joint par une liaison chiffrée. Donnez une adresse en https:// ; "
            "si le réseau est protégé autrement, dites-le avec AWS_ALLOW_HTTP=true.",
        )
    return True


def _certificates(bundle: str) -> bytes:
    try:
        return Path(bundle).read_bytes()
    except OSError:
        raise StoreUnusable(
            "AWS_CA_BUNDLE cannot be read",
            advice="Le fichier de certificats que désigne AWS_CA_BUNDLE ne peut pas être lu.",
        ) from None


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


@contextmanager
def _told(*, writing: bool = False) -> Iterator[None]:
    """Turn failures into ours; what is there, or is not, stays said as Python says it. A bucket that is not there is
    a failure: all that it held would otherwise pass for missing."""
    from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except FileNotFoundError as error:
        if writing or "NoSuchBucket" in str(error):
            raise StoreFailed("the bucket is not there") from None
        raise
    except AlreadyExistsError:
        raise FileExistsError("an object is there already") from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise StoreRefused("the store refused") from None
    except (BaseError, OSError) as error:
        answered = _ANSWERED.search(str(error))  # what has no kind of its own: a listing's refusal, for one
        if answered and answered[1] == "403":
            raise StoreRefused("the store refused") from None
        if answered and answered[1] < "500":
            raise StoreFailed(f"the store answered {answered[1]}") from None
        raise StoreAway(f"the store is away: {type(error).__name__}") from None
