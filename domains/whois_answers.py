"""Reading what WHOIS servers answer, which has no common format: the contacts' mail addresses, and the next server."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from sslportal.kit import names
from sslportal.kit.names import NameRefused

MOST = 10  # addresses
LONGEST_LINE = 500  # characters; what is longer is no address

# Parts of the hosts at which privacy and proxy services give every customer an address of theirs. Who reads mail there
# is not the contact, so that an answer to a mail would prove nothing.
PRIVACY_SERVICES = (
    *(
        "anonymize.com",
        "contact.gandi.net",
        "contactprivacy",
        "dataprivacyprotected",
        "domaindiscreet",
        "domainprivacy",
    ),
    *("domainsbyproxy", "identity-protect", "identityprotect", "myprivacy", "o-w-o.info", "perfectprivacy"),
    *("privacy-protect", "privacyguardian", "privacyprotect", "private-registration", "privateregistration"),
    *("protecteddomainservices", "proxy.dreamhost.com", "whois-privacy", "whois-protect", "whoisguard", "whoisprivacy"),
    *("whoisprotect", "whoisproxy", "whoissecure", "withheldforprivacy"),
)

Pair = tuple[str, str]  # a key in lower case, and its value


def addresses(answers: Sequence[str], domain: str) -> tuple[str, ...]:
    """The contacts' addresses in the answers about a registrable domain, in lower case, each once, at most ten.

    Left out are addresses at the registrar's own domain (unless it is the domain in question), at privacy services,
    for reports of abuse, and all that is no address at a public domain.
    """
    lines = [line for answer in answers for line in _lines(answer)]
    not_theirs = {host for line in lines if line.of == _REGISTRAR for host in _domains(line.value)} - {domain}
    shown = (one for line in lines if line.of == _CONTACT and line.is_mail for one in _addresses(line.value))
    return tuple(dict.fromkeys(one for one in shown if not _is_somebody_elses(one, not_theirs, domain)))[:MOST]


def referral(answer: str, *keys: str) -> str:
    """The host that one of the keys names as a server at the usual port; empty if none does."""
    for key, value in _pairs(answer):
        found = _SERVER.fullmatch(value.lower()) if key in keys else None
        if found:
            return found["host"]
    return ""


_SERVER = re.compile(r"(?:whois://)?(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)\.?(?::43)?/?")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9.-]+")  # no quotes, white space, control characters

# "Key: value", "Key......: value" and "[Key]   value" are the ways in which registries write
_PAIR = re.compile(r"(?:\[(?P<bracketed>[^\]]{1,60})\]|(?P<plain>[^:]{1,60}):)(?P<value>.*)")
_CONTACT_WORDS = re.compile(
    r"(?:domain )?(?:registrant|holder|owner|admin|administrative|tech|technical)(?:[- ](?:c|contacts?))?"
    r"(?: (?:information|details))?|contact information|ac"  # the public contact of JPRS; the one of KRNIC
)
_REGISTRAR_WORDS = re.compile(r"(?:sponsoring )?registrar\b.*")
_OTHER_WORDS = re.compile(r"(?:abuse|billing|reseller|provider)\b.*")
_MAIL_KEY = re.compile(r"(?P<of>.*?) ?e-?mail(?: address)?")
_OBJECT_KEYS = {"nic-hdl", "nic-hdl-br", "contact"}  # a contact's handle, as named above by "admin-c:" or "registrant:"
_FIELDS = {  # of a contact; they may be empty
    *("name", "organization", "organisation", "org", "address", "street", "city", "state", "province", "postal", "zip"),
    *("country", "phone", "telephone", "mobile", "fax", "fax-no", "type", "title", "language", "remarks"),
}
_CONTACT, _REGISTRAR, _OTHER = "contact", "registrar", "other"


class _Line(NamedTuple):
    """A line of an answer, and whom it speaks of."""

    of: str
    key: str
    value: str

    @property
    def is_mail(self) -> bool:
        return bool(_MAIL_KEY.fullmatch(self.key))


def _lines(answer: str) -> Iterator[_Line]:
    """The lines with whom they speak of, as far as that is certain.

    A key may say so itself ("Admin Email"). Otherwise the object says it in whose lines the line stands, by its handle
    ("nic-hdl: X" where "admin-c: X" came before), or the heading above ("Registrant:", "[Tech-C]"), which counts up to
    an empty line or the next heading.
    """
    blocks = list(_blocks(answer))
    handles = {value.lower() for block in blocks for key, value in block if _CONTACT_WORDS.fullmatch(key)}
    of = ""
    for block in blocks:
        fixed = _of_object(block, handles)
        for key, value in block:
            of = fixed or _of_heading(key, value, of)
            yield _Line(_of_key(key) or of, key, value)
        if len(block) > 1 or block[0][1]:  # else it is a heading with an empty line under it
            of = ""


def _of_object(block: list[Pair], handles: set[str]) -> str:
    named = [value.lower() for key, value in block if key in _OBJECT_KEYS and value]
    if not named:
        return ""
    return _CONTACT if any(one in handles or _CONTACT_WORDS.fullmatch(one) for one in named) else _OTHER


def _of_heading(key: str, value: str, before: str) -> str:
    """Whom the lines from here on speak of: another one after a heading, which is a key without a value."""
    if _REGISTRAR_WORDS.fullmatch(key):
        return _REGISTRAR
    if _OTHER_WORDS.fullmatch(key):
        return _OTHER
    if value and not re.fullmatch(r"\[[^\]]*\]", value):  # JPRS: "Contact Information: [公開連絡窓口]"
        return before
    if _CONTACT_WORDS.fullmatch(key):
        return _CONTACT
    return before if key.partition(" ")[0] in _FIELDS or not key.isascii() else _OTHER


def _of_key(key: str) -> str:
    mail = _MAIL_KEY.fullmatch(key)
    if _REGISTRAR_WORDS.fullmatch(key):
        return _REGISTRAR
    if mail and mail["of"]:
        return _CONTACT if _CONTACT_WORDS.fullmatch(mail["of"]) else _OTHER
    return ""


def _pairs(answer: str) -> Iterator[Pair]:
    for block in _blocks(answer):
        yield from block


def _blocks(answer: str) -> Iterator[list[Pair]]:
    """The lines between empty lines. What is neither "key: value" nor a heading has an empty key."""
    block: list[Pair] = []
    for line in answer.splitlines():
        text = line.strip()
        if text:
            block.append(_pair(text[:LONGEST_LINE]))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _pair(text: str) -> Pair:
    found = _PAIR.fullmatch(text)
    if found:
        return _words(found["bracketed"] or found["plain"]), found["value"].strip()
    is_heading = _CONTACT_WORDS.fullmatch(_words(text)) or _words(text) == _REGISTRAR
    return (_words(text), "") if is_heading else ("", text)


def _words(text: str) -> str:
    """The words of a key, without the dots that lead to its value."""
    return " ".join(text.lower().replace("_", " ").rstrip(" .").split())


def _domains(value: str) -> Iterator[str]:
    """The registrable domains of the hosts that the text names."""
    for host in _HOST.findall(value.lower()):
        try:
            yield names.parse(host).registrable
        except NameRefused:
            continue


def _addresses(value: str) -> list[str]:
    """The addresses that the value consists of; none where it says anything else."""
    pieces = [piece.strip("<>").removeprefix("mailto:") for piece in names.split(value.lower())]
    return pieces if all(map(is_address, pieces)) else []


def is_address(text: str) -> bool:
    """Whether a stranger's text, in lower case, is a plain mail address at a public name: none inside, none in brackets."""
    if len(text) > names.MAX_ADDRESS or not _ADDRESS.fullmatch(text):
        return False
    try:
        validate_email(text)
        names.parse(text.rpartition("@")[2])
    except (ValidationError, NameRefused):
        return False
    return True


def _is_somebody_elses(address: str, not_theirs: set[str], domain: str) -> bool:
    local, _, host = address.rpartition("@")
    registrable = names.parse(host).registrable
    is_proxy = registrable != domain and any(part in host for part in PRIVACY_SERVICES)
    return "abuse" in local or registrable in not_theirs or is_proxy
