"""The numbers of the suites are those that OpenSSL has for the same names."""

import subprocess

from discovery.scanner import suites


def test_numbers_and_names_are_those_of_openssl():
    listed = subprocess.run(
        ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    theirs = {}
    for line in listed.splitlines():
        number, _, name, *_ = line.split()
        theirs[int(number.replace("0x", "").replace(",", ""), 16)] = name

    both = suites.NAMES.keys() & theirs.keys()

    assert len(both) > 50  # the rest is what OpenSSL has given up
    assert {number: suites.NAMES[number] for number in both} == {number: theirs[number] for number in both}


def test_packed_suites_have_two_bytes_each():
    assert suites.packed([0x0005, 0xC02F]) == b"\x00\x05\xc0\x2f"
