"""The program that is downloaded: one file, always the same for the same settings, with all of the engine in it."""

import io
import json
import stat
import zipfile
from pathlib import Path

from discovery.download import program

SETTINGS = {"portal": "https://portal.test", "token": "t" * 43, "language": "ja"}
ROOT = Path(__file__).parents[2]


def opened(settings=SETTINGS):
    return zipfile.ZipFile(io.BytesIO(program(settings)))


def test_the_file_is_a_zip_that_python_runs():
    assert program(SETTINGS).startswith(b"#!/usr/bin/env python3\nPK")
    assert opened().testzip() is None


def test_all_of_the_engine_is_in_it_and_nothing_else():
    engine = [path.relative_to(ROOT).as_posix() for path in (ROOT / "discovery" / "scanner").glob("*.py")]

    names = opened().namelist()

    assert sorted(names) == sorted(["__main__.py", "settings.json", "discovery/__init__.py", *engine])
    assert len(names) == len(set(names))


def test_the_settings_are_in_it():
    assert json.loads(opened().read("settings.json")) == SETTINGS


def test_the_same_settings_make_the_same_file():
    assert program(SETTINGS) == program(dict(reversed(SETTINGS.items())))


def test_other_settings_change_nothing_but_themselves():
    other = opened({**SETTINGS, "token": "u" * 43})

    changed = [one.filename for one in opened().infolist() if one.CRC != other.getinfo(one.filename).CRC]

    assert changed == ["settings.json"]


def test_everybody_may_read_what_is_in_it():
    modes = {entry.external_attr >> 16 for entry in opened().infolist()}

    assert modes == {stat.S_IFREG | 0o644}
