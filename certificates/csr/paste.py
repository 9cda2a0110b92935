"""From whatever people paste or upload to the DER of exactly one PKCS #10 request (RFC 2986, RFC 7468)."""

import binascii
import re

from cryptography import x509

from certificates.csr.private_keys import holds_private_key
from certificates.csr.refusals import refused
from certificates.csr.text import decoded, plain
from certificates.keycheck import der

MAX_CHARACTERS = 65_536  # or bytes; a CSR with 98 names and an RSA key of 8192 bits has about 12,000
DASHES = "-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
TAG = re.compile(
    rf"""(?P<left>[{DASHES}])[ ]{{0,3}}(?P<edge>BEGIN|END)[ ]{{1,3}}
    (?P<label>[A-Z0-9][A-Z0-9 ]{{0,40}}?)[ ]{{0,3}}(?P<right>[{DASHES}]|$)""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
BARE_START = re.compile(r"\s*MI[G-P]")  # a SEQUENCE of over 127 bytes
BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,3}")
HTML_ESCAPE = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
INNER_SPACE = re.compile(r"[A-Za-z0-9/] +[A-Za-z0-9/=]")


def normalize(data: str | bytes) -> bytes:
    """The DER of the one CSR in the paste. Raises CsrRefused, which holds nothing of the paste."""
    if len(data) > MAX_CHARACTERS:
        raise refused("too-large")
    text = plain(decoded(data))
    if holds_private_key(data):
        raise refused("csr-and-key" if _has_request_tag(text) else "private-key")
    if isinstance(data, bytes) and _is_binary(data):
        return _one_request(data)
    if not text.strip():
        raise refused("empty")
    tags = list(TAG.finditer(text))
    return _tagged(text, tags) if tags else _bare(text)


def _has_request_tag(text: str) -> bool:
    return any(_label(tag) in REQUEST_LABELS for tag in TAG.finditer(text))


def _label(tag: re.Match[str]) -> str:
    return " ".join(tag["label"].upper().split())


def _is_binary(data: bytes) -> bool:
    """DER begins with a SEQUENCE of long length; "0" and a character above 0x80 begin no text."""
    return len(data) > 1 and data[0] == der.SEQUENCE and 0x81 <= data[1] <= 0x84


def _tagged(text: str, tags: list[re.Match[str]]) -> bytes:
    labels = {_label(tag) for tag in tags}
    if any("CERTIFICATE" in label for label in labels - REQUEST_LABELS):
        raise refused("certificate")
    requests = [tag for tag in tags if _label(tag) in REQUEST_LABELS]
    if not requests:
        raise refused("not-a-csr")
    begins = [tag for tag in requests if tag["edge"].upper() == "BEGIN"]
    ends = [tag for tag in requests if tag["edge"].upper() == "END"]
    if max(len(begins), len(ends)) > 1:
        raise refused("two-csrs")
    if any(tag[side] not in ("-", "") for tag in requests for side in ("left", "right")):
        raise refused("smart-dashes")
    return _between(text, begins, ends)


def _between(text: str, begins: list[re.Match[str]], ends: list[re.Match[str]]) -> bytes:
    """The CSR between its two lines, of which one may be missing."""
    if not begins:
        raise refused("no-header")
    start, end = begins[0].end(), ends[0].start() if ends else len(text)
    if end < start:
        raise refused("damaged")
    request = _one_request(_decode(text[start:end].strip("- \n")))
    if not ends:
        raise refused("no-footer")
    return request


def _bare(text: str) -> bytes:
    """The CSR of a text without BEGIN and END lines: nothing but base64."""
    if not BARE_START.match(text):
        raise refused("not-a-csr")
    return _one_request(_decode(text))


def _decode(body: str) -> bytes:
    """The bytes that base64 stands for. Padding may be missing, spaces and line ends may stand anywhere."""
    if HTML_ESCAPE.search(body):
        raise refused("html-escaped")
    digits = "".join(body.split())
    if not digits:
        raise refused("truncated")
    if not BASE64.fullmatch(digits):
        raise refused("damaged")
    content = _from_base64(digits.rstrip("="))
    if _missing(content) and "+" not in digits and INNER_SPACE.search(body):
        raise refused("plus-to-space")
    return content


def _from_base64(digits: str) -> bytes:
    if len(digits) % 4 == 1:  # never right; told as what it makes: a missing part, or one too many
        digits += "A"
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))


def _missing(content: bytes) -> int:
    """How many bytes the element announces beyond those that are there; negative if there are more."""
    try:
        start, length = der.header(content)
    except der.Malformed:
        return 0
    return start + length - len(content)


def _one_request(content: bytes) -> bytes:
    """The content, if it is one PKCS #10 request and nothing else."""
    if _kind(content) == "certificate":
        raise refused("certificate")
    if content[:1] != bytes([der.SEQUENCE]):
        raise refused("damaged")
    missing = _missing(content)
    if missing > 0:
        raise refused("truncated")
    if missing < 0:
        raise refused("two-csrs" if _kind(content[missing:]) == "request" else "trailing-der")
    if _kind(content) != "request" or not _loads(content):
        raise refused("unreadable")
    return content


def _kind(content: bytes) -> str:
    """ "request", "certificate" or "": by the first elements of the outer SEQUENCE's first element (RFC 2986, RFC 5280)."""
    try:
        signed = der.elements(der.first(content)[0].content, most=3)[0]
        parts = der.inside(signed.whole, most=20)
    except (der.Malformed, IndexError):
        return ""
    tags = [part.tag for part in parts[:3]]
    if tags == [der.INTEGER, der.SEQUENCE, der.SEQUENCE] and len(parts) <= 4 and len(parts[0].content) == 1:
        return "request"
    is_certificate = tags[:2] == [0xA0, der.INTEGER] or (tags[:2] == [der.INTEGER, der.SEQUENCE] and len(parts) >= 6)
    return "certificate" if is_certificate else ""


def _loads(content: bytes) -> bool:
    try:
        x509.load_der_x509_csr(content)
    except Exception:  # whatever an odd CSR makes the library raise
        return False
    return True
