"""Sockets whose paths fit, folders that `nobody` reaches, ports that are free."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from sslportal.embedded import places
from sslportal.embedded.terminal import Trouble

LONGEST = 107 - len("/.s.PGSQL.5432")


def test_a_folder_fits_as_long_as_the_kernel_takes_its_sockets():
    assert places.fits(Path("/" + "x" * (LONGEST - 1)))
    assert not places.fits(Path("/" + "x" * LONGEST))


def test_length_is_counted_in_bytes():
    assert not places.fits(Path("/" + "é" * (LONGEST - 10)))


def test_a_short_folder_is_private_and_fits(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    folder = places.short_folder(None)

    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_a_long_runtime_folder_is_passed_over(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))

    folder = places.short_folder(None)

    assert folder.parent != long
    folder.rmdir()


def test_a_folder_is_reachable_where_every_folder_above_lets_others_pass(tmp_path):
    tmp_path.chmod(0o700)
    inside = tmp_path / "inside"
    inside.mkdir()

    assert not places.is_reachable(inside)
    assert places.is_reachable(Path("/usr/bin"))


def test_a_free_port_is_free():
    places.require_free(places.free_port())


def test_a_taken_port_is_refused_with_the_way_out():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(Trouble, match=f"Port {port} of 127.0.0.1 .*\n.*--port {port + 1}"):
            places.require_free(port)
