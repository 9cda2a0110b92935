"""DNS names as people type them: what stands in a certificate, how it is shown, which domain covers it, and why not."""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import idna
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from publicsuffixlist import PublicSuffixList

Text = str | Promise

MAX_NAME = 253  # octets without the root's dot, RFC 1035 2.3.4
MAX_LABEL = 63
MAX_GIVEN = 1000  # characters of one name as typed: more than any valid name needs
MAX_LIST = 100_000  # characters of a list as pasted: some thousand names
MAX_SHOWN = 80
MAX_ADDRESS = 254  # a path with its brackets has 256, RFC 5321 4.5.3.1.3
CONSTRUCTED = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")  # BR 3.2.2.4.4

# One sentence per reason; what stands before the colon is the code. {name} is the text as it was given.
SENTENCES = {
    "empty": _("Please give a domain name."),
    "too-long": _("“{name}” is too long: a domain name has at most 253 characters."),
    "too-many": _("The list is too long. Please give the names in several steps."),
    "url": _("“{name}” is a web address. Please give only the name, such as www.example.com."),
    "email": _("“{name}” is an e-mail address. Please give only the domain name, such as example.com."),
    "port": _("“{name}” has a port. Please give only the name, such as www.example.com."),
    "ip-address": _(
        "“{name}” is an IP address or can be read as one. "
        "Certificates are issued for domain names, not for IP addresses."
    ),
    "bad-wildcard": _(
        "“{name}” has a wildcard in the wrong place. Only the whole first part may be a “*”, as in *.example.com."
    ),
    "bad-label:empty": _("“{name}” is not a domain name: it begins with a dot, or has two dots in a row."),
    "bad-label:long": _("“{name}” is not a domain name: a part between dots has at most 63 characters."),
    "bad-label:characters": _(
        "“{name}” is not a domain name: the parts between dots consist of letters, digits and hyphens only."
    ),
    "bad-label:hyphen": _("“{name}” is not a domain name: no part between dots may begin or end with a hyphen."),
    "bad-label:reserved": _(
        "“{name}” is not a domain name: two hyphens in third and fourth place are reserved for internationalized names."
    ),
    "bad-idn": _("“{name}” is not a valid internationalized domain name."),
    "arpa": _("“{name}” belongs to the address zones of the Internet (.arpa), for which no certificates are issued."),
    "onion": _("“{name}” is a name of the Tor network, for which no certificates are issued here."),
    "public-suffix": _(
        "“{name}” is a public suffix, under which anybody may register names. Please give a registered domain below it."
    ),
    "internal-name": _(
        "“{name}” is an internal name: it does not end in a public suffix. By the rules for public certificate "
        "authorities, certificates with such names had to expire before November 1, 2015; none have been issued since."
    ),
}


class NameRefused(ValueError):
    """The text is not a name for a certificate: `code` for programs, `message` a translated sentence for people.

    The message quotes what was given, shortened and without control characters, but not escaped for HTML.
    """

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class Name:
    """A name that may stand in a certificate.

    `ascii` is what goes into it (A-labels, lower case, no final dot), `unicode` what people read; both begin with
    "*." for a wildcard, `base` never does. `registrable` is the public suffix and one label more, in ASCII; empty for
    an internal name. `flags` tells vetting where to look twice: "mixed-script", "whole-script-confusable".
    """

    ascii: str
    unicode: str
    wildcard: bool
    base: str
    registrable: str
    is_idn: bool
    flags: tuple[str, ...]

    def __str__(self) -> str:
        return self.ascii


def parse(text: str, *, internal: bool = False) -> Name:
    """The name meant by one piece of text.

    Takes upper case, white space around, one final dot, full-width forms (UTS #46, non-transitional), U-labels and
    A-labels (IDNA 2008). `internal` lets names without a public suffix pass, for the dates at which the policy does.
    Raises NameRefused. Sources: BR 7.1.2.7.12 (LDH and P-labels), 4.2.2 (internal names, .arpa), 3.2.2.6 (wildcards
    and public suffixes); RFC 5890.
    """
    plain = _mapped(text)
    _refuse_other_things(plain, text)
    plain = plain.removesuffix(".")
    base = plain.removeprefix("*.")
    if "*" in base:
        raise _refusal("bad-wildcard", text)
    labels = [_alabel(label, text) for label in base.split(".")]
    wildcard, base = base != plain, ".".join(labels)
    whole = "*." + base if wildcard else base
    if len(whole) > MAX_NAME:
        raise _refusal("too-long", text)
    return Name(
        ascii=whole,
        unicode=to_unicode(whole),
        wildcard=wildcard,
        base=base,
        registrable=_registrable(base, text, internal),
        is_idn=is_idn(base),
        flags=_flags(labels),
    )


