from datetime import timedelta

import pytest

from pipeline import accounts, store, tables
from pipeline.errors import NotFound
from pipeline.practice import Practice
from tests.fakes import PASSWORD


def log_in(practice: Practice, password: str = PASSWORD, login: str = "claire") -> str | None:
    with practice.begin() as connection:
        return accounts.log_in(connection, login=login, password=password, hours=1)


def test_the_right_password_opens_a_session_and_logging_out_closes_it(practice: Practice):
    token = log_in(practice, login=" Claire ")
    assert token
    with practice.begin() as connection:
        assert accounts.who(connection, token).name == "Claire"
        accounts.log_out(connection, token)
        assert accounts.who(connection, token) is None


def test_wrong_password_and_unknown_login_answer_alike(practice: Practice):
    assert log_in(practice, "wrong password") is None
    assert log_in(practice, login="nobody") is None


def test_five_failures_make_even_the_right_password_wait(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    for _ in range(accounts.FAILURES_BEFORE_PAUSE):
        log_in(practice, "wrong password")
    assert log_in(practice) is None
    later = store.now() + accounts.PAUSE + timedelta(seconds=1)
    monkeypatch.setattr(store, "now", lambda: later)
    assert log_in(practice)


def test_a_session_ends_by_itself(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    token = log_in(practice)
    later = store.now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(store, "now", lambda: later)
    with practice.begin() as connection:
        assert accounts.who(connection, token) is None


def test_an_inactive_account_is_shut_everywhere(practice: Practice):
    token = log_in(practice)
    with practice.begin() as connection:
        connection.execute(tables.user.update().values(active=False))
        assert accounts.who(connection, token) is None
        with pytest.raises(NotFound):
            accounts.actor(connection, "claire")
    assert log_in(practice) is None


def test_neither_password_nor_token_is_kept_in_clear(practice: Practice):
    token = log_in(practice)
    practice.database.dispose()
    kept = b"".join(path.read_bytes() for path in practice.home.glob("copiste.db*"))
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"role": "chef"}, "Rôle inconnu"),
        ({"role": "operator"}, "Rôle inconnu"),
        ({"password": "court"}, "au moins 10"),
        ({"role": "doctor"}, "désigne un médecin"),
        ({"login": "CLAIRE"}, "déjà pris"),
    ],
)
def test_a_bad_account_is_refused_with_the_reason(practice: Practice, change: dict, said: str):
    asked = {"login": "anne", "name": "Anne", "role": "secretary", "password": PASSWORD, **change}
    with practice.begin() as connection, pytest.raises(accounts.BadAccount) as refused:
        accounts.add(connection, **asked)
    assert said in refused.value.advice
