"""Why a paste is refused, and what of a CSR is left out: the sentences, and the exception that carries one.

Sentences hold nothing of the paste, but sizes in bits, small numbers, and names from our own tables.
"""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sslportal.kit import names

Text = str | Promise

SENTENCES = {
    # the paste
    "empty": _("Please paste a CSR: the whole text, from the BEGIN line to the END line."),
    "too-large": _("This is too large to be a CSR, which has a few thousand characters. Please paste the CSR only."),
    "private-key": _(
        "This is or contains a private key, which must never leave your server. It was not stored, but must now be "
        "considered exposed: make a new key pair, and paste the CSR made with it."
    ),
    "csr-and-key": _(
        "The CSR came together with a private key, which must never leave your server. Nothing was stored, but the "
        "key must now be considered exposed: make a new key pair, and paste only the CSR made with it."
    ),
    "two-csrs": _("There is more than one CSR here. Please paste one, and order the others separately."),
    "certificate": _(
        "There is a certificate here, but a CSR is needed: the text whose first line says BEGIN CERTIFICATE REQUEST. "
        "Please paste the CSR only."
    ),
    "not-a-csr": _("No CSR was found here. Please paste the text that begins with BEGIN CERTIFICATE REQUEST."),
    "truncated": _(
        "The CSR is incomplete: its end or some of its lines are missing. Please copy the whole text again."
    ),
    "no-footer": _("The END line of the CSR is missing. Please copy the whole text again, up to the END line."),
    "no-header": _("The BEGIN line of the CSR is missing. Please copy the whole text again, from the BEGIN line."),
    "damaged": _(
        "The CSR is damaged: it has characters that do not belong there. Please copy it again from the original file."
    ),
    "html-escaped": _(
        "Some characters of the CSR were turned into HTML codes such as &#43;. Please copy it from the original file, "
        "not from a web page or a mail."
    ),
    "plus-to-space": _(
        "The plus signs of the CSR were turned into spaces on the way. Please copy it again from the original file."
    ),
    "smart-dashes": _(
        "The hyphens of the BEGIN and END lines were turned into long dashes, as word processors do. Please copy the "
        "CSR from the original file with a plain text editor."
    ),
    "trailing-der": _("There is more data after the end of the CSR. Please make the CSR again and paste it unchanged."),
    "unreadable": _("The CSR does not have the form that the standard (PKCS #10) demands. Please make a new one."),
    # the signature
    "signature": _(
        "The CSR's signature does not fit its contents: it was changed or damaged after it was made. Please copy it "
        "again from the original file, or make a new one."
    ),
    "signature-algorithm": _(
        "The CSR is signed in a way that cannot be checked here. Please make a new one, signed with SHA-256."
    ),
    # the names
    "control-characters": _(
        "A name in the CSR has invisible control characters, which no certificate may hold. Please make a new CSR."
    ),
    "name-too-long": _("A name in the CSR is longer than 255 characters. Please make a new CSR with shorter names."),
    "too-many-names": _("The CSR asks for more than 5,000 names. Please make a new CSR with fewer."),
    # the key: the codes of certificates.keycheck
    "unreadable-key": _(
        "The public key in the CSR cannot be read. Please copy the CSR again from the original file, or make a new key "
        "pair and a new CSR."
    ),
    "unsupported-key": _(
        "The CSR has a key of the type {found}, but only RSA from 2048 bits and ECDSA P-256 or P-384 are accepted. "
        "Please make a new key pair and a new CSR."
    ),
    "unsupported-curve": _(
        "The CSR has a key on the curve {found}, but only P-256 and P-384 are accepted. Please make a new key pair and "
        "a new CSR."
    ),
    "explicit-curve": _(
        "The CSR describes the curve of its key by numbers instead of naming it. Please make a new CSR with a key on "
        "the named curve P-256 or P-384."
    ),
    "ec-point": _(
        "The public key in the CSR is not a point of its curve: it is damaged or broken. Please copy the CSR again from "
        "the original file, or make a new key pair and a new CSR."
    ),
    "rsa-too-small": _(
        "The RSA key in the CSR has {found} bits, but at least 2048 are required. Please make a larger key pair and a "
        "new CSR."
    ),
    "rsa-too-large": _(
        "The RSA key in the CSR has {found} bits, but at most 8192 are accepted. Please make a smaller key pair and a "
        "new CSR."
    ),
    "rsa-odd-size": _(
        "The RSA key in the CSR has {found} bits, which is not a multiple of 8. Please make a key pair of 2048, 3072 "
        "or 4096 bits and a new CSR."
    ),
    "rsa-exponent": _(
        "The public exponent of the RSA key in the CSR is not safe to use. Please make a new key pair with the usual "
        "exponent 65537, and a new CSR."
    ),
    "rsa-even": _(
        "The RSA key in the CSR can be broken: its modulus is even. Please update the software that made it, then make "
        "a new key pair and a new CSR."
    ),
    "rsa-small-factor": _(
        "The RSA key in the CSR can be broken: its modulus is divisible by {found}. Please update the software that "
        "made it, then make a new key pair and a new CSR."
    ),
    "rsa-prime": _(
        "The RSA key in the CSR can be broken: its modulus is a prime number. Please update the software that made it, "
        "then make a new key pair and a new CSR."
    ),
    "rsa-close-primes": _(
        "The RSA key in the CSR can be broken: its two primes are too close to each other. Please update the software "
        "that made it, then make a new key pair and a new CSR."
    ),
    "rsa-roca": _(
        "The RSA key in the CSR can be broken: it was made by a security chip (a smart card, a token or a TPM) with the "
        "fault that is known as ROCA, CVE-2017-15361. Please make a new key pair outside the chip or with a newer one, "
        "and a new CSR."
    ),
    "debian-weak": _(
        "The key in the CSR is a Debian weak key: the OpenSSL of Debian and Ubuntu of 2006 to 2008 could make so few keys "
        "that all of them are known. Please upgrade OpenSSL on that server, then make a new key pair and a new CSR."
    ),
    "published-key": _(
        "The private half of the key in the CSR is published: it comes from a software's test files, an example or a "
        "standard, so that anybody has it. Please make a key pair of your own and a new CSR."
    ),
    "listed-key": _(
        "The key in the CSR is on the list “{found}” of keys that are not accepted here, since they are weak or others "
        "know them. Please make a new key pair and a new CSR."
    ),
    # the key: what the portal remembers
    "same-key": _("This CSR has the same key as the one before. Please make a new key pair, and a CSR with it."),
    "key-compromised": _(
        "The key in the CSR was reported as stolen or compromised, and is never certified again. Please make a new key "
        "pair and a new CSR."
    ),
}

