"""A private key is recognized in any disguise, and no part of it appears in what is raised."""

import base64
import html
import json
import traceback
import urllib.parse

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from certificates.csr import CsrRefused, holds_private_key, normalize, read
from tests.certificates.csr import csr_maker as maker

PEM = maker.pem(maker.make_csr(maker.part(maker.COMMON_NAME, b"www.shop.test")))
KINDS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
FORMS = {
    "pkcs8": (PrivateFormat.PKCS8, NoEncryption()),
    "encrypted": (PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
    "traditional": (PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "traditional-encrypted": (PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret")),
    "openssh": (PrivateFormat.OpenSSH, NoEncryption()),
}
MATERIAL = [
    (kind, form) for kind in KINDS for form in FORMS if kind != "ed25519" or not form.startswith("traditional")
]  # fmt: skip


@pytest.fixture(scope="session")
def keys():
    return {kind: make() for kind, make in KINDS.items()}


@pytest.fixture(params=MATERIAL, ids="-".join)
def key_pem(request, keys):
    kind, form = request.param
    return keys[kind].private_bytes(Encoding.PEM, *FORMS[form]).decode()


def body(pem):
    return "".join(line for line in pem.splitlines() if not line.startswith("-") and ":" not in line)


DISGUISES = {
    "as it is": lambda pem: pem,
    "file": lambda pem: pem.encode(),
    "utf-16": lambda pem: pem.encode("utf-16"),
    "utf-16 without mark": lambda pem: pem.encode("utf-16-be"),
    "utf-16 as if it were text": lambda pem: pem.encode("utf-16-le").decode("latin-1"),
    "utf-32": lambda pem: pem.encode("utf-32"),
    "one line": lambda pem: pem.replace("\n", " "),
    "carriage returns": lambda pem: pem.replace("\n", "\r"),
    "no line ends": lambda pem: pem.replace("\n", ""),
    "quoted": lambda pem: "> " + pem.replace("\n", "\n> "),
    "indented": lambda pem: "\xa0\t " + pem.replace("\n", "\n\xa0\t "),
    "json": lambda pem: json.dumps({"key": pem}),
    "url-encoded": urllib.parse.quote,
    "url-encoded with plus": urllib.parse.quote_plus,
    "html": html.escape,
    "html to the last sign": lambda pem: "".join(f"&#{ord(sign)};" for sign in pem),
    "lower case": str.lower,
    "upper case": str.upper,
    "long dashes": lambda pem: pem.replace("-----", "\u2014\u2014"),
    "no dashes": lambda pem: pem.replace("-", ""),
    "no spaces": lambda pem: pem.replace(" ", ""),
    "full width": lambda pem: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in pem),
    "zero width": lambda pem: "\u200b".join(pem),
    "first line only": lambda pem: pem.partition("\n")[0],
    "last line only": lambda pem: pem.rstrip().rpartition("\n")[2],
    "without last line": lambda pem: pem.rstrip().rpartition("\n")[0],
    "base64 again": lambda pem: base64.b64encode(pem.encode()).decode(),
    "base64 again in a manifest": lambda pem: "  tls.key: " + base64.encodebytes(pem.encode()).decode(),
    "before a csr": lambda pem: pem + PEM,
    "after a csr": lambda pem: PEM + pem,
    "inside a csr": lambda pem: PEM.replace("\n", "\n" + pem, 1),
}
# What is left where the lines around the base64 are gone. Encrypted in the old way, nothing tells it from noise.
BARE_DISGUISES = {
    "base64": lambda digits: digits,
    "base64 in lines": lambda digits: "\n".join(digits[start : start + 76] for start in range(0, len(digits), 76)),
    "base64 after words": lambda digits: f"My key is {digits}",
    "base64 quoted": lambda digits: "".join(f"> {digits[start : start + 40]}\n" for start in range(0, len(digits), 40)),
    "base64url": lambda digits: digits.translate(str.maketrans("+/", "-_")).rstrip("="),
    "base64 in utf-16": lambda digits: digits.encode("utf-16"),
    "the first line": lambda digits: digits[:64],
    "in the tags of a csr": lambda digits: (
        f"-----BEGIN CERTIFICATE REQUEST-----\n{digits}\n-----END CERTIFICATE REQUEST-----"
    ),
    "as file": lambda digits: base64.b64decode(digits),
    "as file after a csr": lambda digits: maker.make_csr() + base64.b64decode(digits),
}


def assert_kept_secret(refusal, key_pem):
    """No eight letters of the key in anything that a log or an error page could show of the exception."""
    assert refusal.__cause__ is None
    assert refusal.__context__ is None
    shown = "".join([str(refusal), repr(refusal), repr(refusal.args), repr(vars(refusal))])
    shown += "".join(traceback.format_exception_only(refusal))
    digits = body(key_pem)
    assert not [start for start in range(len(digits) - 8) if digits[start : start + 8] in shown]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_key_is_recognized_in_any_disguise(disguise, key_pem):
    paste = DISGUISES[disguise](key_pem)

    assert holds_private_key(paste)
    with pytest.raises(CsrRefused) as refusal:
        read(paste)
    assert refusal.value.code == ("csr-and-key" if disguise.endswith("a csr") else "private-key")
    assert_kept_secret(refusal.value, key_pem)


@pytest.mark.parametrize("disguise", BARE_DISGUISES)
@pytest.mark.parametrize(("kind", "form"), [pair for pair in MATERIAL if pair[1] != "traditional-encrypted"])
def test_a_key_is_recognized_without_its_lines(disguise, kind, form, keys):
    key_pem = keys[kind].private_bytes(Encoding.PEM, *FORMS[form]).decode()
    paste = BARE_DISGUISES[disguise](body(key_pem))

    assert holds_private_key(paste)
    with pytest.raises(CsrRefused) as refusal:
        normalize(paste)
    assert refusal.value.code in ("private-key", "csr-and-key")
    assert_kept_secret(refusal.value, key_pem)


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384"])
@pytest.mark.parametrize("form", ["pkcs8", "encrypted", "traditional", "openssh"])
def test_a_key_is_recognized_though_its_capitals_are_lost(kind, form, keys):
    digits = body(keys[kind].private_bytes(Encoding.PEM, *FORMS[form]).decode()).lower()

    assert holds_private_key(digits)


def test_a_key_store_is_recognized(keys):
    store = pkcs12.serialize_key_and_certificates(b"shop", keys["p256"], None, None, BestAvailableEncryption(b"secret"))

    assert holds_private_key(store)
    assert holds_private_key(base64.b64encode(store).decode())
    assert holds_private_key(bytes.fromhex("feedfeed00000002") + bytes(40))


@pytest.mark.parametrize(
    "text",
    [
        "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 14\n",
        "<RSAKeyValue><Modulus>AQAB</Modulus><D>AQAB</D></RSAKeyValue>",
        '{"kty": "EC", "crv": "P-256", "d": "AQAB"}',
        "privateExponent:\n    00:b5:ac\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "-----BEGIN ANY PRIVATE KEY-----",
    ],
)
def test_keys_of_other_programs_are_recognized(text):
    assert holds_private_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Please send the private key never, I know.",
        maker.pem(maker.spki(), "PUBLIC KEY"),
        '{"kty": "EC", "crv": "P-256", "x": "AQAB"}',
        "<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>",
    ],
)
def test_nothing_else_is_taken_for_a_key(text):
    assert not holds_private_key(text)


@given(st.binary(max_size=500) | st.text(max_size=500))
def test_anything_can_be_asked_about(data):
    assert holds_private_key(data) in (True, False)
