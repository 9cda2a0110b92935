"""The steps of Help → Trust this CA: all of them are done, as far as their program runs here, and undone."""

import json
import re
import sys
from pathlib import Path

import pytest

from certificates.systems import SYSTEMS
from tests.certificates.servers import programs
from tests.certificates.servers.machine import Block, blocks
from tests.certificates.servers.programs import path_of
from tests.running import wait_until
from tests.stranger import ask

BY_COMMAND = ("debian", "red-hat", "chromium", "java")


@pytest.fixture
def page(ca, client):
    """The page as somebody without an account reads it."""
    return client.get("/help/trust/").content.decode()


@pytest.fixture
def root(ca, machine):
    """The root, as it is called after the download."""
    path = machine.home / "root-1.pem"
    path.write_bytes(ask("/pki/ca/root-1.pem").content)
    return path


def debian(machine):
    program = path_of("update-ca-certificates", "ca-certificates")
    for folder in ("share/ca-certificates", "ssl/certs", "of-packages", "hooks"):
        (machine.etc / folder).mkdir(parents=True)
    options = {
        "certsconf": "ca-certificates.conf",
        "certsdir": "of-packages",
        "localcertsdir": "share/ca-certificates",
        "etccertsdir": "ssl/certs",
        "hooksdir": "hooks",
    }
    machine.write(options["certsconf"], "")
    words = " ".join(f"--{name} {machine.etc}/{place}" for name, place in options.items())
    machine.program("update-ca-certificates", f'exec {program} {words} "$@"')


def red_hat(machine):
    """What update-ca-trust makes of the folder for OpenSSL, made by OpenSSL itself."""
    anchors = machine.etc / "pki/ca-trust/source/anchors"
    anchors.mkdir(parents=True)
    machine.program("update-ca-trust", f"exec openssl rehash {anchors}")
    machine.environment |= {"SSL_CERT_DIR": str(anchors), "SSL_CERT_FILE": "/dev/null"}


def chromium(machine):
    path_of("certutil", "libnss3-tools")


def java(machine):
    """A Java whose list is the test's own."""
    program = Path(path_of("keytool", "default-jre-headless")).resolve()
    real, home = program.parents[1], machine.folder / "java"
    (home / "lib/security").mkdir(parents=True)
    (home / "conf").symlink_to(real / "conf")
    for path in [*(real / "lib").iterdir(), *(real / "lib/security").iterdir()]:
        if path.name not in ("security", "cacerts"):
            (home / path.relative_to(real)).symlink_to(path)
    machine.program("keytool", f'exec {program} -J-Djava.home={home} "$@"')


@pytest.mark.parametrize("system", BY_COMMAND)
def test_a_system_trusts_the_root_until_it_is_taken_back(system, machine, page, root):
    globals()[system.replace("-", "_")](machine)
    install, check, take_back = blocks(page, system)
    before = machine.call(check.code)

    machine.follow([install, check])
    machine.follow([take_back])
    afterwards = machine.call(check.code)

    assert before.returncode != 0
    assert afterwards.returncode != 0


def test_firefox_is_told_of_a_file_that_is_there(machine, page, root):
    machine.follow(blocks(page, "firefox"))

    policies = json.loads((machine.etc / "firefox/policies/policies.json").read_text())
    (installed,) = policies["policies"]["Certificates"]["Install"]
    assert Path(installed).read_bytes() == root.read_bytes()


def test_curl_and_openssl_trust_a_server_by_the_root(machine, page, root, create_csr, order, download):
    download(order(create_csr("openssl", "www.example.com", without=(2,))), "openssl")
    programs.openssl(machine)
    one_call, one_terminal = blocks(page, "openssl")

    said = machine.follow([one_call, Block(f"{one_terminal.code}\ncurl --head https://www.example.com/", "")])

    assert "Verify return code: 0 (ok)" in said
    assert len(re.findall(r"^HTTP/1.[01] 200", said, re.MULTILINE)) == 2
    assert machine.call("curl --head https://www.example.com/").returncode == 60  # without the root it is unknown


def test_the_file_is_got_and_its_fingerprint_is_that_of_the_page(machine, page, root):
    (machine.folder / "pki/ca").mkdir(parents=True)
    root.rename(machine.folder / "pki/ca/root-1.pem")
    machine.start(sys.executable, "-m", "http.server", str(machine.port), "--directory", str(machine.folder))
    wait_until(lambda: machine.call(f"curl -s http://127.0.0.1:{machine.port}/").returncode == 0, 30, lambda: "curl")
    get, fingerprint, _on_windows = blocks(page, "get")

    said = machine.follow([get, fingerprint]).strip()

    assert said.partition("=")[2] == re.search(r'data-copy="([0-9A-F:]{95})"', page)[1]


def test_every_system_is_tried_as_far_as_it_runs_here():
    assert {system.key for system in SYSTEMS} == {*BY_COMMAND, "firefox", "openssl", "windows", "macos"}
