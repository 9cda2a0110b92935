"""The secret that the program goes on with: in a file of its owner's alone, and with one run at a time."""

import os

import pytest

from discovery.scanner.session import Session
from discovery.scanner.trouble import Trouble

UID = "0b8f9bd2-6a4e-4b0e-8f0b-7d9c3d6b3a51"


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Makes sessions of a file in a folder, and beside them a home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "download").mkdir()
    return lambda: Session(tmp_path / "download" / "scanner.pyz", UID)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "download" / f"scanner-{UID}.state"


def test_a_secret_is_made_and_kept_for_its_owner(session, place):
    with session() as first:
        secret = first.secret
    with session() as second:
        assert second.secret == secret

    assert len(secret) == 43
    assert place.read_text() == f"{secret}\n"
    assert place.stat().st_mode & 0o777 == 0o600


def test_each_file_has_a_secret_of_its_own(session, tmp_path):
    with session() as one, Session(tmp_path / "scanner.pyz", UID) as other:
        assert one.secret != other.secret


def test_a_secret_that_is_forgotten_is_gone(session, place):
    with session() as one:
        one.forget()

    assert not place.exists()


@pytest.mark.parametrize("content", ["", "half", "s" * 44, "\x00" * 43, "é" * 43])
def test_what_is_no_secret_is_replaced(session, place, content):
    place.write_text(content)

    with session() as one:
        assert place.read_text() == f"{one.secret}\n"


def test_others_may_not_read_it_any_more(session, place):
    place.write_text("s" * 43)
    place.chmod(0o644)

    with session() as one:
        assert one.secret == "s" * 43

    assert place.stat().st_mode & 0o777 == 0o600


def test_one_run_at_a_time_holds_it(session):
    with session(), pytest.raises(Trouble, match="is running already"):
        session().__enter__()

    with session() as after:
        assert after.secret


def test_a_link_that_somebody_has_put_there_is_not_followed(session, place, tmp_path):
    place.symlink_to(tmp_path / "theirs")

    with session():
        assert not (tmp_path / "theirs").exists()
        assert (tmp_path / "home" / place.name).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_not_trusted(session, place):
    place.write_text("s" * 43)
    os.chown(place, 12345, 12345)

    with pytest.raises(Trouble, match="belongs to another user, who could go on in your place: delete it"):
        session().__enter__()


def test_another_file_of_ours_under_its_name_is_not_written_to(session, place, tmp_path):
    (tmp_path / "letter").write_text("dear")
    os.link(tmp_path / "letter", place)

    with pytest.raises(Trouble, match="is another file's name as well: delete it"):
        session().__enter__()
    assert (tmp_path / "letter").read_text() == "dear"


def test_who_can_write_nowhere_is_told(session, place, tmp_path):
    place.mkdir()
    (tmp_path / "home" / place.name).mkdir()

    with pytest.raises(Trouble, match=r"can do so neither in .+download nor in .+home: make one of them writable"):
        session().__enter__()
