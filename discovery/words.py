"""What the engine says by codes, in sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from discovery.scanner import results
from discovery.scanner.problems import MOST_PAIRS, Problem
from discovery.states import Warned

PROBLEMS = {  # what is wrong with what is to be scanned: scanner/problems.py has the same for those without translations
    "nothing": gettext_lazy("There is nothing to scan: no address was given, or each one is excluded."),
    "too-many": gettext_lazy(
        "These are %(detail)s pairs of address and port; at most %(most)s can be scanned at once. Leave out addresses or"
        " ports, or make several scans of it and merge their results."
    ),
    "not-an-address": gettext_lazy(
        "“%(entry)s” is neither an IP address nor a domain name, a range (10.0.0.1-10.0.0.20) or a network (10.0.0.0/24)."
    ),
    "not-ascii": gettext_lazy("“%(entry)s” has letters beyond ASCII. Write the name as DNS has it: xn--…"),
    "number": gettext_lazy("“%(entry)s” is no IP address: it takes four numbers from 0 to 255."),
    "url": gettext_lazy("“%(entry)s” is a URL. Write its host only, and its port under Scan Additional Ports."),
    "has-port": gettext_lazy(
        "“%(entry)s” has a port. Write the address only, and the port under Scan Additional Ports."
    ),
    "wildcard": gettext_lazy("“%(entry)s” stands for any name, and nobody can tell which there are. Write the names."),
    "short-range": gettext_lazy("“%(entry)s”: write both ends of a range in full, as in 10.0.0.1-10.0.0.20."),
    "mixed-range": gettext_lazy("“%(entry)s” begins with IPv4 and ends with IPv6."),
    "backwards": gettext_lazy("“%(entry)s” ends before it begins."),
    "network": gettext_lazy(
        "“%(entry)s” is no network: after an IPv4 address stands a number from 0 to 32, after IPv6 one up to 128."
    ),
    "not-a-host": gettext_lazy(
        "“%(entry)s” is, or has inside it, addresses that are no computer's: 0.0.0.0, multicast or broadcast."
    ),
    "port": gettext_lazy("“%(entry)s” is no port: a number from 1 to 65535, or a range of them as 9000-9010."),
}

OUTCOMES = {
    results.FOUND: gettext_lazy("A certificate was found"),
    results.NO_ADDRESS: gettext_lazy("The name has no address"),
    results.EXCLUDED: gettext_lazy("Excluded: the name leads to an address that was not to be touched"),
    results.REFUSED: gettext_lazy("Nobody listens on this port"),
    results.UNREACHABLE: gettext_lazy("There is no way to this address"),
    results.SILENT: gettext_lazy("No answer"),
    results.MUTE: gettext_lazy("Connected, but nothing was said"),
    results.CLOSED: gettext_lazy("Connected, and hung up without a word"),
    results.RESET: gettext_lazy("Connected, and cut off"),
    results.NOT_TLS: gettext_lazy("Something other than TLS answers"),
    results.ALERT: gettext_lazy("The server refused TLS"),
    results.UNFINISHED: gettext_lazy("TLS stopped in its middle"),
    results.MALFORMED: gettext_lazy("The server's TLS breaks the rules of TLS"),
    results.TOO_LARGE: gettext_lazy("The server sent more than anybody reads"),
    results.NO_CERTIFICATE: gettext_lazy("TLS without a certificate"),
    results.STARTTLS: gettext_lazy("The server does not go over to TLS"),
    results.LOCAL: gettext_lazy("The computer that scanned could not connect"),
}

ADVICE = {  # what the warnings of a certificate mean, and what to do
    Warned.KEY_LENGTH: gettext_lazy("The key is too short. Replace the certificate."),
    Warned.WEAK_KEY: gettext_lazy("The key is weak: others can work it out. Replace the certificate and its key."),
    Warned.CRIME: gettext_lazy(
        "The server compresses TLS, so that secrets can be guessed from the length of what is sent (CRIME). Switch"
        " compression off."
    ),
    Warned.SELF_SIGNED: gettext_lazy("The certificate has signed itself, so that no browser trusts it. Replace it."),
    Warned.STATUS_UNKNOWN: gettext_lazy(
        "Nobody could say whether it is revoked: it names no OCSP responder and no revocation list, they did not answer,"
        " or what they answered does not count."
    ),
    Warned.EXPIRING: gettext_lazy("It expires within 30 days. Replace it before that."),
    Warned.SHA1: gettext_lazy("It is signed with SHA-1 or something older, which browsers refuse. Replace it."),
    Warned.NAME_MISMATCH: gettext_lazy(
        "It was shown for a name that it does not hold. Browsers refuse it there; let the server show the right one."
    ),
    Warned.INCOMPLETE_CHAIN: gettext_lazy(
        "The server does not send the certificates between this one and a trusted root. Have it send the whole chain."
    ),
    Warned.NOT_YET_VALID: gettext_lazy("It counts only from a later date. Look at the server's clock, or wait."),
    Warned.UNREADABLE: gettext_lazy(
        "Part of it cannot be read, so that more may be wrong with it than is said here. Replace the certificate."
    ),
}

PARTS = {  # of a certificate, by the codes of analysis/facts.py
    "certificate": gettext_lazy("All of it"),
    "extensions": gettext_lazy("Extensions"),
    "subject": gettext_lazy("Subject"),
    "issuer": gettext_lazy("Issuer"),
    "serial": gettext_lazy("Serial Number"),
    "not_before": pgettext_lazy("date", "Issued"),
    "not_after": gettext_lazy("Expires"),
    "key": gettext_lazy("Key Type"),
    "hash": gettext_lazy("Hash"),
    "policies": gettext_lazy("Validation"),
    "constraints": gettext_lazy("Whether it is a CA's"),
    "names": gettext_lazy("Names"),
    "ocsp_urls": gettext_lazy("OCSP"),
    "crl_urls": gettext_lazy("Revocation list"),
}

STATUS_PROBLEMS = {  # why nobody knows whether a certificate is revoked
    "names-nobody": gettext_lazy("The certificate names no OCSP responder and no revocation list."),
    "no-issuer": gettext_lazy("The certificate of its CA is not known, so that no answer can be verified."),
    "timeout": gettext_lazy("The CA did not answer in time."),
    "unreachable": gettext_lazy("The server that the certificate names was not reached."),
    "forbidden-address": gettext_lazy("The certificate names an address that is not asked, for safety."),
    "bad-url": gettext_lazy("The certificate names an address that is not asked, for safety."),
    "too-large": gettext_lazy("The answer is larger than anybody reads."),
    "unauthorized": gettext_lazy("The OCSP responder knows nothing of this certificate."),
    "unknown": gettext_lazy("The OCSP responder knows nothing of this certificate."),
    "too-old": gettext_lazy("The answer is out of date."),
    "too-early": gettext_lazy("The answer is of a time to come. Look at the clocks."),
    "signature": gettext_lazy("The answer is signed by somebody who may not speak for the CA."),
    "scope": gettext_lazy("The revocation list leaves some certificates out, and perhaps this one."),
    "other-certificate": gettext_lazy("The answer is about another certificate."),
    "other-issuer": gettext_lazy("The revocation list is another CA's."),
}


def status_problem(code: str) -> str:
    """Why it is not known whether a certificate is revoked; empty where it is known."""
    if not code:
        return ""
    return str(STATUS_PROBLEMS.get(code) or _("The CA gave no usable answer (%(code)s).") % {"code": code})


def problem(one: Problem) -> str:
    """What is wrong with an entry, in the language in use."""
    values = {"entry": one.entry, "detail": one.detail, "most": f"{MOST_PAIRS:,}"}
    return str(PROBLEMS[one.code]) % values


def unknown_exclusion(name: str) -> str:
    """Why a scan did not begin (ExclusionFailed)."""
    sentence = _(
        "%(name)s is excluded, but DNS did not tell its addresses, so that nothing was touched. Try again later, or exclude"
        " the addresses themselves."
    )
    return sentence % {"name": name}


def parts(unread: list[str]) -> str:
    """The parts of a certificate that could not be read."""
    return ", ".join(str(PARTS.get(part, part)) for part in unread)


def version(number: int) -> str:
    return results.VERSIONS.get(number, _("unknown"))
