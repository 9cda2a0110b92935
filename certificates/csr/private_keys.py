"""Is there a private key in this text? Asked before anything else is done with a paste.

Rather one false alarm than one key in the database: armour lines in any disguise count, and so does the beginning
of a key's DER, as bytes or in base64, wherever it stands (RFC 5208, 5915, 5958, 7292, 8017).
"""

import binascii
import html
import re
from urllib.parse import unquote

from certificates.csr.text import INVISIBLE, decoded

WORDS = re.compile(r"[\W_]+")
ARMOUR = re.compile(r"(?:begin|\bend) ?(?:\w{1,20} ){0,3}\w{0,20}private ?key")
OTHER_FORMS = [  # words that stand together in: openssl's print, PuTTY's file, the XML of .NET, a JSON Web Key
    ("privateexponent",),
    ("putty-user-key-file",),
    ("<rsakeyvalue>", "<d>"),
    ('"kty"', '"d"'),
]
LENGTH = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...)"
KEY = re.compile(
    rb"\x30" + LENGTH + rb"(?:"
    # PKCS #8. Old certificates, CRLs and explicit curves begin alike, but go on with another OID.
    rb"\x02\x01[\x00\x01]\x30" + LENGTH + rb"\x06[\x03-\x0b](?=[\x2a\x2b\x60])"
    rb"(?!\x2a\x86\x48\x86\xf7\x0d\x01\x01[\x02-\x05\x0b-\x0e]|\x2a\x86\x48\xce(?:\x3d[\x01\x04]|\x38\x04\x03))"
    # PKCS #1, traditional DSA
    rb"|\x02\x01[\x00\x01]\x02(?:[\x1f-\x7f]|\x81.|\x82..)"
    # SEC 1
    rb"|\x02\x01\x01\x04[\x10-\x48]"
    # encrypted PKCS #8: encryption of PKCS #5 or PKCS #12
    rb"|\x30" + LENGTH + rb"\x06.\x2a\x86\x48\x86\xf7\x0d\x01(?:\x05|\x0c\x01)"
    # PKCS #12
    rb"|\x02\x01\x03\x30" + LENGTH + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    rb")"
    # OpenSSH, Java keystores
    rb"|openssh-key-v1\x00|\xfe\xed\xfe\xed\x00\x00\x00[\x01\x02]|\xce\xce\xce\xce\x00\x00\x00[\x01\x02]",
    re.DOTALL,
)
# How these begin in base64, for text whose capitals were lost, which cannot be decoded any more
LOWER_CASED = re.compile(
    r"mii[a-z][a-z0-9+/][aqgw]ib(?:adanbgkqhki|aakc[a-z])"  # PKCS #8 and PKCS #1 of RSA
    r"|mi[gh][a-z0-9]ageamb[a-z0-9]gbyqgsm49|mhccaqeei|migkagebbd"  # PKCS #8 and SEC 1 of P-256 and P-384
    r"|mii[a-z0-9+/]{5}bgkqhkig9w0bb[qw]|mi[gh][a-z0-9+/]m[a-z0-9+/]{2}gcsqgsib3dqef"  # encrypted PKCS #8
    r"|b3blbnnzac1rzxkt|ls0tls1crudjtibquklwqvrf"  # OpenSSH; base64 of base64
)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
FULL_WIDTH = {0x3000: " "} | {0xFEE0 + sign: chr(sign) for sign in range(0x21, 0x7F)}
URL_SAFE = str.maketrans("-_", "+/")


def holds_private_key(data: str | bytes) -> bool:
    """Whether a private key, or the remains of one, is in the paste, so that it must be neither kept nor shown again.

    Takes anything, never raises, and takes time in proportion to the length.
    """
    raw = data if isinstance(data, bytes) else data.encode("latin-1", "ignore")
    text = _unescaped(decoded(data))
    return bool(KEY.search(raw)) or _is_written(text) or _is_encoded(text)


def _unescaped(text: str) -> str:
    """Without HTML and URL escapes, full-width letters, zero bytes and other invisible characters."""
    text = html.unescape(unquote(text, errors="replace") if "%" in text else text)
    return INVISIBLE.sub("", text).translate(FULL_WIDTH)


def _is_written(text: str) -> bool:
    lowered = text.lower()
    return bool(ARMOUR.search(WORDS.sub(" ", lowered))) or any(
        all(word in lowered for word in words) for words in OTHER_FORMS
    )


def _is_encoded(text: str) -> bool:
    """Whether base64 somewhere in the text, with tags or without, holds a key, or a PEM file that holds one."""
    for digits in {NOT_BASE64.sub("", text), NOT_BASE64.sub("", text.translate(URL_SAFE))}:
        if LOWER_CASED.search(digits.lower()):
            return True
        for shift in range(4):  # the beginning may stand at any place of the text
            rest = digits[shift:]
            content = binascii.a2b_base64(rest[: len(rest) // 4 * 4])
            if KEY.search(content) or _is_written(content.decode("latin-1")):
                return True
    return False
