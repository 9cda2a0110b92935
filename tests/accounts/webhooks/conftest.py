"""A customer's server: on loopback, over TLS, with a certificate of an authority that only these tests trust."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sslportal.kit import push
from tests.factories import make_webhook
from tests.web_server import HOST, Page, WebServer

PEM = serialization.Encoding.PEM
NAME = "hooks.example.com"


class Authority:
    """Certifies servers; `file` holds its own certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        own = self._builder(self.name, self.key, ends=timedelta(days=1))
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.sign(self.key, hashes.SHA256()).public_bytes(PEM))

    def certify(self, *names: str, ends: timedelta = timedelta(days=1)) -> Path:
        """A file with a key and a certificate for the names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([]), key, ends=ends)
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=True)
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = builder.add_extension(by, critical=False).sign(self.key, hashes.SHA256())
        file = self.folder / f"{names[0]}-{made.serial_number}.pem"
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + made.public_bytes(PEM))
        return file

    def _builder(self, name: x509.Name, key, *, ends: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(days=2)).not_valid_after(now + ends)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))


@pytest.fixture
def receiver(settings, tmp_path, authority, trusted, dns_server):
    """hooks.example.com, which takes everything that comes to /events."""
    dns_server.zone["A", NAME] = [HOST]
    settings.EGRESS_NETWORKS = [f"{HOST}/32"]
    with WebServer(tmp_path, certificate=authority.certify(NAME, HOST)) as server:
        server.pages["/events"] = Page(status=204)
        yield server


@pytest.fixture
def url(receiver):
    return receiver.url("/events", "https", NAME)


@pytest.fixture
def webhook(people, url):
    """That of the company of gina, paul and stan."""
    return make_webhook(people.company, url)


@pytest.fixture
def hurry(monkeypatch):
    monkeypatch.setattr(push, "WHOLE_SECONDS", 1.0)
    monkeypatch.setattr(push, "CONNECT_SECONDS", 0.5)
