"""The settings in the downloaded file are read strictly: what is not as the portal writes it is refused."""

import json
import zipfile

import pytest

from discovery.download import program
from discovery.scanner import settings
from discovery.scanner.targets import Endpoint
from discovery.scanner.trouble import Trouble

UID = "0b8f9bd2-6a4e-4b0e-8f0b-7d9c3d6b3a51"
SCAN = {
    "portal": "https://portal.test",
    "uid": UID,
    "token": "t" * 43,
    "kind": "scan",
    "language": "ja",
    "include": "10.0.0.0/24",
    "exclude": "",
    "ports": "",
    "speed": "fast",
}


def read(folder, wanted):
    path = folder / "scanner.pyz"
    path.write_bytes(program(wanted))
    return settings.read(path)


def test_a_scan_is_read(tmp_path):
    found = read(tmp_path, SCAN)

    assert {name: value for name, value in found._asdict().items() if value} == {
        name: value for name, value in SCAN.items() if value
    }
    assert found.agent == f"https://portal.test/discovery/agent/{UID}/"


def test_a_health_check_is_read(tmp_path):
    hosts = ["www.example.com", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1"]
    wanted = {**SCAN, "kind": "health", "endpoints": [{"host": host, "port": 443} for host in hosts]}

    assert read(tmp_path, wanted).endpoints == (
        Endpoint("", 443, "www.example.com"),
        Endpoint("192.0.2.1", 443),
        Endpoint("2001:db8::1", 443),
        Endpoint("::ffff:10.0.0.1", 443),
    )


@pytest.mark.parametrize("portal", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_a_portal_on_this_computer_needs_no_tls(tmp_path, portal):
    assert read(tmp_path, {**SCAN, "portal": portal}).agent == f"{portal}/discovery/agent/{UID}/"


@pytest.mark.parametrize(
    "changed",
    [
        {"portal": "http://portal.test"},
        {"portal": "ftp://portal.test"},
        {"portal": "https://"},
        {"portal": "https://user@portal.test"},
        {"portal": "https://portal.test/?a"},
        {"portal": "https://portal.test\r\nX: y"},
        {"uid": "../../x"},
        {"uid": UID.upper()},
        {"token": ""},
        {"token": "t" * 31 + "\n"},
        {"kind": "other"},
        {"speed": "light"},
        {"include": 5},
        {"more": "x"},
        {"endpoints": 5},
        {"endpoints": ["a.test"]},
        {"endpoints": [{"host": "a b", "port": 1}]},
        {"endpoints": [{"host": 5, "port": 1}]},
        {"endpoints": [{"host": "a.test", "port": 0}]},
        {"endpoints": [{"host": "a.test", "port": "443"}]},
        {"endpoints": [{"host": "10.0.0.0/8", "port": 443}]},
    ],
)
def test_damaged_settings_are_refused(tmp_path, changed):
    with pytest.raises(Trouble, match=r"are damaged .*: download it again"):
        read(tmp_path, {**SCAN, **changed})


@pytest.mark.parametrize("missing", ["portal", "uid", "token", "kind"])
def test_settings_must_be_there(tmp_path, missing):
    with pytest.raises(Trouble, match=r"are damaged .*: download it again"):
        read(tmp_path, {name: value for name, value in SCAN.items() if name != missing})


@pytest.mark.parametrize("content", ["[]", "5", "null"])
def test_settings_are_an_object(tmp_path, content):
    path = tmp_path / "scanner.pyz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("settings.json", content)

    with pytest.raises(Trouble, match="download it again"):
        settings.read(path)


@pytest.mark.parametrize("content", [b"", b"#!/usr/bin/env python3\n", json.dumps(SCAN).encode()])
def test_what_is_no_program_is_refused(tmp_path, content):
    path = tmp_path / "scanner.pyz"
    path.write_bytes(content)

    with pytest.raises(Trouble, match="is not a program that the portal gave out"):
        settings.read(path)
