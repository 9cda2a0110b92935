"""What a health check can find: each with how bad it is, a sentence about it, what to do, and which change helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from discovery.health.states import Verdict

Text = str | Promise


class Level(IntEnum):
    """How bad it is. A hint leaves a URL good."""

    HINT = 1
    WARNING = 2
    PROBLEM = 3
    UNREACHABLE = 4

    @property
    def verdict(self) -> Verdict:
        return VERDICTS[self]


VERDICTS = {
    Level.HINT: Verdict.GOOD,
    Level.WARNING: Verdict.WARNING,
    Level.PROBLEM: Verdict.PROBLEM,
    Level.UNREACHABLE: Verdict.UNREACHABLE,
}


class Aspect(models.TextChoices):
    """What is looked at, in the order in which it is told; the word is for what is in order."""

    CONNECTION = "connection", _("Connection")
    CERTIFICATE = "certificate", _("This certificate")
    CHAIN = "chain", _("Chain")
    NAME = "name", pgettext_lazy("certificate", "Name")
    VALIDITY = "validity", _("Validity")
    REVOCATION = "revocation", pgettext_lazy("certificate", "Not revoked")
    SIGNATURE = "signature", _("No SHA-1")
    VERSIONS = "versions", _("TLS versions")
    SUITES = "suites", _("Cipher suites")
    COMPRESSION = "compression", _("No compression (CRIME)")
    STAPLING = "stapling", _("OCSP stapling")


class Fix(models.TextChoices):
    """Which change of the server's configuration helps (discovery/health/fixes.py)."""

    LISTEN = "listen"
    INSTALL = "install"
    VERSIONS = "versions"
    SUITES = "suites"
    COMPRESSION = "compression"
    STAPLING = "stapling"


