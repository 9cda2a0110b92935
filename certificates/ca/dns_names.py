"""Which DNS names can stand in a certificate at all, whoever asks and whatever the policy."""

import re

MAX_NAME = 253  # octets without the root's dot, RFC 1035 2.3.4
MAX_NAMES = 100  # in one certificate: the guide's 98, the common name, and the base domain
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def problem(name: str) -> str:
    """What keeps the name out of a certificate, as the end of a sentence, or nothing (BR 7.1.2.7.12, RFC 5890 2.3)."""
    labels = name.removeprefix("*.").split(".")
    if len(name) > MAX_NAME:
        return "is longer than 253 characters"
    if ":" in name or labels[-1].isdigit():
        return "is an IP address"
    if "*" in "".join(labels):
        return "has a wildcard in the wrong place"
    if not all(_LABEL.fullmatch(label) for label in labels):
        return "is not made of labels of letters, digits and hyphens"
    if not all(_is_plain(label) or _is_p_label(label) for label in labels):
        return "has two hyphens where only an A-label may have them"
    return ""


def _is_plain(label: str) -> bool:
    return label[2:4] != "--"


def _is_p_label(label: str) -> bool:
    """xn-- and valid Punycode (BR 1.6.1, P-Label). Whether IDNA allows the characters is for the portal to say."""
    if not label.lower().startswith("xn--"):
        return False
    try:
        return bool(label[4:].encode("ascii").decode("punycode"))
    except UnicodeError:
        return False
