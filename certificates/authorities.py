"""The CAs themselves: making them, and telling about them."""

from django.conf import settings
from django.db import transaction

from certificates import keyroom
from certificates.ca import hierarchy
from certificates.ca.authority import Authority
from certificates.ca.keys import KeyStoreError
from certificates.models import CertificateAuthority
from sslportal.kit import clock


@transaction.atomic
def init(algorithm: str, country: str = "") -> str:
    """Make the three CAs and record their public halves; does nothing where they are. Returns what to tell the operator.

    Raises KeyStoreError where the store does not take the keys, LintFailed where a CA breaks the policy's rules, and
    ValueError for a brand that fits into no certificate.
    """
    if CertificateAuthority.objects.exists():
        return "The CA is there already.\n" + status()
    made = hierarchy.create_hierarchy(
        keyroom.store(),
        settings.PORTAL_BRAND,
        now=clock.now(),
        urls=keyroom.urls(),
        algorithm=algorithm,
        country=country,
        policy=settings.PORTAL_POLICY,
    )
    for authority in made:
        record(authority)
    return status()


def record(authority: Authority) -> None:
    """Keep the public half of a CA in the database, after its parent's."""
    CertificateAuthority.objects.create(
        name=authority.name,
        role=authority.name.split("-")[0],
        parent=CertificateAuthority.objects.filter(name=authority.parent).first(),
        der=authority.der,
        not_after=authority.certificate.not_valid_after_utc,
    )


def status() -> str:
    """A line a CA: name, subject, end, and whether its key is in the store and opens."""
    lines = [_line(authority) for authority in CertificateAuthority.objects.order_by("pk")]
    return "\n".join(lines) or "There is no CA. Make one with: manage.py ca init"


def _line(authority: CertificateAuthority) -> str:
    subject = authority.certificate.subject.rfc4514_string()
    return f"{authority.name:12} {subject}  until {authority.not_after:%Y-%m-%d}  {_key_state(authority)}"


def _key_state(authority: CertificateAuthority) -> str:
    try:
        key = keyroom.key_of(authority)
    except KeyStoreError as error:
        return f"key: {error}"
    return "key opens" if key.public_key() == authority.certificate.public_key() else "KEY IS OF ANOTHER CERTIFICATE"