@dataclass(frozen=True)
class Kind:
    """A row of the catalogue."""

    aspect: Aspect
    level: Level
    says: Text
    todo: Text = ""
    fix: Fix | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that was found: its code in the catalogue, and what the sentence tells, in what JSON has."""

    code: str
    about: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        return KINDS[self.code]

    @property
    def level(self) -> Level:
        return self.kind.level

    @property
    def says(self) -> str:
        """The sentence, in the language and the time zone in use now."""
        return str(self.kind.says) % _in_words(self.about)

    @property
    def todo(self) -> str:
        return str(self.kind.todo) % _in_words(self.about)

    @property
    def order(self) -> int | None:
        """The number of the order that it tells of, which not everybody may see who sees the health check."""
        return self.about.get("order")


def found(code: str, **about: Any) -> Finding:
    """A finding. Moments are written as text, so that it can be stored."""
    return Finding(code, {name: _stored(value) for name, value in about.items()})


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


MOMENTS = frozenset({"not_before", "not_after", "at"})


def _in_words(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _word(name, value) for name, value in about.items()}


def _word(name: str, value: Any) -> Any:
    if name in MOMENTS:
        return date_format(localtime(datetime.fromisoformat(value)), "DATE_FORMAT")
    return ", ".join(value) if isinstance(value, list) else value


_NEW_FILE = _("Install the certificate of this order, and reload the server: until then it goes on with the old one.")
_WITH_CHAIN = _("Install the file that holds the certificate and its intermediate certificates in their order.")
_MODERN = _("Accept TLS 1.2 and TLS 1.3 only. Every browser since 2014 knows one of them.")
_STRONG = _("Accept only suites that encrypt well.")
_FIREWALL = _("See whether the server runs and listens on this port, and whether a firewall keeps strangers away.")

# In a sentence stand: host, port, detail (ASCII, what the server or the system said), and what the finding is about
KINDS: dict[str, Kind] = {
    # Nobody was reached. The codes are those of discovery/scanner/results.py, and of the guard of outgoing connections.
    "not-public": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("The portal cannot reach %(host)s: its address is not a public one."),
        _("Have it checked from inside your network, by the program that this page offers."),
    ),
    "no-address": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("No address was found for %(host)s in DNS."),
        _("See whether the name is written rightly. What only your own network knows, the program that this page offers"
          " can check."),
    ),
    "dns": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("DNS did not say which address %(host)s has."),
        _("Check again in a while. If it stays so, the name servers of the domain do not answer as they should."),
    ),
    "refused": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("%(host)s refuses connections to port %(port)s."), _FIREWALL,
    ),
    "unreachable": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("There is no way to %(host)s, port %(port)s (%(detail)s)."), _FIREWALL,
    ),
    "silent": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("Nobody answers at %(host)s, port %(port)s."), _FIREWALL,
    ),
    "local": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("The computer that checks could not connect (%(detail)s)."),
        _("That says nothing about your server. Check again in a while."),
    ),
    "gave-up": Kind(
        Aspect.CONNECTION, Level.UNREACHABLE, _("The check was begun several times and did not come to its end."),
        _("That may be the portal's fault. Check again later."),
    ),
    # Somebody was, and did not show a certificate
    "mute": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server accepts connections to port %(port)s and then says nothing."),
        _("See whether what listens there speaks TLS, and is not overloaded."), Fix.LISTEN,
    ),
    "closed": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server hangs up without a word when it is asked for TLS."),
        _("See whether what listens there speaks TLS, and what its error log says."), Fix.LISTEN,
    ),
    "reset": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The connection is cut off when the server is asked for TLS."),
        _("A firewall or load balancer in front of the server may do so, or the server has no certificate for the name."),
        Fix.LISTEN,
    ),
    "not-tls": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("At port %(port)s something else than TLS answers: “%(detail)s”"),
        _("Switch TLS on for this port."), Fix.LISTEN,
    ),
    "alert": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server refuses the TLS connection with the alert “%(detail)s”."),
        _("Often it has no certificate for the name %(host)s, or accepts nothing that clients of today offer. Its error"
          " log says more."), Fix.LISTEN,
    ),
    "unfinished": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server begins with TLS and then stops in the middle of it."),
        _("See what its error log says, and whether a firewall or load balancer stands in between."),
    ),
    "malformed": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("What the server sends is against the rules of TLS (%(detail)s)."),
        _("Bring the software of the server, or of what stands in front of it, up to date."),
    ),
    "too-large": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server sends far more certificates than a chain has."), _WITH_CHAIN,
        Fix.INSTALL,
    ),
    "no-certificate": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server encrypts without showing a certificate (an anonymous suite)."),
        _STRONG, Fix.SUITES,
    ),
    "starttls": Kind(
        Aspect.CONNECTION, Level.PROBLEM, _("The server does not go over to TLS (STARTTLS): “%(detail)s”"),
        _("Switch STARTTLS on, with the certificate of this order."),
    ),
    # The certificate
    "older": Kind(
        Aspect.CERTIFICATE, Level.PROBLEM,
        _("The server shows the certificate before this one, which expires on %(not_after)s."), _NEW_FILE, Fix.INSTALL,
    ),
    "newer": Kind(
        Aspect.CERTIFICATE, Level.WARNING,
        _("The server shows the certificate that has followed on this one, and expires on %(not_after)s."),
        _("If that was meant, nothing is to be done here."),
    ),
    "other": Kind(
        Aspect.CERTIFICATE, Level.PROBLEM,
        _("The server shows another certificate that was issued here: for %(name)s, it expires on %(not_after)s."),
        _("Install the certificate of this order, and reload the server."), Fix.INSTALL,
    ),
    "foreign": Kind(
        Aspect.CERTIFICATE, Level.PROBLEM,
        _("The server shows a certificate from elsewhere: for %(name)s, issued by %(issuer)s, it expires on"
          " %(not_after)s."),
        _("Install the certificate of this order, and reload the server. Where several sites share a server, another one"
          " of them may answer in place of this one."), Fix.INSTALL,
    ),
    "self-signed": Kind(
        Aspect.CERTIFICATE, Level.PROBLEM,
        _("The server shows a certificate for %(name)s that was signed with its own key, as servers have before one is"
          " installed."), _("Install the certificate of this order, and reload the server."), Fix.INSTALL,
    ),
    "unreadable": Kind(
        Aspect.CERTIFICATE, Level.PROBLEM, _("What the server shows cannot be read as a certificate."),
        _("Install the certificate of this order, and reload the server."), Fix.INSTALL,
    ),
    "beside": Kind(
        Aspect.CERTIFICATE, Level.HINT,
        _("To some clients the server shows another certificate: for %(name)s, issued by %(issuer)s, it expires on"
          " %(not_after)s."), _("A server may have one for each kind of key. This one was not looked at closely."),
    ),
    # Its chain
    "incomplete": Kind(
        Aspect.CHAIN, Level.PROBLEM, _("The chain is incomplete. The server does not send: %(missing)s."),
        _("Some browsers find it by themselves, while other programs refuse the connection. Install the file that holds"
          " the certificate and its intermediate certificates."), Fix.INSTALL,
    ),
    "out-of-order": Kind(
        Aspect.CHAIN, Level.WARNING,
        _("The chain is not in order: behind each certificate must stand the one that signed it."), _WITH_CHAIN,
        Fix.INSTALL,
    ),
    "root-sent": Kind(
        Aspect.CHAIN, Level.HINT, _("The server sends the root certificate too, which clients must know already."),
        _("It does no harm, and may be left out."),
    ),
    "strays": Kind(
        Aspect.CHAIN, Level.HINT, _("The server sends certificates that do not belong to the chain: %(names)s."),
        _("Leave them out: they make every connection slower."), Fix.INSTALL,
    ),
    "chain-unseen": Kind(
        Aspect.CHAIN, Level.HINT, _("Only the first certificate could be seen, not its chain."),
        _("The server speaks TLS 1.3 alone, and an old Python does not tell more of that. Use Python 3.10 or newer."),
    ),
    # What it says
    "not-covered": Kind(
        Aspect.NAME, Level.PROBLEM, _("The certificate is not for %(host)s, but for: %(names)s."),
        _("Browsers refuse it at this URL. If it shall serve there, have it issued again with this name among its SANs."),
    ),
    "by-address": Kind(
        Aspect.NAME, Level.HINT, _("Asked by its address, the server does not show whether the certificate fits its name."),
        _("Give the name by which people reach it, where it has one."),
    ),
    "expired": Kind(
        Aspect.VALIDITY, Level.PROBLEM, _("The certificate expired on %(not_after)s."),
        _("Install one that is still valid. Where there is none yet, renew this one."),
    ),
    "not-yet": Kind(
        Aspect.VALIDITY, Level.PROBLEM, _("The certificate is not valid before %(not_before)s."),
        _("Clients refuse it until then. Use the certificate before it so long."),
    ),
    "expiring": Kind(
        Aspect.VALIDITY, Level.WARNING, _("The certificate expires soon, on %(not_after)s."),
        _("Renew it, and install the new one before that day."),
    ),
    "revoked": Kind(
        Aspect.REVOCATION, Level.PROBLEM, _("The certificate was revoked on %(at)s."),
        _("Clients that ask do not trust it any more. Install another one."),
    ),
    "unused": Kind(
        Aspect.REVOCATION, Level.PROBLEM, _("The certificate is marked as unused, and in use here."),
        _("Clients that ask do not trust it. Restore it, or install another one."),
    ),
    "sha-1": Kind(
        Aspect.SIGNATURE, Level.WARNING, _("Signed with SHA-1, which browsers no longer accept: %(names)s."),
        _("Install certificates that are signed with SHA-256."),
    ),
    # What the server accepts
    "ssl3": Kind(
        Aspect.VERSIONS, Level.PROBLEM, _("The server accepts SSLv3, which is broken (POODLE) and forbidden since 2015."),
        _MODERN, Fix.VERSIONS,
    ),
    "tls10": Kind(
        Aspect.VERSIONS, Level.WARNING, _("The server accepts TLS 1.0, which is out of use since 2021."), _MODERN,
        Fix.VERSIONS,
    ),
    "tls11": Kind(
        Aspect.VERSIONS, Level.WARNING, _("The server accepts TLS 1.1, which is out of use since 2021."), _MODERN,
        Fix.VERSIONS,
    ),
    "no-modern": Kind(
        Aspect.VERSIONS, Level.PROBLEM,
        _("The server accepts neither TLS 1.2 nor TLS 1.3: browsers of today cannot connect."), _MODERN, Fix.VERSIONS,
    ),
    "no-tls12": Kind(
        Aspect.VERSIONS, Level.HINT, _("The server accepts TLS 1.3 only, so that older programs cannot connect."),
        _("If that is meant, nothing is to be done."),
    ),
    "no-tls13": Kind(
        Aspect.VERSIONS, Level.HINT, _("The server does not accept TLS 1.3, which is faster and hides more."),
        _("Offer it beside TLS 1.2."), Fix.VERSIONS,
    ),
    "weak-anonymous": Kind(
        Aspect.SUITES, Level.PROBLEM,
        _("The server accepts anonymous suites, by which nobody knows with whom the connection is: %(suite)s."), _STRONG,
        Fix.SUITES,
    ),
    "weak-null": Kind(
        Aspect.SUITES, Level.PROBLEM, _("The server accepts NULL suites, which encrypt nothing: %(suite)s."), _STRONG,
        Fix.SUITES,
    ),
    "weak-export": Kind(
        Aspect.SUITES, Level.PROBLEM,
        _("The server accepts EXPORT suites, weakened on purpose long ago (FREAK, Logjam): %(suite)s."), _STRONG,
        Fix.SUITES,
    ),
    "weak-rc4": Kind(
        Aspect.SUITES, Level.PROBLEM,
        _("The server accepts RC4, which can be broken and is forbidden since 2015: %(suite)s."), _STRONG, Fix.SUITES,
    ),
    "weak-3des": Kind(
        Aspect.SUITES, Level.WARNING,
        _("The server accepts 3DES, whose blocks are too short for long connections (Sweet32): %(suite)s."), _STRONG,
        Fix.SUITES,
    ),
    "weak-des": Kind(
        Aspect.SUITES, Level.PROBLEM, _("The server accepts DES, whose keys can be tried out in a day: %(suite)s."),
        _STRONG, Fix.SUITES,
    ),
    "crime": Kind(
        Aspect.COMPRESSION, Level.PROBLEM,
        _("The server compresses what it encrypts, so that attackers can guess cookies (CRIME, CVE-2012-4929)."),
        _("Switch TLS compression off. Compression of pages by HTTP is something else."), Fix.COMPRESSION,
    ),
    "no-staple": Kind(
        Aspect.STAPLING, Level.HINT,
        _("The server does not staple the OCSP response, so that clients must ask for it themselves."),
        _("Switch OCSP stapling on: connections begin faster, and the CA does not learn who visits the site."),
        Fix.STAPLING,
    ),
    "unseen": Kind(
        Aspect.VERSIONS, Level.HINT,
        _("Whether the server accepts these could not be seen, it said neither yes nor no: %(what)s."),
        _("Check again. A firewall that stops many connections in a row may be the reason."),
    ),
}  # fmt: skip
