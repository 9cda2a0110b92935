"""Advice on making a CSR anew: the commands are run as they stand there, and what they make is accepted."""

import configparser
import shutil

import pytest

from certificates.csr import CsrRefused, origin, read, refused
from certificates.csr.advice import SOFTWARE, advise
from certificates.csr.refusals import SENTENCES
from tests.certificates.servers.machine import SYSTEM_FOLDERS, Machine
from tests.openssl import csr_pem

NAMES = ("*.example.com", "www.example.com", "xn--bcher-kva.example.com")
HOSTILE = [
    '";id;"',
    "$(id).example.com",
    "`id`",
    "a b",
    "-oProxy=x",
    "x\n.example.com",
    "'",
    "%0a",
    "a,b",
    "\\",
    "../x",
    "*",
]
PROGRAMS = {
    "OpenSSL": ("openssl", "openssl"),
    "keytool": ("keytool", "default-jre-headless"),
    "NSS certutil": ("certutil", "libnss3-tools"),
    "GnuTLS certtool": ("certtool", "gnutls-bin"),
}


@pytest.fixture
def machine(tmp_path):
    with Machine(tmp_path) as machine:
        yield machine


def advice_for(software="", names=NAMES, code="rsa-too-small"):
    refusal = refused(code, "1024" if "{found}" in str(SENTENCES[code]) else "")
    refusal.tell_origin(software, names)
    return advise(refusal)


def blocks(advice):
    return [(step.code, step.file) for way in advice.ways for step in way.steps if step.code]


@pytest.mark.parametrize("software", PROGRAMS)
def test_following_the_advice_gives_a_csr_that_is_accepted(software, machine):
    program, package = PROGRAMS[software]
    if shutil.which(program, path=SYSTEM_FOLDERS) is None:
        pytest.skip(f"no {program} on this machine; install the package “{package}”")
    machine.call("! type certutil || certutil -N -d sql:.")  # the database in which the old key is

    said = machine.follow(blocks(advice_for(software)))

    request = read(said[said.index("-----BEGIN") :])
    assert (request.key_label, request.common_name, request.dns_names) == ("RSA 3072", NAMES[0], NAMES[1:])


@pytest.mark.parametrize("software", ["NSS certutil", "GnuTLS certtool", "keytool"])
def test_what_is_made_anew_shows_the_same_software(software, machine):
    program, package = PROGRAMS[software]
    if shutil.which(program, path=SYSTEM_FOLDERS) is None:
        pytest.skip(f"no {program} on this machine; install the package “{package}”")
    machine.call("! type certutil || certutil -N -d sql:.")

    assert read(machine.follow(blocks(advice_for(software)))).made_by == software


def test_windows_gets_a_template_with_all_names():
    (_template, inf), _request, _print = [
        (step.file, step.code) for way in advice_for("Windows").ways for step in way.steps
    ]
    parser = configparser.ConfigParser(strict=False, interpolation=None)

    parser.read_string(inf)

    assert (parser["NewRequest"]["Subject"], parser["NewRequest"]["KeyLength"]) == ('"CN=*.example.com"', "3072")
    assert [line for line in inf.splitlines() if "dns=" in line] == [
        '_continue_ = "dns=*.example.com&"',
        '_continue_ = "dns=www.example.com&"',
        '_continue_ = "dns=xn--bcher-kva.example.com"',
    ]


def test_iis_gets_its_manager_and_what_windows_gets():
    manager, certreq = advice_for("IIS").ways

    assert "IIS Manager" in manager.title
    assert [certreq] == advice_for("Windows").ways


def test_all_software_that_is_recognized_has_its_commands():
    assert {*origin.PREFACES.values(), "IIS", "Windows", "keytool"} == SOFTWARE.keys()


def test_without_a_trace_of_the_software_it_is_openssl():
    advice = advice_for("")

    assert (advice.software, advice.made_by) == ("OpenSSL", "")


@pytest.mark.parametrize("software", SOFTWARE)
def test_nothing_but_proper_names_gets_into_a_command(software):
    assert advice_for(software, names=[*HOSTILE, *NAMES]) == advice_for(software, names=NAMES)


def test_a_csr_full_of_traps_gives_harmless_advice():
    trap = csr_pem("$(touch trap)", ("www.example.com", "`touch trap`.example.com"), key="rsa:1024")

    with pytest.raises(CsrRefused) as refusal:
        read(trap)

    commands = "".join(code for code, _file in blocks(advise(refusal.value)))
    assert '"/CN=www.example.com"' in commands
    assert "trap" not in commands


@pytest.mark.parametrize("software", SOFTWARE)
def test_without_a_proper_name_there_is_an_example_to_replace(software):
    advice = advice_for(software, names=HOSTILE)

    assert not advice.has_names
    assert "www.example.com" in str(advice.ways)


def test_the_old_key_is_not_overwritten():
    commands = "".join(code for code, _file in blocks(advice_for("OpenSSL")))

    assert "-keyout wildcard.example.com-new.key" in commands


def test_more_names_than_a_certificate_takes_do_not_get_into_the_command():
    names = [f"n{number}.example.com" for number in range(5_000)]

    commands = "".join(code for code, _file in blocks(advice_for("OpenSSL", names)))

    assert commands.count("DNS:") == 99


def test_for_a_debian_weak_key_openssl_is_brought_up_to_date_first():
    (first, _file), (second, _file) = blocks(advice_for("", code="debian-weak"))[:2]

    assert "apt-get install --only-upgrade openssl" in first
    assert "openssl req -new" in second


@pytest.mark.parametrize("code", sorted(SENTENCES.keys() - {"signature"}))  # that one mostly need only be copied again
def test_there_is_advice_wherever_the_sentence_asks_for_a_new_csr(code):
    phrases = ("new key pair", "new CSR", "a new one", "key pair of your own", "make the CSR again")

    assert (advice_for(code=code) is not None) == any(words in str(SENTENCES[code]) for words in phrases)
