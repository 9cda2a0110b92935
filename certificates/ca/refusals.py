"""Plans that this CA never signs, whatever the linter would say of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509 import ObjectIdentifier

from certificates.ca import dns_names
from certificates.ca.authority import Authority
from certificates.ca.plan import Plan
from certificates.ca.signing import CURVES, HASHES

LEVELS = ("OV", "EV")
MAX_SERIAL = 2**159  # BR 7.1.2.7
MIN_RSA_BITS = 2048  # BR 6.1.5, E7

# The longest values in characters, from BR 7.1.4.2, with what the fields are called in a refusal
LIMITS = {
    "organization": ("organization", 64),
    "locality": ("locality", 128),
    "state": ("state", 128),
    "business_category": ("business category", 128),
    "jurisdiction_state": ("state of jurisdiction", 128),
    "jurisdiction_locality": ("locality of jurisdiction", 128),
    "registration_number": ("registration number", 64),
}
_PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")  # X.680 41.4


class PlanRefused(Exception):
    """The plan breaks a rule that nothing can lift. `problems` names every one, in English, for the vetting team."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def check(plan: Plan, issuer: Authority) -> None:
    """Raise PlanRefused where the plan breaks hard rules, with all of them."""
    problems = [
        *_form(plan),
        *_dates(plan, issuer),
        *_subject(plan),
        *_ev_subject(plan),
        *_names(plan),
        *_key(plan.spki),
    ]
    if problems:
        raise PlanRefused(problems)


def _form(plan: Plan) -> Iterator[str]:
    if not 0 < plan.serial < MAX_SERIAL:
        yield "the serial number is out of range"
    if plan.level not in LEVELS:
        yield f"“{plan.level}” is neither OV nor EV"
    if plan.hash_algorithm not in HASHES:
        yield f"“{plan.hash_algorithm}” is not a hash that this CA signs by"
    if plan.own_policy is not None and not _is_oid(plan.own_policy):
        yield f"“{plan.own_policy}” is not an object identifier"


def _is_oid(text: str) -> bool:
    try:
        ObjectIdentifier(text)
    except ValueError:
        return False
    return True


def _dates(plan: Plan, issuer: Authority) -> Iterator[str]:
    if not (_is_whole_utc(plan.not_before) and _is_whole_utc(plan.not_after)):
        yield "the dates are not whole seconds in UTC"
        return
    if plan.not_before >= plan.not_after:
        yield "it would end before it begins"
    if plan.not_after > issuer.certificate.not_valid_after_utc:
        yield f"it would outlive its issuer {issuer.name}"


def _is_whole_utc(moment: datetime) -> bool:
    return moment.utcoffset() == timedelta(0) and moment.microsecond == 0


def _subject(plan: Plan) -> Iterator[str]:
    subject = plan.subject
    if not subject.organization:
        yield "it has no organization"
    if not (subject.locality or subject.state):
        yield "it has neither a locality nor a state"  # BR 7.1.2.7.4: one of them must be there
    if not _is_country(subject.country):
        yield f"the country “{subject.country}” is not two upper-case letters"
    for field, (label, limit) in LIMITS.items():
        yield from _text(label, getattr(subject, field), limit)


def _is_country(code: str) -> bool:
    """The form only: the portal offers the codes of ISO 3166-1."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def _text(label: str, value: str, limit: int) -> Iterator[str]:
    if len(value) > limit:
        yield f"the {label} is longer than {limit} characters"
    if not value.isprintable():
        yield f"the {label} has characters that cannot be seen"
    if value and not any(character.isalnum() for character in value):
        yield f"the {label} “{value}” is a filler"  # BR 7.1.2.7.4, last sentence


def _ev_subject(plan: Plan) -> Iterator[str]:
    """What EVG 7.1.4.2.3 to 7.1.4.2.5 require."""
    if plan.level != "EV":
        return
    subject = plan.subject
    if not subject.business_category:
        yield "EV needs a business category"
    if not _is_country(subject.jurisdiction_country):
        yield f"the country of jurisdiction “{subject.jurisdiction_country}” is not two upper-case letters"
    if not subject.registration_number:
        yield "EV needs a registration number"
    if not _PRINTABLE.issuperset(subject.registration_number):
        # The library would write them into a PrintableString all the same
        yield "the registration number has characters other than letters, digits and ' ( ) + , - . / : = ?"


def _names(plan: Plan) -> Iterator[str]:
    if not plan.dns_names:
        yield "it has no names"
    if len(plan.dns_names) > dns_names.MAX_NAMES:
        yield f"it has more than {dns_names.MAX_NAMES} names"
    if len({name.lower() for name in plan.dns_names}) < len(plan.dns_names):
        yield "it has a name twice"
    if plan.common_name not in plan.dns_names:
        yield f"the common name “{plan.common_name}” is not among the names"
    for name in plan.dns_names:
        yield from _name(name, plan.level)


def _name(name: str, level: str) -> Iterator[str]:
    says = dns_names.problem(name)
    if says:
        yield f"“{name}” {says}"
    if level == "EV" and name.startswith("*"):
        yield f"“{name}” is a wildcard, which EV does not allow"  # EVG 7.1.2.1


def _key(spki: bytes) -> Iterator[str]:
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        yield "the public key cannot be read"
        return
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS or key.key_size % 8:
            yield f"RSA keys of {key.key_size} bits are not allowed"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            yield f"the elliptic curve {key.curve.name} is not allowed"
    else:
        yield "the public key is neither RSA nor ECDSA"
        return
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        yield "the public key is written in an unusual way"  # compressed points, PSS parameters: not what gets signed
