"""The demo's network as two scans have found it: servers in order, and all that goes wrong with certificates."""

from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from accounts.models import Account, Administrator
from certificates.models import Certificate
from discovery.actions import asking, finishing, intake, scans
from discovery.actions.scans import Plan
from discovery.chunks import Answer
from discovery.scanner.results import FOUND, REFUSED, SILENT, TLS12, Result, Shown
from discovery.states import Save, Speed
from sslportal.kit import clock

INCLUDE = "10.20.0.0/27, shop.example.com, mail.example.com"
SUITE = 0xC02F
LIST = "http://crl.example.net/public.crl"
REVOKED = "10.20.0.17"
OLD = timedelta(days=9)  # between the two scans

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class DemoCa:
    """A CA that is none of ours, and the certificates of the demo's servers that are from it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.der = self._sign(name, self.key, days=3000, is_ca=True)

    def certificate(self, name: str, days: int, *, age: int = 60, key: Key | None = None) -> bytes:
        return self._sign(name, key or ec.generate_private_key(ec.SECP256R1()), days=days, age=age)

    def _sign(self, name: str, key: Key, *, days: int, age: int = 400, is_ca: bool = False) -> bytes:
        now = clock.now().replace(microsecond=0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=age))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if not is_ca:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(LIST)], None, None, None)
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def revocation_list(self, revoked: bytes) -> bytes:
        """With one certificate on it."""
        now = clock.now().replace(microsecond=0)
        serial = x509.load_der_x509_certificate(revoked).serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(days=1))
        builder = (
            x509.CertificateRevocationListBuilder().issuer_name(_name(self.name)).add_revoked_certificate(entry.build())
        )
        builder = builder.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=1))
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def create(by: Administrator) -> None:
    """Two scans of the person's account, the second with some changes."""
    theirs = DemoCa("Example Public CA")
    same = dict(_servers(theirs, by.own_account))
    with clock.at(clock.now() - OLD):
        before = {
            "10.20.0.4": (theirs.certificate("intranet.example.com", 12, age=353), theirs.der),
            "10.20.0.30": same["10.20.0.8"],
        }
        _scan(by, theirs, {**same, **before})
    _scan(by, theirs, same)


def _servers(theirs: DemoCa, account: Account) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Each address or name with the chain that it shows."""
    hosts = {"shop.example.com": "shop.example.com", "vpn.example.com": "10.20.0.2", "www.example.com": "10.20.0.3"}
    ours = Certificate.objects.filter(order__account=account, order__status="issued", order__common_name__in=hosts)
    for certificate in ours.order_by("pk"):
        yield (
            hosts[certificate.order.common_name],
            (bytes(certificate.der), *(bytes(one.der) for one in certificate.authority.chain()[:-1])),
        )
    yield "10.20.0.4", (theirs.certificate("intranet.example.com", 360, age=5), theirs.der)
    yield "10.20.0.5", (theirs.certificate("wiki.example.com", 12, age=350), theirs.der)
    yield "10.20.0.6", (theirs.certificate("old.example.com", -40, age=405), theirs.der)
    yield "10.20.0.7", (DemoCa("printer-3.local").der,)
    yield (
        "10.20.0.8",
        (theirs.certificate("legacy.example.com", 200, key=_rsa(1024)), theirs.der),
    )
    yield "10.20.0.9", (theirs.certificate("erp.example.com", 90, key=_rsa(2048)), theirs.der)
    yield "10.20.0.11", (theirs.certificate("api.example.com", 170),)
    yield "mail.example.com", (theirs.certificate("mx1.example.com", 300, key=_rsa(2048)), theirs.der)
    for number in range(12, 18):
        yield f"10.20.0.{number}", (theirs.certificate(f"node-{number}.example.com", 20 * number), theirs.der)


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def _scan(by: Administrator, theirs: DemoCa, servers: dict[str, tuple[bytes, ...]]) -> None:
    plan = Plan(include=INCLUDE, exclude="", ports="", speed=Speed.NORMAL, save_as=Save.REPLACE)
    scan = scans.set_up(plan, by=by)
    results = [_result(endpoint.host, at, servers) for at, endpoint in enumerate(plan.targets.endpoints())]
    intake.take(scan, scan.total, results)
    said = theirs.revocation_list(servers[REVOKED][0])
    asking.answer(scan, [Answer(question.pk, said) for question in scan.questions.all()])
    finishing.finish(scan)


def _result(host: str, at: int, servers: dict[str, tuple[bytes, ...]]) -> Result:
    if host not in servers:
        return Result(host, 443, SILENT if at % 3 else REFUSED)
    address = host if host[0].isdigit() else f"10.20.1.{at + 1}"
    shown = Shown(TLS12, SUITE, deflate=host == "10.20.0.9", chain=servers[host])
    return Result(host, 443, FOUND, address=address, shown=(shown,))
