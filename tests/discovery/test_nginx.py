"""A real nginx, as it stands in front of sites, is seen as it was set up."""

import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp

from discovery.scanner.health import examine
from discovery.scanner.probe import Endpoint, Timeouts
from sslportal.kit import outside
from tests.discovery import chains, servers, tls

PATIENT = Timeouts(*[servers.LONG] * 4)


@pytest.fixture
def nginx(tmp_path):
    """Start it with these lines in its server part; returns the port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        pytest.skip("no nginx on this machine")
    port = servers.closed_port()

    def start(lines):
        temporary = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off; events {{}}\n"
            f"http {{ {temporary} access_log off; server {{ listen 127.0.0.1:{port} ssl;\n{lines}\n}} }}\n"
        )
        running.append(subprocess.Popen([program, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"]))
        wait_for(port)
        return port

    running = []
    yield start
    for process in running:
        process.terminate()
        process.wait(servers.LONG)


def wait_for(port):
    end = datetime.now(UTC) + timedelta(seconds=servers.LONG)
    while datetime.now(UTC) < end:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nginx does not listen")


def pair(chain):
    certificates, key = chain.files
    return f"ssl_certificate {certificates}; ssl_certificate_key {key};"


def response(folder):
    """An OCSP response about the certificate, which nobody has to believe here."""
    leaf, issuer = map(x509.load_der_x509_certificate, chains.rsa().ders)
    key = load_pem_private_key(chains.rsa().files[1].read_bytes(), None)
    now = datetime.now(UTC)
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(leaf, issuer, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now, now + timedelta(days=1), None, None)  # noqa: S303
        .responder_id(ocsp.OCSPResponderEncoding.HASH, leaf)
        .sign(key, hashes.SHA256())
    )
    (folder / "response.der").write_bytes(answer.public_bytes(Encoding.DER))
    return folder / "response.der"


def look(port):
    return outside.run(lambda: examine(Endpoint("127.0.0.1", port, "www.example.com"), PATIENT))


def test_two_certificates_and_both_versions_are_seen(nginx):
    health = look(nginx(f"{pair(chains.rsa())} {pair(chains.ecdsa())} ssl_protocols TLSv1.2 TLSv1.3;"))

    assert [shown.chain for shown in health.found.shown] == [chains.ecdsa().ders, chains.rsa().ders]
    assert (health.versions, health.weak, health.unseen) == ((tls.TLS12, tls.TLS13), (), ())
    assert (health.staples, health.deflate) == (False, False)


def test_a_staple_is_seen(nginx, tmp_path):
    lines = f"{pair(chains.rsa())} ssl_protocols TLSv1.2; ssl_stapling on; ssl_stapling_file {response(tmp_path)};"

    health = look(nginx(lines))

    assert health.versions == (tls.TLS12,)
    assert health.staples is True


def test_tls_1_3_alone_is_seen(nginx):
    health = look(nginx(f"{pair(chains.rsa())} ssl_protocols TLSv1.3;"))

    assert [shown.chain for shown in health.found.shown] == [chains.rsa().ders]
    assert (health.versions, health.staples) == ((tls.TLS13,), None)


def test_an_anonymous_suite_that_is_allowed_is_seen(nginx):
    health = look(nginx(f"{pair(chains.rsa())} ssl_protocols TLSv1.2; ssl_ciphers HIGH:aNULL:@SECLEVEL=0;"))

    assert [group for group, _ in health.weak] == ["anonymous"]