def split(text: str) -> list[str]:
    """The pieces of a pasted list, in order, each once: separated by white space, commas or semicolons, of any width.

    Serves names and e-mail addresses alike, so it changes nothing in a piece. Raises NameRefused("too-many") beyond
    100,000 characters.
    """
    if len(text) > MAX_LIST:
        raise _refusal("too-many", text)
    pieces = (piece.strip("\u200b\ufeff") for piece in _SEPARATORS.split(text))
    return list(dict.fromkeys(piece for piece in pieces if piece))


def covers(domain: str, name: Name, *, below: bool = True) -> bool:
    """Does the confirmed domain (a `Name.base`) stand for the name: itself, what is below it, wildcards of either?

    With below=False just for itself: that is all that a file on a web server proves to a public CA (BR 3.2.2.4.18).
    A domain that has become a public suffix stands for nothing below it any more: others register names there.
    """
    if not below:
        return name.base == domain and not name.wildcard
    return is_within(domain, name.ascii) and is_within(name.registrable or domain, domain)


def is_within(domain: str, name: str) -> bool:
    """Whether an ASCII name, perhaps a wildcard, is the domain or lies below it."""
    base = name.removeprefix("*.")
    return base == domain or base.endswith("." + domain)


def parents_to_registrable(name: Name) -> list[str]:
    """The name without "*.", then each parent down to the registrable domain. An internal name has no parents."""
    if not name.registrable:
        return [name.base]
    labels = name.base.split(".")
    count = len(labels) - name.registrable.count(".")
    return [".".join(labels[start:]) for start in range(count)]


def constructed_addresses(domain: str) -> list[str]:
    """The five addresses at the domain, then at each parent down to the registrable domain. Raises NameRefused.

    Source: BR 3.2.2.4.4; an Authorization Domain Name is the name with labels taken off its left side (BR 1.6.1).
    At a very long domain some are left out, since no mail could be sent to them.
    """
    every = (f"{local}@{host}" for host in parents_to_registrable(parse(domain)) for local in CONSTRUCTED)
    return [address for address in every if len(address) <= MAX_ADDRESS]


def display(name: str) -> str:
    """An ASCII name as people see it: "xn--… (ünicode)" where the two differ. Never raises."""
    readable = to_unicode(name)
    return name if readable == name else f"{name} ({readable})"


def is_idn(name: str) -> bool:
    """Whether the ASCII name has an A-label."""
    return any(label.startswith("xn--") for label in name.split("."))


def flags(name: str) -> tuple[str, ...]:
    """What a person should look at twice in an ASCII name, as in Name.flags."""
    return _flags(name.split("."))


