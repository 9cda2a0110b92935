"""What a certificate says of itself."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from certificates.keycheck import der
from discovery.analysis import certificate as certificates
from discovery.analysis import distinguished, extensions, hosts, keys, links, signatures, values
from discovery.analysis.certificate import Certificate
from discovery.analysis.guard import attempt

LONGEST_NAME, LONGEST_COMMON_NAME = 500, 253  # characters

Value = TypeVar("Value")


@dataclass(frozen=True)
class Facts:
    """What could be read of a certificate; what could not is empty, and named in `unread`.

    Texts can be printed and stored: no control characters, no marks that turn the direction of writing. Where it cannot be
    told apart at all, `unread` is ("certificate",), and nothing but the SHA-256 is there.
    """

    sha256: str  # of all of it, in lower-case hex
    serial: str = ""  # in lower-case hex
    subject: str = ""  # as in RFC 4514, at most 500 characters
    issuer: str = ""
    common_name: str = ""  # else the first of the names; at most 253 characters
    organization: str = ""
    issuer_name: str = ""  # its common name, else its organization, else all of it
    names: tuple[str, ...] = ()  # DNS names and IP addresses, at most 200
    not_before: datetime | None = None
    not_after: datetime | None = None  # None as well for the year 9999, which stands for no end
    key_type: str = keys.UNKNOWN
    key_bits: int = 0
    key_problem: str = ""  # a code of certificates.keycheck
    is_key_short: bool = False
    hash: str = ""  # such as SHA-256
    is_sha1: bool = False  # or older
    is_ev: bool = False
    is_ca: bool = False
    is_self_signed: bool = False
    ocsp_urls: tuple[str, ...] = ()
    crl_urls: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def read(content: bytes) -> Facts:
    """What a certificate in DER says. Never raises. About 0.3 ms."""
    opened = attempt(lambda: certificates.opened(content), None)
    if opened is None:
        return Facts(hashlib.sha256(content).hexdigest(), unread=("certificate",))
    return _Reader(opened).facts()


class _Reader:
    """Reads field by field, and keeps in mind which could not be read."""

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self._unread = ["extensions"] if certificate.has_broken_extensions else []

    def facts(self) -> Facts:
        certificate = self._certificate
        subject, issuer = certificate.subject_name, certificate.issuer_name
        self._note("subject", subject.is_whole)
        self._note("issuer", issuer.is_whole)
        key = self._field("key", lambda: keys.read(certificate.spki), keys.Key())
        hash_name = self._field("hash", lambda: signatures.hash_of(certificate.algorithm), "")
        common_name, names = self._names(subject.first(distinguished.COMMON_NAME))
        not_before, not_after = self._dates()
        return Facts(
            sha256=certificate.digest.hex(),
            serial=self._field("serial", lambda: _serial(certificate.serial), ""),
            subject=values.cut(subject.text, LONGEST_NAME),
            issuer=values.cut(issuer.text, LONGEST_NAME),
            common_name=values.cut(common_name or next(iter(names), ""), LONGEST_COMMON_NAME),
            organization=values.cut(subject.first(distinguished.ORGANIZATION), LONGEST_NAME),
            issuer_name=values.cut(_name(issuer), LONGEST_NAME),
            names=names,
            not_before=not_before,
            not_after=not_after,
            key_type=key.kind,
            key_bits=key.bits,
            key_problem=key.problem,
            is_key_short=key.is_short,
            hash=hash_name,
            is_sha1=hash_name in signatures.SHA1_OR_OLDER,
            is_ev=self._extension("policies", extensions.POLICIES, extensions.is_ev, False) or _has_ev_fields(subject),
            is_ca=self._extension("constraints", extensions.CONSTRAINTS, extensions.is_ca, False),
            is_self_signed=links.is_self_signed(certificate),
            ocsp_urls=self._some("ocsp_urls", extensions.AUTHORITY_ACCESS, extensions.addresses_of_ocsp),
            crl_urls=self._some("crl_urls", extensions.CRL_POINTS, extensions.addresses_of_lists),
            unread=tuple(self._unread),
        )

    def _names(self, common_name: str) -> tuple[str, tuple[str, ...]]:
        """The common name, and the names of the server: the common name is one where there are no others."""
        names = self._some("names", extensions.ALTERNATIVE_NAMES, extensions.names)
        common_name, host = common_name.strip(), hosts.tidy(common_name)
        if not names and hosts.is_host(host):
            return common_name, (host,)
        return common_name, names

    def _dates(self) -> tuple[datetime | None, datetime | None]:
        """Of each one by itself, since one that is odd says nothing against the other."""
        validity = self._certificate.validity
        return (
            self._field("not_before", lambda: values.moment(der.inside(validity)[0]), None),
            self._field("not_after", lambda: values.moment(der.inside(validity)[1]), None),
        )

    def _field(self, name: str, read: Callable[[], Value], otherwise: Value) -> Value:
        found = attempt(lambda: (read(),), None)
        self._note(name, found is not None)
        return found[0] if found else otherwise

    def _extension(self, name: str, kind: str, read: Callable[[bytes], Value], otherwise: Value) -> Value:
        content = self._certificate.extensions.get(kind)
        return otherwise if content is None else self._field(name, lambda: read(content), otherwise)

    def _some(self, name: str, kind: str, read: Callable[[bytes], extensions.Some]) -> tuple[str, ...]:
        found = self._extension(name, kind, read, extensions.Some())
        self._note(name, found.is_whole)
        return found.found

    def _note(self, name: str, was_read: bool) -> None:
        if not was_read and name not in self._unread:
            self._unread.append(name)


def _serial(element: der.Element) -> str:
    if len(element.content) > certificates.LONGEST_SERIAL:
        raise der.Malformed
    return f"{values.whole_number(element):x}"


def _name(issuer: distinguished.Name) -> str:
    return issuer.first(distinguished.COMMON_NAME) or issuer.first(distinguished.ORGANIZATION) or issuer.text


def _has_ev_fields(subject: distinguished.Name) -> bool:
    return all(map(subject.first, distinguished.EV_FIELDS))
