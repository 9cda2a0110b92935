"""The state's folder: who may use it, and the secrets in it."""

import os

import pytest

from sslportal.embedded import environments, state
from sslportal.embedded.internet import Internet
from sslportal.embedded.state import State
from sslportal.embedded.terminal import Trouble


@pytest.fixture
def home(tmp_path):
    home = State(tmp_path / "state")
    home.prepare()
    return home


def test_secrets_are_made_once(home):
    before = home.secret_key.read_text(), home.ca_passphrase.read_text()

    home.prepare()

    assert (home.secret_key.read_text(), home.ca_passphrase.read_text()) == before
    assert len(set(before)) == 2


def test_a_state_is_claimed_by_one_command_at_a_time(home):
    lock = home.claim("up")

    with pytest.raises(Trouble, match="already running on"):
        State(home.folder).claim("up")
    os.close(lock)


def test_a_state_whose_command_has_ended_is_free(home):
    os.close(home.claim("up"))

    os.close(State(home.folder).claim("up"))


def test_processes_of_a_killed_run_are_waited_for_and_then_told(home, monkeypatch):
    monkeypatch.setattr(state, "PATIENCE", 0.3)
    lock = home.claim("up")
    home.note(command="up", pid=0)

    with pytest.raises(Trouble, match="Processes of an earlier run still use"):
        State(home.folder).claim("up")
    os.close(lock)


def test_a_folder_is_seen_from_where_the_command_was_called(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_CALLED_IN", str(tmp_path))

    assert state.at("here").folder == tmp_path / "here"
    assert state.at(None).folder.name == ".state"


def test_only_the_environment_of_the_ca_names_its_keys(home, monkeypatch):
    monkeypatch.setenv("CA_KEYS", "/somewhere/keys")
    monkeypatch.delenv("CA_PASSPHRASE_FILE", raising=False)

    portal = environments.portal(home, url="http://localhost:8000", demo=True)

    assert [name for name in portal if name.startswith("CA_")] == []
    ca = environments.with_ca(portal, home)
    assert (ca["CA_KEYS"], ca["CA_PASSPHRASE_FILE"]) == ("/somewhere/keys", str(home.ca_passphrase))


def test_a_passphrase_of_the_callers_takes_the_place_of_our_file(home, monkeypatch):
    monkeypatch.setenv("CA_PASSPHRASE", "correct horse")
    monkeypatch.delenv("CA_PASSPHRASE_FILE", raising=False)

    portal = environments.portal(home, url="http://localhost:8000", demo=True)

    ca = environments.with_ca(portal, home)
    assert [name for name in portal if name.startswith("CA_")] == []
    assert ca["CA_PASSPHRASE"] == "correct horse"
    assert "CA_PASSPHRASE_FILE" not in ca


def test_servers_that_the_caller_names_are_used(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.com/portal")
    monkeypatch.delenv("REDIS_URL", raising=False)

    portal = environments.portal(home, url="http://localhost:8000", demo=False)

    assert portal["DATABASE_URL"] == "postgresql://db.example.com/portal"
    assert portal["REDIS_URL"] == f"unix://{home.sockets}/valkey.sock"
    assert not portal["PORTAL_DEMO"]


def test_nobody_but_the_demos_own_internet_is_asked_where_it_runs(home, monkeypatch):
    monkeypatch.setenv("PORTAL_EGRESS_NETWORKS", "10.0.0.0/8")

    portal = environments.portal(home, url="http://localhost:8000", demo=True, internet=Internet(dns=5301, http=8081))

    names = ("DNS_SERVERS", "DNS_VALIDATION", "EGRESS_NETWORKS", "DEMO_WORLD", "DEMO_HTTP_PORT")
    told = [portal[f"PORTAL_{name}"] for name in names]
    assert told == ["127.0.0.1:5301", "off", "127.0.0.2/32", str(home.demo_world), "8081"]


def test_tests_see_nothing_of_an_installation(home, monkeypatch):
    monkeypatch.setenv("PORTAL_BRAND", "Somebody's")
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.com/portal")

    env = environments.tests(home)

    assert [name for name in env if name.startswith(("PORTAL_", "CA_"))] == []
    assert env["DATABASE_URL"] == "postgresql://db.example.com/portal"