def to_ascii(text: str) -> str:
    """The text with its labels beyond ASCII as A-labels. Never raises: what is no label stays as it is."""
    try:
        return text if text.isascii() else idna.encode(text, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return text


def to_unicode(name: str) -> str:
    """An ASCII name with its A-labels as U-labels. Never raises: a label that is no A-label stays as it is."""
    return ".".join(_ulabel(label) for label in name.split("."))


_SEPARATORS = re.compile(r"[\s,;，；、､]+")
_LDH = re.compile(r"[a-z0-9-]+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _refusal(reason: str, text: str) -> NameRefused:
    return NameRefused(reason.partition(":")[0], format_lazy(SENTENCES[reason], name=_shown(text)))


def _shown(text: str) -> str:
    """At most 80 characters; what has no shape of its own, or turns the direction of writing, shown as ⟨U+202E⟩."""
    visible = (f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _INVISIBLE else c for c in text.strip()[:MAX_SHOWN])
    result = ""
    for piece in visible:
        if len(result) + len(piece) >= MAX_SHOWN:
            return result + "…"
        result += piece
    return result if len(text.strip()) <= MAX_SHOWN else result + "…"


def _mapped(text: str) -> str:
    """The text in lower case and usual width. What is left of disallowed ASCII is for the later checks to name."""
    stripped = text.strip()
    if len(stripped) > MAX_GIVEN:
        raise _refusal("too-long", text)
    try:
        plain = idna.uts46_remap(stripped, std3_rules=False).strip()
    except UnicodeError:
        raise _refusal("bad-idn", text) from None
    if not plain:
        raise _refusal("empty", text)
    return plain


def _refuse_other_things(plain: str, text: str) -> None:
    """Raise NameRefused for what is no name at all but often pasted: web, mail and IP addresses, ports."""
    if "://" in plain:
        raise _refusal("url", text)
    if "@" in plain:
        raise _refusal("email", text)
    if _is_ip_address(plain):
        raise _refusal("ip-address", text)
    if "/" in plain:
        raise _refusal("url", text)
    if re.search(r":[0-9]*$", plain):
        raise _refusal("port", text)


def _is_ip_address(plain: str) -> bool:
    """IPv6 in any form, or what some program reads as IPv4: 127.1, 0x7f000001, 0177.0.0.1, with port or prefix.

    Every IPv4 spelling ends in a number, and no top-level domain is one (RFC 3696 2; URL Standard, "ends in a number").
    """
    host = plain.removeprefix("*.").partition("/")[0]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    if _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) and ":" not in host:
        return True
    try:
        ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _alabel(label: str, text: str) -> str:
    """The label in ASCII, checked. `text` is quoted in the refusal."""
    if label.isascii():
        reason = _fault(label)
        if reason:
            raise _refusal(reason, text)
    try:
        result = idna.alabel(label).decode("ascii")  # for an A-label too: it refuses fake ones (RFC 5891 5.3)
    except idna.IDNAError as error:
        raise _refusal("bad-label:long" if error.code == "label_too_long" else "bad-idn", text) from None
    except UnicodeError:
        raise _refusal("bad-idn", text) from None
    return result


def _fault(label: str) -> str:
    """What keeps an ASCII label in lower case from being an LDH label that is not reserved, or nothing (RFC 5890)."""
    if not label:
        return "bad-label:empty"
    if not _LDH.fullmatch(label):
        return "bad-label:characters"
    if len(label) > MAX_LABEL:
        return "bad-label:long"
    if label[0] == "-" or label[-1] == "-":
        return "bad-label:hyphen"
    if label[2:4] == "--" and not label.startswith("xn--"):
        return "bad-label:reserved"
    return ""


def _ulabel(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except UnicodeError:
        return label


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The ICANN part of the public suffix list, read once: the private part is not for CAs (BR 3.2.2.6)."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def _registrable(base: str, text: str, internal: bool) -> str:
    top = base.rpartition(".")[2]
    if top in ("arpa", "onion"):  # both stand in the list: .arpa is for the Internet's own use, .onion is BR Appendix B
        raise _refusal(top, text)
    found: str | None = _suffixes().privatesuffix(base)
    if found:
        return found
    if _suffixes().is_public(base):
        raise _refusal("public-suffix", text)
    if internal:
        return ""
    raise _refusal("internal-name", text)


# Scripts by the first word of a character's Unicode name, since the standard library has no script property. That
# lumps a few historical scripts together (OLD …, TAI …), which no living name mixes.
_SCRIPTS = {
    "CJK": "HAN",
    "IDEOGRAPHIC": "HAN",
    "HENTAIGANA": "HIRAGANA",
    "EXTENDED": "ARABIC",  # EXTENDED ARABIC-INDIC DIGIT …
    "TURNED": "LATIN",  # TURNED SMALL F
}
_SHARED = {"DIGIT", "HYPHEN", "COMBINING", "MODIFIER", "MIDDLE", "CARON", "ZERO", "VEDIC", "VERTICAL", "MASU"}
_USUAL_MIXES = (  # Unicode TS #39 5.2, "highly restrictive"
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
_LIKE_LATIN = frozenset("асԁеһіјӏорԛѕԝхуѵανορ0123456789-")  # Cyrillic and Greek letters that pass for Latin ones


def _flags(labels: list[str]) -> tuple[str, ...]:
    """What a person should look at (EVG 3.2.2.7.1, mixed character sets), not a refusal."""
    readable = [_ulabel(label) for label in labels if label.startswith("xn--")]
    latin_zone = not labels[-1].startswith("xn--")
    found = {
        "mixed-script": any(not _is_usual(_scripts(label)) for label in readable),
        "whole-script-confusable": latin_zone and any(set(label) <= _LIKE_LATIN for label in readable),
    }
    return tuple(flag for flag, raised in found.items() if raised)


def _scripts(label: Iterable[str]) -> set[str]:
    words = {unicodedata.name(c, "UNKNOWN").replace("-", " ").split()[0] for c in label}
    return {_SCRIPTS.get(word, word) for word in words - _SHARED}


def _is_usual(scripts: set[str]) -> bool:
    return len(scripts) <= 1 or any(scripts <= mix for mix in _USUAL_MIXES)
