"""A browser without a browser: a client that keeps its cookie and says where it comes from, as browsers do."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pipeline import store
from pipeline.errors import SigningRefused
from pipeline.practice import Practice
from pipeline.types import Job, SignedDocument
from pipeline.web.app import application
from tests.fakes import CODE, PASSWORD, People
from tests.web.scene import Scene, furnish

ORIGIN = "http://localhost"
Visitor = Callable[..., TestClient]


@dataclass
class Queue:
    """An engine that only remembers what it was asked."""

    jobs: list[Job] = field(default_factory=list)

    def submit(self, connection: sa.Connection, job: Job) -> None:
        self.jobs.append(job)


def signature(code: str) -> Callable[[bytes, sa.RowMapping], SignedDocument]:
    def sign(pdf: bytes, doctor: sa.RowMapping) -> SignedDocument:
        if code != CODE:
            raise SigningRefused("wrong code")
        return SignedDocument(pdf=pdf + b"% signed", signer=doctor["name"], signed_at=store.now())

    return sign


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def scene(practice: Practice, people: People) -> Scene:
    return furnish(practice, people, with_sound=False)


@pytest.fixture
def app(practice: Practice, queue: Queue) -> Starlette:
    return application(practice, submit=queue.submit, signature=signature)


@pytest.fixture
def visitor(app: Starlette) -> Visitor:
    """A browser, with someone logged in or nobody."""

    def open_browser(login: str = "", *, json: bool = False) -> TestClient:
        client = TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN})
        if login:
            sent = client.post("/connexion", data={"login": login, "password": PASSWORD})
            assert sent.status_code == 303, sent.text
        if json:
            client.headers["Accept"] = "application/json"
        return client

    return open_browser
