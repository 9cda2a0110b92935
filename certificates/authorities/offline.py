"""CAs below a root whose key is elsewhere: asking for a policy CA's certificate, and taking what comes back."""

from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from certificates import keyroom
from certificates.authorities import files
from certificates.authorities.making import (
    NotPossible,
    current,
    names,
    one_at_a_time,
    public_half,
    put_into_service,
    require_room,
    terms,
    terms_below,
)
from certificates.ca import answer, hierarchy, offline
from certificates.ca.authority import Authority
from certificates.ca.hierarchy import ISSUING, POLICY, ROOT, Terms
from certificates.models import CertificateAuthority
from certificates.trust.models import Crl
from sslportal.kit import clock

Role = CertificateAuthority.Role


@transaction.atomic
def ask_for_all(folder: Path, algorithm: str, country: str) -> str:
    """Make the keys below a root that is yet to be made, and write what is to be done elsewhere. Returns the README.

    Nothing is recorded until it is done. Raises NotPossible, and as making.init does.
    """
    one_at_a_time()
    if CertificateAuthority.objects.exists():
        raise NotPossible("The CA is there already. What there is tells: manage.py ca status")
    return _ask(folder, None, terms(country), algorithm)


@transaction.atomic
def ask_for_policy_ca(folder: Path, algorithm: str) -> str:
    """The same for another policy CA below the offline root that there is."""
    one_at_a_time()
    root = current(Role.ROOT)
    if root.name in keyroom.store().names():
        raise NotPossible(f"The key of {root.name} is in the key store: leave --offline-root away.")
    above = public_half(root)
    require_room(above)
    return _ask(folder, above, terms_below(above), algorithm)


def _ask(folder: Path, root: Authority | None, how: Terms, algorithm: str) -> str:
    files.new_folder(folder)
    asked = offline.request_policy_ca(root, keyroom.store(), how, algorithm=algorithm, taken=names())
    for name, content in asked.items():
        (folder / name).write_text(content, encoding="utf-8")
    return asked["README.txt"]


@transaction.atomic
def take(paths: Iterable[Path]) -> list[str]:
    """Take what the offline root has signed: the first certificates, another policy CA's, or a newer list of the root's.

    The issuing CA is certified by the policy CA at once, and put into service. All or nothing. Returns what was taken.
    Raises NotPossible and AnswerRefused, and as making.init does.
    """
    one_at_a_time()
    found = files.read(paths)
    known = {bytes(der) for der in CertificateAuthority.objects.values_list("der", flat=True)}
    new = [one for one in found.certificates if one.public_bytes(Encoding.DER) not in known]
    made = _take_certificates(new) if new else []
    taken = [f"{authority.name} is in service." for authority in made]
    taken += [says for crl in found.lists for says in _take_list(crl, made)]
    if not taken:
        raise NotPossible("There is nothing new in it.")
    return taken


def _take_certificates(new: list[x509.Certificate]) -> list[CertificateAuthority]:
    roots = [one for one in new if answer.is_root(one)]
    policy_cas = [one for one in new if not answer.is_root(one)]
    if len(policy_cas) != 1:
        named = ", ".join(one.subject.rfc4514_string() for one in policy_cas) or "none"
        raise NotPossible(f"The certificate of one new policy CA is needed, and there is: {named}.")
    name = _waiting(policy_cas[0])
    number = int(name.rpartition("-")[2])
    root, is_new = _root(roots, number)
    policy_ca = Authority(name, policy_cas[0], root.name)
    how = terms_below(policy_ca)
    if is_new:
        answer.check_root(root, how)
    answer.check_policy_ca(policy_ca, root, how)
    require_room(policy_ca)
    store = keyroom.store()
    issuing_key = store.load(ISSUING.name(number))
    below = hierarchy.certify_below(policy_ca, store.load(name), number, [issuing_key], how)
    return put_into_service([*([root] if is_new else []), policy_ca, *below])


def _waiting(certificate: x509.Certificate) -> str:
    """The name of the policy CA for whose key the certificate is."""
    store = keyroom.store()
    policy_cas = [name for name in store.names() if name.rpartition("-")[0] == POLICY.role]
    key = certificate.public_key()
    name = next((name for name in policy_cas if store.load(name).public_key() == key), None)
    if name is None:
        raise NotPossible(
            f"The certificate of {certificate.subject.rfc4514_string()} is for no key of a policy CA in the key store."
        )
    if name in names():
        raise NotPossible(f"{name} has another certificate already, and no key gets two.")
    return name


def _root(roots: list[x509.Certificate], number: int) -> tuple[Authority, bool]:
    """The root, and whether it is new: the one that there is, or where there is none the one in the files."""
    there = CertificateAuthority.objects.filter(role=Role.ROOT, is_current=True).first()
    if there and roots:
        raise NotPossible(f"There is another root in it than {there.name}, which the portal has.")
    if there:
        return public_half(there), False
    if len(roots) != 1:
        raise NotPossible(f"The certificate of one root is needed, and there are {len(roots)}.")
    return Authority(ROOT.name(number), roots[0]), True


def _take_list(crl: x509.CertificateRevocationList, made: list[CertificateAuthority]) -> list[str]:
    """Publish the list, where it is not the one that there is. Returns what there is to say of it."""
    root = _issuer_of(crl)
    children = list(root.children.order_by("pk"))
    answer.check_list(crl, public_half(root), [public_half(one) for one in children], clock.now())
    row, _is_new = Crl.objects.select_for_update().get_or_create(authority=root, shard=0)
    der, number = crl.public_bytes(Encoding.DER), answer.number_of(crl)
    if row.der is not None and bytes(row.der) == der:
        return []
    if number <= row.number:
        raise NotPossible(f"The list's number is {number}, and that of the list before is {row.number}: it must go up.")
    row.der, row.number, row.entries = der, number, len(crl)
    row.this_update, row.next_update = crl.last_update_utc, crl.next_update_utc
    row.save()
    revoked = [one for one in children if is_on(crl, one)]
    if any(one in made for one in revoked):
        raise NotPossible("The root's list says that the new policy CA is revoked.")
    warnings = [f"It says that {one.name} is REVOKED: make a new one with ca rotate --role policy." for one in revoked]
    return [f"List {number} of {root.name} is published, until {row.next_update:%Y-%m-%d}.", *warnings]


def _issuer_of(crl: x509.CertificateRevocationList) -> CertificateAuthority:
    roots = CertificateAuthority.objects.filter(role=Role.ROOT)
    root = next((one for one in roots if one.certificate.subject == crl.issuer), None)
    if root is None:
        raise NotPossible(f"The revocation list is of {crl.issuer.rfc4514_string()}, which is no root of the portal.")
    if root.name in keyroom.store().names():
        raise NotPossible(f"The key of {root.name} is in the key store, so its lists are made here.")
    return root


def is_on(crl: x509.CertificateRevocationList, authority: CertificateAuthority) -> bool:
    """Whether the CA's issuer says that it is revoked."""
    return crl.get_revoked_certificate_by_serial_number(authority.certificate.serial_number) is not None
