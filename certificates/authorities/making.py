"""Making CAs, and putting them into service."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from certificates import keyroom
from certificates.ca import hierarchy
from certificates.ca.authority import Authority
from certificates.ca.hierarchy import Terms
from certificates.models import CertificateAuthority
from certificates.trust import lists, responders
from sslportal.kit import clock, policy

Role = CertificateAuthority.Role


class NotPossible(Exception):
    """It cannot be done as things are; the message says why, and what to do."""


@transaction.atomic
def init(algorithm: str, country: str = "") -> bool:
    """Make the three CAs and put them into service; False where they are there already.

    Raises NotPossible where an offline root was asked already, KeyStoreError where the store does not take the keys,
    LintFailed where a CA breaks the policy's rules, and ValueError for a brand that fits into no certificate.
    """
    one_at_a_time()
    if CertificateAuthority.objects.exists():
        return False
    _refuse_beside_a_request()
    put_into_service(hierarchy.create_below(None, keyroom.store(), terms(country), algorithm=algorithm))
    return True


def _refuse_beside_a_request() -> None:
    """Who waits for an offline root does not want one whose key is here. Only a request leaves a policy CA's key alone."""
    keys = keyroom.store().names()
    waiting = [name for name in keys if name.startswith("policy-") and name.replace("policy", "root") not in keys]
    if waiting:
        raise NotPossible(
            f"{', '.join(waiting)} waits for the certificate of an offline root: take it with manage.py ca import. "
            "To have a root here instead, delete the key of that name first."
        )


@transaction.atomic
def rotate(role: str, algorithm: str) -> list[CertificateAuthority]:
    """Make a new issuing CA, or a new policy CA and an issuing CA below it, for all certificates from now on.

    The old ones stay: what they issued is valid, and they go on telling what was revoked. Orders that are being signed
    are signed by the old one. Raises NotPossible, and as init does.
    """
    one_at_a_time()
    parent = current(Role.POLICY if role == Role.ISSUING else Role.ROOT)
    store = keyroom.store()
    if parent.role == Role.ROOT and parent.name not in store.names():
        raise NotPossible(
            f"The key of {parent.name} is not in the key store. If it is kept offline: "
            "manage.py ca rotate --role policy --offline-root FOLDER"
        )
    above = public_half(parent)
    require_room(above)
    made = hierarchy.create_below(above, store, terms_below(above), algorithm=algorithm, taken=names())
    return put_into_service(made)


def one_at_a_time() -> None:
    """Let no other command make CAs until the end of the transaction: each of them would be the current one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('certificates_certificateauthority'))")


def current(role: str) -> CertificateAuthority:
    """The CA of this role that is used for what is new. Raises NotPossible."""
    found = CertificateAuthority.objects.filter(role=role, is_current=True).first()
    if found is None:
        raise NotPossible("There is no CA yet. Make one with: manage.py ca init")
    return found


def public_half(row: CertificateAuthority) -> Authority:
    """The CA as certificates.ca knows it."""
    return Authority(row.name, row.certificate, row.parent.name if row.parent else None)


def names() -> list[str]:
    """Of all CAs there ever were; the keys of some may be elsewhere."""
    return list(CertificateAuthority.objects.values_list("name", flat=True))


def terms(country: str) -> Terms:
    """How CAs are made here and now."""
    return Terms(settings.PORTAL_BRAND, clock.now(), keyroom.urls(), country, settings.PORTAL_POLICY)


def terms_below(parent: Authority) -> Terms:
    """The same for those that the parent certifies."""
    return terms(hierarchy.country_of(parent))


def full_length() -> timedelta:
    """How long certificates may be valid by now."""
    return timedelta(days=policy.at(clock.now()).max_validity_days)


def require_room(parent: Authority) -> None:
    """Raises NotPossible where the parent ends so soon that no CA below it could issue certificates of full length."""
    ends, longest = parent.certificate.not_valid_after_utc, full_length()
    if ends < clock.now() + longest:
        raise NotPossible(
            f"{parent.name} ends on {ends:%Y-%m-%d}: a CA below it could not issue certificates of {longest.days} days. "
            f"A {parent.role} CA that ends later is needed first."
        )


def put_into_service(made: Iterable[Authority]) -> list[CertificateAuthority]:
    """Record the CAs, parents first, use them from now on, and publish what clients ask of them."""
    made = list(made)
    CertificateAuthority.objects.filter(role__in=[one.role for one in made], is_current=True).update(is_current=False)
    recorded = [record(authority) for authority in made]
    publish_what_is_missing()
    return recorded


def record(authority: Authority) -> CertificateAuthority:
    """Keep the public half of a CA in the database, after its parent's."""
    return CertificateAuthority.objects.create(
        name=authority.name,
        role=authority.role,
        parent=CertificateAuthority.objects.filter(name=authority.parent).first(),
        der=authority.der,
        not_after=authority.certificate.not_valid_after_utc,
    )


def publish_what_is_missing() -> None:
    """Sign the first revocation lists, and certify who signs OCSP answers, of every CA whose key is here."""
    here = CertificateAuthority.objects.filter(name__in=keyroom.store().names(), not_after__gt=timezone.now())
    for authority in here.filter(crls=None).order_by("pk"):
        lists.make_list(authority, 0)
    for authority in here.filter(role=Role.ISSUING).order_by("pk"):
        responders.responder_of(authority)
