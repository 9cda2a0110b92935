"""The help for each server: everything that it shows is done, on a real server, as far as its program runs here."""

import configparser
import re
import zipfile

import pytest

from certificates import csr
from certificates.servers import SERVERS
from tests.certificates.servers import programs
from tests.certificates.servers.machine import PASSWORD, blocks

NAMES = ("www.example.com", "shop.example.com")
WILDCARD = ("*.example.com", "example.com")
RSA, ECDSA, ONE_FILE, TWO_FILES = (2,), (1,), (2,), (1,)  # which of two alternatives is left out
WAYS = {
    "OpenSSL with RSA": ("openssl", NAMES, RSA, ()),
    "OpenSSL with ECDSA": ("openssl", NAMES, ECDSA, ()),
    "Apache": ("apache", NAMES, (), ()),
    "Apache with a wildcard": ("apache", WILDCARD, (), ()),
    "nginx": ("nginx", NAMES, (), ()),
    "nginx with a wildcard": ("nginx", WILDCARD, (), ()),
    "Tomcat": ("tomcat", NAMES, (), ()),
    "HAProxy with one file": ("haproxy", NAMES, (), ONE_FILE),
    "HAProxy with two files": ("haproxy", NAMES, (), TWO_FILES),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_is_set_up_as_the_help_says_is_trusted(way, machine, create_csr, order, download):
    server, names, without, left_out = WAYS[way]

    page = download(order(create_csr(server, *names, without=without)), server)
    getattr(programs, server)(machine)
    said = machine.follow(block for number, block in enumerate(blocks(page, "steps"), 1) if number not in left_out)

    assert "Verify return code: 0 (ok)" in said
    assert re.search(r"^HTTP/[12](\.[01])? [245]", said, re.MULTILINE)  # what is behind TLS matters not


def test_every_server_is_tried_as_far_as_it_runs_here():
    assert {way[0] for way in WAYS.values()} == set(SERVERS) - {"iis"}


def test_the_check_finds_that_intermediates_are_missing(machine, create_csr, order, download):
    page = download(order(create_csr("nginx", *NAMES)), "nginx")
    programs.nginx(machine)
    *steps, check = blocks(page, "steps")
    chain = machine.home / "www.example.com.fullchain.pem"
    only_server = chain.read_text().partition("-----END CERTIFICATE-----\n")
    chain.write_text("".join(only_server[:2]))

    machine.follow(steps)
    done = machine.call(check.code)

    assert done.returncode != 0
    assert "unable to get local issuer certificate" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("server", "without", "key"),
    [("openssl", RSA, "RSA 3072"), ("openssl", ECDSA, "ECDSA P-256"), ("tomcat", (), "RSA 3072")],
)
def test_the_csr_has_the_key_and_all_names(server, without, key, create_csr):
    request = csr.read(create_csr(server, *WILDCARD, without=without))

    assert (request.key_label, request.common_name, request.dns_names) == (key, WILDCARD[0], WILDCARD[1:])
    assert request.ignored == ()


def test_a_name_that_is_too_long_for_a_common_name_is_a_san(create_csr):
    long = f"{'a' * 60}.example.com"

    request = csr.read(create_csr("openssl", long, without=RSA))

    assert (request.common_name, request.dns_names) == ("", (long,))


@pytest.mark.parametrize(("server", "file"), [("openssl", "www.example.com.key"), ("tomcat", "www.example.com.p12")])
def test_nobody_else_reads_the_key(server, file, machine, create_csr):
    create_csr(server, "www.example.com", without=RSA if server == "openssl" else ())

    assert (machine.home / file).stat().st_mode & 0o777 == 0o600


def test_the_keys_of_servers_are_where_only_root_reads_them(machine, create_csr, order, download):
    page = download(order(create_csr("nginx", *NAMES)), "nginx")

    machine.follow(blocks(page, "steps")[:1])

    folder = machine.etc / "nginx/tls"
    modes = {path.name: f"{path.stat().st_mode & 0o777:o}" for path in (folder, *folder.iterdir())}
    assert modes == {"tls": "700", "www.example.com.fullchain.pem": "644", "www.example.com.key": "600"}


def test_the_pkcs12_file_has_the_key_and_the_chain(machine, create_csr, order, download):
    page = download(order(create_csr("openssl", *NAMES, without=ECDSA)), "openssl")

    machine.follow(block for block in blocks(page, "steps") if "pkcs12" in block.code)

    said = machine.call(f"openssl pkcs12 -in www.example.com.p12 -passin pass:{PASSWORD} -nodes").stdout
    assert (said.count("BEGIN PRIVATE KEY"), said.count("BEGIN CERTIFICATE")) == (1, 3)


def test_the_request_for_certreq_has_all_names(paul):
    """Windows is not here: the file is read as the INI file that it is."""
    page = paul.get("/help/create-csr/?names=*.example.com+example.com").content.decode()
    request = next(block for block in blocks(page, "iis") if block.file == "wildcard.example.com.inf")
    parser = configparser.ConfigParser(strict=False, interpolation=None)

    parser.read_string(request.code)

    assert parser["NewRequest"]["Subject"] == '"CN=*.example.com"'
    assert '2.5.29.17 = "{text}"\n_continue_ = "dns=*.example.com&"\n_continue_ = "dns=example.com"' in request.code


def test_the_commands_for_windows_name_files_of_the_zip(machine, create_csr, order, download):
    page = download(order(create_csr("openssl", *NAMES, without=RSA)), "iis")
    named = [block.code.split()[-1] for block in blocks(page, "steps") if block.code.startswith("certreq")]
    for block in blocks(page, "steps"):
        named += [line.split()[-1] for line in block.code.splitlines() if line.startswith("certutil")]

    with zipfile.ZipFile(machine.home / "all-certificates.zip") as archive:
        assert sorted(named) == sorted(archive.namelist())


def test_keytool_shows_the_chain_up_to_the_root(machine, create_csr, order, download):
    page = download(order(create_csr("tomcat", *NAMES)), "tomcat")

    said = machine.follow(blocks(page, "steps")[:3])

    assert "Certificate chain length: 4" in said
    assert "Entry type: PrivateKeyEntry" in said
