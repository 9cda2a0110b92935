"""The CAs themselves: a root, a policy intermediate below it, an issuing intermediate below that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from certificates.ca import profiles
from certificates.ca.authority import Authority, Urls
from certificates.ca.dry_run import LintFailed, dry_run
from certificates.ca.house_rules import Policy
from certificates.ca.keys import KeyStore
from certificates.ca.pkcs8 import PrivateKey
from certificates.ca.plan import new_serial, validity
from certificates.ca.signing import PublicKey, sign

__all__ = [
    "Authority", "LintFailed", "Rank", "Terms", "Urls", "below", "certify_below", "certify_responder", "country_of",
    "create_below", "create_keys", "next_number",
]  # fmt: skip


@dataclass(frozen=True)
class Rank:
    """A place in the hierarchy: `path_length` is how many CAs may stand below, `days` how long it lives."""

    role: str
    title: str
    days: int
    path_length: int | None

    def name(self, number: int) -> str:
        """root-1"""
        return f"{self.role}-{number}"


# 20 years, at most 9,132 days by BR 7.1.2.1.1; 12 years; 10 years. Each ends before the one above it.
ROOT = Rank("root", "Root CA", days=7305, path_length=None)
POLICY = Rank("policy", "Policy CA", days=4383, path_length=1)
ISSUING = Rank("issuing", "Issuing CA", days=3652, path_length=0)
RANKS = (ROOT, POLICY, ISSUING)
ROLES = tuple(rank.role for rank in RANKS)


@dataclass(frozen=True)
class Terms:
    """What CAs that are made together have in common.

    `country` is two capital letters or nothing; "public-trust" needs one (BR 7.1.2.10.2).
    """

    brand: str
    now: datetime
    urls: Urls
    country: str = ""
    policy: Policy = "private"

    def subject(self, rank: Rank, number: int) -> x509.Name:
        """Raises ValueError for a brand or country that fits into no certificate."""
        return profiles.ca_subject(self.brand, self.common_name(rank, number), self.country)

    def common_name(self, rank: Rank, number: int) -> str:
        """Example Trust Root CA 1"""
        return f"{self.brand} {rank.title} {number}"


def create_below(
    parent: Authority | None, store: KeyStore, terms: Terms, *, algorithm: str, taken: Iterable[str] = ()
) -> list[Authority]:
    """Make all that stands below the parent, whose key is in the store; where there is none, from the root down.

    Their names, such as root-1, carry the first number that neither a key in the store has nor a name that is `taken`:
    where a run dies half-way its keys stay behind without a certificate, and the next run takes the next number, so
    that no key ever gets two certificates.
    Raises KeyStoreError, LintFailed, or ValueError for a brand or country that fits into no certificate.
    """
    signer = store.load(parent.name) if parent else None
    number = next_number([*store.names(), *taken])
    keys = create_keys(below(parent), number, store, terms, algorithm)
    return certify_below(parent, signer, number, keys, terms)


def below(parent: Authority | None) -> tuple[Rank, ...]:
    """The ranks under the parent's."""
    return RANKS[1 + [rank.role for rank in RANKS].index(parent.role) :] if parent else RANKS


def next_number(names: Iterable[str], roles: Collection[str] = ROLES) -> int:
    """The first that none of these roles has, so that no key ever gets two certificates: a CA has issuing-2, say.

    Keys of OCSP responders, such as ocsp-issuing-2-4, are of a role of their own, ocsp-issuing-2.
    """
    parts = (name.rpartition("-") for name in names)
    return max((int(number) for role, _dash, number in parts if role in roles and number.isdigit()), default=0) + 1


def create_keys(ranks: Iterable[Rank], number: int, store: KeyStore, terms: Terms, algorithm: str) -> list[PrivateKey]:
    """A key for each rank; none where the brand or the country fits into no certificate, which raises ValueError."""
    names = {rank.name(number): terms.subject(rank, number) for rank in ranks}
    return [store.create(name, algorithm) for name in names]


def certify_below(
    parent: Authority | None, signer: PrivateKey | None, number: int, keys: Iterable[PrivateKey], terms: Terms
) -> list[Authority]:
    """Certify the keys, one for each rank below the parent, each by the one above it. `signer` is the parent's key.

    Raises LintFailed, with that CA and those below it not certified.
    """
    made: list[Authority] = []
    for rank, key in zip(below(parent), keys, strict=True):
        name, subject = rank.name(number), terms.subject(rank, number)
        certificate = _certify(rank, subject, key, parent, signer or key, terms)
        parent, signer = Authority(name, certificate, parent.name if parent else None), key
        made.append(parent)
    return made


def _certify(
    rank: Rank, subject: x509.Name, key: PrivateKey, parent: Authority | None, signer: PrivateKey, terms: Terms
) -> x509.Certificate:
    """A certificate for the key, from the CA above it, or from itself where there is none above."""
    serial, dates, public = new_serial(), _dates(rank, parent, terms.now), key.public_key()

    def build(addresses: Urls) -> x509.CertificateBuilder:
        if parent is None:
            return profiles.root(serial, dates, subject, public)
        return profiles.intermediate(serial, dates, subject, public, parent, addresses, rank.path_length)

    dry_run(build, terms.urls, signer.public_key(), terms.policy)
    return sign(build(terms.urls), signer)


def _dates(rank: Rank, parent: Authority | None, now: datetime) -> tuple[datetime, datetime]:
    """As long as the rank lives, within the parent's life."""
    not_before, not_after = validity(now, rank.days)
    if parent is None:
        return not_before, not_after
    above = parent.certificate
    return max(not_before, above.not_valid_before_utc), min(not_after, above.not_valid_after_utc)


def country_of(authority: Authority) -> str:
    """The country in the CA's name, for those that it certifies; empty where there is none."""
    country = authority.certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return str(country[0].value) if country else ""


def certify_responder(
    key: PublicKey,
    issuer: Authority,
    signer: PrivateKey,
    *,
    name: str,
    now: datetime,
    lives: timedelta,
    urls: Urls,
    policy: Policy = "private",
) -> x509.Certificate:
    """A certificate for the key of who signs the issuer's OCSP answers, of the issuer's organization, under the name.

    `signer` is the issuer's key. Raises LintFailed.
    """
    serial, dates = new_serial(), validity(now, lives.days)
    organization = issuer.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    subject = profiles.ca_subject(str(organization), name, country_of(issuer))

    def build(_addresses: Urls) -> x509.CertificateBuilder:
        return profiles.responder(serial, dates, subject, key, issuer)

    dry_run(build, urls, signer.public_key(), policy)
    return sign(build(urls), signer)