# Where keycheck has no name for what it found
NAMELESS = {
    "unsupported-key": _(
        "The CSR has a key of an unknown type, but only RSA from 2048 bits and ECDSA P-256 or P-384 are accepted. "
        "Please make a new key pair and a new CSR."
    ),
    "unsupported-curve": _(
        "The CSR has a key on an unknown curve, but only P-256 and P-384 are accepted. Please make a new key pair and "
        "a new CSR."
    ),
}

LEFT_OUT = {
    "common-names": _("The CSR has several common names: only the first is used. Add the others as SANs if needed."),
    "ip": _("The IP addresses in the CSR are left out: certificates are issued for domain names only."),
    "email": _("The e-mail addresses in the CSR are left out: they do not belong in a server's certificate."),
    "uri": _("The web addresses (URIs) in the CSR are left out: certificates are issued for domain names only."),
    "other-names": _("Some alternative names in the CSR are left out, since they are not domain names."),
    "ca": _("The CSR asks for the certificate of a CA, which is not issued: you get the certificate of a server."),
    "constraints": _("The name constraints in the CSR are not used: they belong into certificates of CAs."),
    "usages": _("The key usages in the CSR are not used: the certificate gets those of a server."),
    "extensions": _("Other extensions that the CSR asks for are not used."),
    "challenge": _("The challenge password in the CSR is not used."),
}


class CsrRefused(ValueError):
    """The paste is not a CSR that can be used: `code` for programs, `message` a translated sentence for people.

    Neither holds any part of the paste, nor does an exception behind this one: raise it outside of `except` blocks.
    For advice, `made_by` is the software that made the CSR, as in Request, and `names` are those that it asks for, as far
    as they are proper domain names: no other text of the CSR gets this far.
    """

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.made_by = ""
        self.names: tuple[str, ...] = ()

    def tell_origin(self, made_by: str, wanted: Iterable[str]) -> None:
        """Note for advice where the CSR is from, and the names that it asks for, each once as A-labels."""
        self.made_by = made_by
        self.names = tuple(dict.fromkeys(name for text in wanted if (name := _proper(text))))

    def __str__(self) -> str:
        return str(self.message)


def _proper(text: str) -> str:
    """The domain name that the text is, or nothing."""
    try:
        return names.parse(text).ascii
    except names.NameRefused:
        return ""


def refused_as(text: str) -> CsrRefused:
    """The refusal that was written down as "code:found", to be said in the language in use now."""
    code, _colon, found = text.partition(":")
    return refused(code, found)


def refused(code: str, found: str = "") -> CsrRefused:
    """The exception to raise; `found` is what the sentence names: a number or a word of ours, never input."""
    if found:
        return CsrRefused(code, format_lazy(SENTENCES[code], found=found))
    return CsrRefused(code, NAMELESS.get(code, SENTENCES[code]))
