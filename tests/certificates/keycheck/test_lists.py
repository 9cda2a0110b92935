"""Keys on lists are told, whichever record they are; a list that cannot be used is refused and never passed over."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from certificates import keycheck
from certificates.keycheck import BadList, Weakness, lists

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(lists.DATA.glob("*/*.bin"))
# The P-256 key of RFC 9500, section 2.3
RFC_9500 = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5b1"
    "6c4cd10c4cb8d5b8a17139e94882c8992572993425f41419ab7e90a42a494272"
)


@pytest.fixture
def folder(tmp_path):
    """A folder for lists; afterwards none but the shipped ones are used."""
    yield tmp_path
    lists.added.clear()


def ec_key(secret=7):
    public = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def record(secret):
    return lists.record(keycheck.identity(ec_key(secret)))


def write(path, records):
    path.write_bytes(b"".join(sorted(records)))
    return path


def test_the_shipped_lists_are_what_their_readme_says():
    told = re.findall(r"\| `(\S+\.bin)` \|.*\| ([\d,]+) \| `([0-9a-f]{64})` \|", (lists.DATA / "README.md").read_text())

    there = [
        (
            f"{path.parent.name}/{path.name}",
            f"{len(lists.KeyList(path)):,}",
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in SHIPPED
    ]
    assert sorted(told) == there


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_list_is_sorted(path):
    lists.KeyList(path).require_order()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_first_and_the_last_record_are_found_and_no_neighbour(path):
    records = lists.KeyList(path)
    first, last = records[0], records[len(records) - 1]

    assert first in records
    assert last in records
    assert bytes([*first[:-1], first[-1] ^ 1]) not in records
    assert bytes([*last[:-1], last[-1] ^ 1]) not in records
    assert bytes(lists.RECORD) not in records
    assert b"\xff" * lists.RECORD not in records


@given(st.sets(st.binary(min_size=10, max_size=10), min_size=1, max_size=40), st.binary(min_size=10, max_size=10))
def test_a_list_has_what_was_put_into_it_and_nothing_else(tmp_path_factory, records, other):
    known = lists.KeyList(write(tmp_path_factory.mktemp("lists") / "some.bin", records))

    assert all(record in known for record in records)
    assert (other in known) is (other in records)


def test_a_key_whose_private_half_is_published_is_told():
    assert keycheck.check(RFC_9500) == [Weakness("published-key")]


def test_a_key_on_a_list_of_the_operators_is_told_with_the_lists_name(folder):
    write(folder / "stolen.bin", [record(7), record(8)])
    write(folder / "other.bin", [record(9)])

    before = keycheck.check(ec_key(7))
    keycheck.use_lists(folder)

    assert before == []
    assert keycheck.check(ec_key(7)) == [Weakness("listed-key", "stolen")]
    assert keycheck.check(ec_key(10)) == []


def test_what_begins_with_a_dot_or_readme_is_no_list(folder):
    (folder / "README.md").write_text("Of March.")
    (folder / ".stolen.bin").write_text("half a file")
    write(folder / "stolen.bin", [record(7)])

    keycheck.use_lists(folder)

    assert keycheck.check(ec_key(7)) == [Weakness("listed-key", "stolen")]


def make_cut_off(folder):
    (folder / "bad.bin").write_bytes(bytes(25))


def make_empty(folder):
    (folder / "bad.bin").touch()


def make_unsorted(folder):
    (folder / "bad.bin").write_bytes(b"\1" * 10 + b"\2" * 10 + b"\1" * 10)


def make_folder_within(folder):
    (folder / "bad.bin").mkdir()


def make_other_name(folder):
    write(folder / "bad.bin.old", [record(7)])


BAD = {
    make_cut_off: "bad.bin is no row of records of 10 bytes: the last one has 5.",
    make_empty: "bad.bin is empty.",
    make_unsorted: "bad.bin is not sorted: record 3 is smaller than the one before.",
    make_folder_within: "bad.bin cannot be read: Is a directory.",
    make_other_name: "holds bad.bin.old, which is no list: their names end in .bin.",
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_list_is_refused_with_its_reason_and_those_in_use_stay(folder, make):
    good, bad = folder / "good", folder / "bad"
    good.mkdir()
    bad.mkdir()
    write(good / "stolen.bin", [record(7)])
    write(bad / "fine.bin", [record(8)])
    keycheck.use_lists(good)
    make(bad)

    with pytest.raises(BadList) as refusal:
        keycheck.use_lists(bad)

    assert str(refusal.value).endswith(BAD[make])
    assert keycheck.check(ec_key(7)) == [Weakness("listed-key", "stolen")]
    assert keycheck.check(ec_key(8)) == []


def test_a_folder_without_lists_is_refused(folder):
    (folder / "README").touch()

    with pytest.raises(BadList, match=r"holds no list\.$"):
        keycheck.use_lists(folder)


def test_a_folder_that_is_not_there_is_refused(folder):
    with pytest.raises(BadList, match=r"nowhere cannot be read: No such file or directory\.$"):
        keycheck.use_lists(folder / "nowhere")


def start(**settings):
    """What a process of the portal says that is started with these settings, and how it ends."""
    command = [sys.executable, "-c", "import django; django.setup(); print('started')"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )


def test_the_portal_does_not_start_with_a_bad_list(folder):
    make_cut_off(folder)

    done = start(PORTAL_WEAK_KEY_LISTS=str(folder))

    assert done.returncode == 1
    assert "ImproperlyConfigured: PORTAL_WEAK_KEY_LISTS: The list" in done.stderr
    assert done.stdout == ""


def test_the_portal_starts_with_a_good_list(folder):
    write(folder / "stolen.bin", [record(7)])

    done = start(PORTAL_WEAK_KEY_LISTS=str(folder))

    assert (done.returncode, done.stdout) == (0, "started\n")
