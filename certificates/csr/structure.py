"""The parts of a PKCS #10 request that concern us: subject, key, attributes, alternative names (RFC 2986, RFC 5280).

Read from the DER by hand, since the library gives up on all of a subject or all extensions where one is odd. Bounded,
and raises nothing but der.Malformed and CsrRefused.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from certificates.csr.refusals import refused
from certificates.keycheck import der

MOST_NAMES = 5_000
MOST_PARTS = 200  # attributes, extensions, parts of the subject
LONGEST = 255

FIELDS = {
    bytes.fromhex("550403"): "common_name",
    bytes.fromhex("550406"): "country",
    bytes.fromhex("550407"): "locality",
    bytes.fromhex("550408"): "state",
    bytes.fromhex("55040a"): "organization",
    bytes.fromhex("55040b"): "organizational_unit",
}
EXTENSION_REQUESTS = {
    bytes.fromhex("2a864886f70d01090e"),  # PKCS #9
    bytes.fromhex("2b06010401823702010e"),  # the same by Microsoft, from old versions of IIS
}
CHALLENGE_PASSWORD = bytes.fromhex("2a864886f70d010907")
SUBJECT_ALT_NAME = bytes.fromhex("551d11")
KEY_IDENTIFIER = bytes.fromhex("551d0e")
BASIC_CONSTRAINTS = bytes.fromhex("551d13")
NO_CA = {b"\x30\x00", b"\x30\x03\x01\x01\x00"}  # basic constraints of a server; the second is not DER, but written
OTHER_EXTENSIONS = {  # as far as we name them; who issues decides about them, not who requests
    bytes.fromhex("551d0f"): "usages",
    bytes.fromhex("551d25"): "usages",
    bytes.fromhex("551d1e"): "constraints",
}

# X.680: string types by tag. TeletexString is read as Latin-1, as software writes it, the ASCII types as UTF-8.
ENCODINGS = {
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    26: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}
# RFC 5280, section 4.2.1.6: the kinds of GeneralName by tag, as far as we name them
NAME_KINDS = {0x81: "email", 0x86: "uri", 0x87: "ip"}
DNS_NAME = 0x82
TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # Unicode marks of the direction of writing


@dataclass(frozen=True)
class Parts:
    """The subject and the key as encoded, the attributes and extensions as OID -> values as encoded."""

    subject: bytes
    spki: bytes
    attributes: dict[bytes, list[bytes]]
    extensions: dict[bytes, list[bytes]]


def parts(request: bytes) -> Parts:
    """The parts of a DER CertificationRequest. Raises der.Malformed."""
    info = der.inside(der.inside(request)[0].whole)
    if len(info) < 3:
        raise der.Malformed
    attributes = _attributes(info[3]) if len(info) > 3 else {}
    return Parts(info[1].whole, info[2].whole, attributes, _extensions(attributes))


def subject(name: bytes) -> dict[str, list[str]]:
    """Field -> values in order. Raises der.Malformed, CsrRefused."""
    found: dict[str, list[str]] = {}
    for pair in _pairs(name):
        field = FIELDS.get(der.oid(pair[0]))
        if field and (value := text_of(pair[1])):
            found.setdefault(field, []).append(value)
    return found


def _pairs(name: bytes) -> Iterator[list[der.Element]]:
    """Type and value of each part of a Name."""
    for group in der.inside(name, most=MOST_PARTS):
        for part in der.inside(group.whole, der.SET, most=MOST_PARTS):
            pair = der.inside(part.whole)
            if len(pair) != 2:
                raise der.Malformed
            yield pair


def text_of(element: der.Element) -> str:
    """The text of a directory string, without spaces around it. Raises der.Malformed, CsrRefused."""
    encoding = ENCODINGS.get(element.tag)
    text = _decoded(element.content, encoding) if encoding else None
    if text is None:
        raise der.Malformed
    return checked(text.strip(" "))


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:  # holds the content, so that nothing may be raised from here
        return None


def checked(text: str) -> str:
    """The text, unless it is too long or has control characters, or marks that turn the direction of writing.

    A zero byte has fooled readers of certificates before: www.bank.test, zero byte, .attacker.test.
    """
    if len(text) > LONGEST:
        raise refused("name-too-long")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(c) in TURNS for c in text):
        raise refused("control-characters")
    return text


def _attributes(element: der.Element) -> dict[bytes, list[bytes]]:
    """OID -> values, as encoded, from the [0] SET OF Attribute."""
    found: dict[bytes, list[bytes]] = {}
    for attribute in der.inside(element.whole, 0xA0, most=MOST_PARTS):
        pair = der.inside(attribute.whole)
        if len(pair) != 2:
            raise der.Malformed
        values = der.inside(pair[1].whole, der.SET, most=MOST_PARTS)
        found.setdefault(der.oid(pair[0]), []).extend(value.whole for value in values)
    return found


def _extensions(attributes: dict[bytes, list[bytes]]) -> dict[bytes, list[bytes]]:
    """OID -> contents of the extensions asked for."""
    found: dict[bytes, list[bytes]] = {}
    for asked in (value for oid in EXTENSION_REQUESTS for value in attributes.get(oid, [])):
        for extension in der.inside(asked, most=MOST_PARTS):
            fields = der.inside(extension.whole)
            if len(fields) not in (2, 3) or fields[-1].tag != der.OCTET_STRING:
                raise der.Malformed
            found.setdefault(der.oid(fields[0]), []).append(fields[-1].content)
    return found


def asked_in_vain(extensions: dict[bytes, list[bytes]]) -> list[str]:
    """The kinds of the extensions that are left out ("ca", "constraints", "usages", "extensions"), each once."""
    kinds = [
        "ca" if oid == BASIC_CONSTRAINTS else OTHER_EXTENSIONS.get(oid, "extensions")
        for oid, contents in extensions.items()
        if oid not in (SUBJECT_ALT_NAME, KEY_IDENTIFIER)
        and not (oid == BASIC_CONSTRAINTS and NO_CA.issuperset(contents))
    ]
    return list(dict.fromkeys(kinds))


def alternative_names(extensions: dict[bytes, list[bytes]]) -> tuple[list[str], list[str]]:
    """The DNS names as written, and the kinds of the other names ("ip", "email", "uri", "other-names"), each once.

    Raises der.Malformed, CsrRefused.
    """
    dns_names, others = [], []
    for content in extensions.get(SUBJECT_ALT_NAME, []):
        for name in _general_names(content):
            if name.tag == DNS_NAME:
                dns_names.append(_dns_name(name))
            else:
                others.append(NAME_KINDS.get(name.tag, "other-names"))
        if len(dns_names) > MOST_NAMES:
            raise refused("too-many-names")
    return [name for name in dns_names if name], list(dict.fromkeys(others))


def _general_names(content: bytes) -> list[der.Element]:
    sequence = der.only(content, der.SEQUENCE).content
    names = []
    while sequence:
        name, sequence = der.first(sequence)
        names.append(name)
        if len(names) > MOST_NAMES:
            raise refused("too-many-names")
    return names


def _dns_name(name: der.Element) -> str:
    """An IA5String by the standard; some software writes UTF-8, and the check of names says what to do about that."""
    text = _decoded(name.content, "utf-8")
    if text is None:
        raise der.Malformed
    return checked(text.strip(" "))
