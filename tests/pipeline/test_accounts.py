from datetime import timedelta

import pytest
from argon2.exceptions import VerifyMismatchError

from pipeline import accounts, store, tables
from pipeline.errors import NotFound
from pipeline.practice import Practice
from tests.fakes import PASSWORD, People
from tests.pipeline.cast import join


def log_in(practice: Practice, password: str = PASSWORD, login: str = "claire") -> str | None:
    return accounts.log_in(practice.database, login=login, password=password, hours=1)


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


def test_an_account_that_waits_takes_as_long_to_answer_as_a_login_that_does_not_exist(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    class Counting:
        checks = 0

        def verify(self, *_: str) -> bool:
            self.checks += 1
            raise VerifyMismatchError

        def hash(self, _: str) -> str:
            return ""

    hasher = Counting()
    monkeypatch.setattr(accounts, "_hasher", lambda: hasher)
    for _ in range(accounts.FAILURES_BEFORE_PAUSE + 2):
        log_in(practice, "wrong password")
    assert hasher.checks == accounts.FAILURES_BEFORE_PAUSE + 2


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


def test_checking_a_password_keeps_nobody_from_writing(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    """Argon2 takes a while on purpose: someone else must be able to write meanwhile."""
    written = []

    class Slow:
        def verify(self, _hash: str, _password: str) -> bool:
            with practice.begin() as connection:
                connection.execute(tables.user.update().where(tables.user.c.login == "garnier").values(name="Paul"))
            written.append(True)
            return True

    monkeypatch.setattr(accounts, "_hasher", Slow)
    assert log_in(practice)
    assert written


def test_a_password_changed_during_the_check_does_not_let_the_old_one_in(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
):
    class Meanwhile:
        def verify(self, _hash: str, _password: str) -> bool:
            with practice.begin() as connection:
                connection.execute(tables.user.update().values(password_hash="another"))
            return True

    monkeypatch.setattr(accounts, "_hasher", Meanwhile)
    assert log_in(practice) is None


@pytest.mark.parametrize(
    "narrowed",
    [
        lambda connection: accounts.close(connection, "claire"),
        lambda connection: accounts.change_password(connection, "Claire ", "un autre mot de passe"),
        lambda connection: accounts.change_role(connection, "claire", "archivist"),
        lambda connection: accounts.add_scope(connection, "claire", doctor=None, site="S"),
        lambda connection: accounts.remove_scope(connection, "claire", site="S"),
        lambda connection: accounts.work_for_everyone(connection, "claire", everyone=False),
    ],
    ids=["close", "password", "role", "scope", "less", "everyone"],
)
def test_whatever_narrows_an_account_ends_its_sessions_and_no_others(practice: Practice, narrowed):
    mine, other = log_in(practice), log_in(practice, login="lambert")
    with practice.begin() as connection:
        connection.execute(tables.site.insert().values(id="S", name="Nord"))
        narrowed(connection)
    with practice.look() as connection:
        assert accounts.who(connection, mine) is None
        assert accounts.who(connection, other).name == "Lambert"


def test_a_new_password_replaces_the_old_one_and_ends_the_wait(practice: Practice):
    for _ in range(accounts.FAILURES_BEFORE_PAUSE):
        log_in(practice, "wrong password")
    with practice.begin() as connection:
        accounts.change_password(connection, "claire", "un autre mot de passe")
        with pytest.raises(accounts.BadAccount):
            accounts.change_password(connection, "claire", "court")
        with pytest.raises(NotFound):
            accounts.change_password(connection, "personne", "un autre mot de passe")
    assert log_in(practice) is None
    assert log_in(practice, "un autre mot de passe")


def test_a_closed_account_opens_again_with_the_password_it_had(practice: Practice):
    with practice.begin() as connection:
        accounts.close(connection, "claire")
    assert log_in(practice) is None
    with practice.begin() as connection:
        accounts.reopen(connection, "claire")
    assert log_in(practice)


def test_another_role_empties_the_scope_and_asks_for_a_doctor_when_it_is_one_s(practice: Practice, people: People):
    with practice.begin() as connection:
        with pytest.raises(accounts.BadAccount):
            accounts.change_role(connection, "claire", "locum")
        accounts.change_role(connection, "claire", "locum", doctor=people.lambert.doctor)
        assert accounts.actor(connection, "claire").doctor == people.lambert.doctor
        accounts.change_role(connection, "claire", "secretary")
        assert accounts.actor(connection, "claire").doctors == frozenset()


@pytest.mark.parametrize("role", ["locum", "intern"])
def test_the_only_account_that_signs_for_a_doctor_s_row_is_found_whatever_its_role(practice: Practice, role: str):
    made = join(practice, "remi", role)
    with practice.begin() as connection:
        assert accounts.only(connection, role="doctor", doctor=made.doctor).id == made.id
        with pytest.raises(NotFound):
            accounts.only(connection, role="doctor")
