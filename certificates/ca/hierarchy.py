"""The CAs themselves: a root, a policy intermediate below it, an issuing intermediate below that."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from certificates.ca import profiles
from certificates.ca.authority import Authority, Urls
from certificates.ca.dry_run import LintFailed, dry_run
from certificates.ca.house_rules import Policy
from certificates.ca.keys import KeyStore
from certificates.ca.pkcs8 import PrivateKey
from certificates.ca.plan import new_serial, validity
from certificates.ca.signing import sign

__all__ = ["Authority", "LintFailed", "Urls", "create_hierarchy"]


@dataclass(frozen=True)
class _Rank:
    """A place in the hierarchy: `path_length` is how many CAs may stand below, `days` how long it lives."""

    role: str
    title: str
    days: int
    path_length: int | None

    def name(self, number: int) -> str:
        """root-1"""
        return f"{self.role}-{number}"


# 20 years, at most 9,132 days by BR 7.1.2.1.1; 12 years; 10 years. Each ends before the one above it.
ROOT = _Rank("root", "Root CA", days=7305, path_length=None)
POLICY = _Rank("policy", "Policy CA", days=4383, path_length=1)
ISSUING = _Rank("issuing", "Issuing CA", days=3652, path_length=0)
RANKS = (ROOT, POLICY, ISSUING)


def create_hierarchy(
    store: KeyStore,
    brand: str,
    *,
    now: datetime,
    urls: Urls,
    algorithm: str = "rsa-3072",
    country: str = "",
    policy: Policy = "private",
) -> list[Authority]:
    """Make three keys, lint and certify them; the authorities from the root down.

    `country` is two capital letters or nothing; "public-trust" needs one (BR 7.1.2.10.2). Their names, such as root-1,
    carry the first number that no key in the store has: where a run dies half-way its keys stay behind without a
    certificate, and the next run takes the next number, so that no key ever gets two certificates.
    Raises KeyStoreError, LintFailed, or ValueError for a brand or country that fits into no certificate.
    """
    number = _next_number(store)
    subjects = [profiles.ca_subject(brand, f"{brand} {rank.title} {number}", country) for rank in RANKS]
    authorities: list[Authority] = []
    signer: PrivateKey | None = None
    for rank, subject in zip(RANKS, subjects, strict=True):
        key = store.create(rank.name(number), algorithm)
        parent = authorities[-1] if authorities else None
        certificate = _certify(rank, subject, key, parent, signer or key, now=now, urls=urls, policy=policy)
        authorities.append(Authority(rank.name(number), certificate, parent.name if parent else None))
        signer = key
    return authorities


def _certify(
    rank: _Rank,
    subject: x509.Name,
    key: PrivateKey,
    parent: Authority | None,
    signer: PrivateKey,
    *,
    now: datetime,
    urls: Urls,
    policy: Policy,
) -> x509.Certificate:
    """A certificate for the key, from the CA above it, or from itself where there is none above."""
    serial, dates, public = new_serial(), validity(now, rank.days), key.public_key()

    def build(addresses: Urls) -> x509.CertificateBuilder:
        if parent is None:
            return profiles.root(serial, dates, subject, public)
        return profiles.intermediate(serial, dates, subject, public, parent, addresses, rank.path_length)

    dry_run(build, urls, signer.public_key(), policy)
    return sign(build(urls), signer)


def _next_number(store: KeyStore) -> int:
    taken = [
        int(number) for _role, _dash, number in (name.rpartition("-") for name in store.names()) if number.isdigit()
    ]
    return max(taken, default=0) + 1
