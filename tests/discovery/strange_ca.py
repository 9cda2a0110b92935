"""A CA that is not ours: its certificates, what its OCSP responder says, and its revocation lists."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from discovery.scanner.results import FOUND, TLS12, Result, Shown

OCSP, CRL = "http://ocsp.strange.example/", "http://crl.strange.example/list.crl"
OIDS = x509.oid.AuthorityInformationAccessOID


class StrangeCa:
    """Signs with one key whatever is asked for."""

    def __init__(self, name="Strange Root"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.leaf_key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), days=3650, is_ca=True)
        self.der = self.certificate.public_bytes(Encoding.DER)

    def issue(self, name="www.example.com", *, days=365, age=1, ocsp_url=OCSP, crl_url=CRL):
        """A certificate for the name, in DER."""
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = self._sign(
            subject, self.leaf_key.public_key(), days=days, age=age, names=[name], ocsp_url=ocsp_url, crl_url=crl_url
        )
        return made.public_bytes(Encoding.DER)

    def shown(self, host="192.0.2.1", *, port=443, leaf=None, chain=None, **fields):
        """What a scan says of a server that shows such a certificate, and the root."""
        chain = chain or ((leaf or self.issue()), self.der)
        return Result(host, port, FOUND, address="192.0.2.1", shown=(Shown(TLS12, 0xC02F, chain=chain, **fields),))

    def status(self, leaf, *, revoked=None):
        """An OCSP response about the certificate."""
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=x509.load_der_x509_certificate(leaf),
            issuer=self.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=_now() - timedelta(hours=1),
            next_update=_now() + timedelta(days=1),
            revocation_time=revoked,
            revocation_reason=None,
        )
        signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate).sign(self.key, hashes.SHA256())
        return signed.public_bytes(Encoding.DER)

    def crl(self, *revoked):
        """A revocation list with these certificates."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(_now() - timedelta(hours=1))
            .next_update(_now() + timedelta(days=1))
        )
        for leaf in revoked:
            serial = x509.load_der_x509_certificate(leaf).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_now())
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _sign(self, subject, key, *, days, age=1, is_ca=False, names=(), ocsp_url="", crl_url=""):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_now() - timedelta(days=age))
            .not_valid_after(_now() + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), False)
        if ocsp_url:
            access = x509.AccessDescription(OIDS.OCSP, x509.UniformResourceIdentifier(ocsp_url))
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
        if crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
        return builder.sign(self.key, hashes.SHA256())


@cache
def strange_ca():
    return StrangeCa()


def _now():
    return datetime.now(UTC).replace(microsecond=0)
