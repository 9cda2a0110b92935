"""The file of what the demo's Internet says: every change is whole, and none is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sslportal.kit import internet
from sslportal.kit.internet import Entry

TXT = Entry("TXT", "_x.example.com", "token")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "world.json"


def test_what_is_published_is_read_until_it_is_removed(file):
    internet.publish(file, TXT)
    there = internet.read(file)

    removed = internet.remove(file, TXT.key)

    assert (there, removed, internet.read(file)) == ([TXT], TXT, [])


def test_a_key_of_nothing_removes_nothing(file):
    internet.publish(file, TXT)

    assert internet.remove(file, "0123456789abcdef") is None
    assert internet.read(file) == [TXT]


def test_the_same_is_there_once(file):
    for entry in (TXT, Entry("TXT", TXT.name, "other"), TXT):
        internet.publish(file, entry)

    assert sorted(entry.value for entry in internet.read(file)) == ["other", "token"]


@pytest.mark.parametrize("kind", ["CNAME", "FILE"])
def test_a_name_has_one_alias_and_one_file(file, kind):
    for value in ("one.example.com", "two.example.com"):
        internet.publish(file, Entry(kind, "www.example.com", value))

    assert internet.read(file) == [Entry(kind, "www.example.com", "two.example.com")]


def test_changes_at_the_same_time_are_all_kept_and_leave_nothing_else(file):
    entries = [Entry("TXT", "_x.example.com", str(number)) for number in range(50)]

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda entry: internet.publish(file, entry), entries))

    assert set(internet.read(file)) == set(entries)
    assert sorted(path.name for path in file.parent.iterdir()) == ["world.json", "world.lock"]


@pytest.mark.parametrize("text", ["", "{", "7", "[7]", '{"kind": "TXT"}', '[{"kind": "TXT"}]', "[" * 100_000])
def test_a_file_that_makes_no_sense_says_nothing(file, text):
    file.write_text(text)

    assert internet.read(file) == []
