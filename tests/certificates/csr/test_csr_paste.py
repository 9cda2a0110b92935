"""Pastes beyond the corpus: what is taken, what is refused, and that nothing strange gets through as another error."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certificates.csr import MAX_CHARACTERS, CsrRefused, normalize, read
from certificates.csr.refusals import SENTENCES
from tests.certificates.csr import csr_maker as maker

GOOD = maker.make_csr(maker.part(maker.COMMON_NAME, b"www.shop.test"))
PEM = maker.pem(GOOD)
BODY = "".join(PEM.splitlines()[1:-1])


def code_of(data):
    with pytest.raises(CsrRefused) as refusal:
        read(data)
    return refusal.value.code


GREETING = "Dear team,\n\n> > "
TAKEN = {
    "DER": GOOD,
    "base64 in one line": BODY,
    "base64 without padding": BODY.rstrip("="),
    "spaces for line ends": PEM.replace("\n", " "),
    "JSON": PEM.replace("\n", "\\n"),
    "JSON from Windows": PEM.replace("\n", "\\r\\n"),
    "Unicode line ends": PEM.replace("\n", "\u2028"),
    "four dashes": PEM.replace("-----", "----"),
    "a space after the dashes": PEM.replace("-----", "----- ", 1),
    "lower-case tags": PEM.replace("CERTIFICATE REQUEST", "certificate request"),
    "a mail that answers an answer": GREETING + PEM.replace("\n", "\n> > ") + "\n\nKind regards",
    "invisible characters": "\u200b" + PEM.replace("MI", "M\u200bI", 1),
    "UTF-16 without mark": PEM.encode("utf-16-be"),
    "UTF-16": PEM.encode("utf-16"),
    "UTF-32": PEM.encode("utf-32"),
    "Windows text": b"Gr\xfc\xdfe\n" + PEM.encode(),
    "behind the curve's parameters": maker.pem(bytes.fromhex("06082a8648ce3d030107"), "EC PARAMETERS") + PEM,
}


@pytest.mark.parametrize("name", TAKEN)
def test_normalize_finds_the_csr(name):
    assert normalize(TAKEN[name]) == GOOD


REFUSED = {
    "nothing": ("", "empty"),
    "an empty file": (b"", "empty"),
    "blanks": (" \r\n\t\ufeff\xa0", "empty"),
    "a name": ("www.shop.test", "not-a-csr"),
    "words": ("MI5 and MI6", "not-a-csr"),
    "an SSH key": ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB someone@example.com", "not-a-csr"),
    "a public key": (maker.pem(maker.spki(), "PUBLIC KEY"), "not-a-csr"),
    "PKCS #7": (maker.pem(GOOD, "PKCS7"), "not-a-csr"),
    "a certificate of OpenSSL": (maker.pem(GOOD, "TRUSTED CERTIFICATE"), "certificate"),
    "a CSR and a certificate": (PEM + maker.pem(GOOD, "CERTIFICATE"), "certificate"),
    "two CSRs": (PEM + PEM, "two-csrs"),
    "two CSRs in DER": (GOOD + GOOD, "two-csrs"),
    "two CSRs in one base64": (base64.b64encode(GOOD + GOOD).decode(), "two-csrs"),
    "two END lines": (PEM + "-----END CERTIFICATE REQUEST-----", "two-csrs"),
    "no BEGIN line": (PEM.partition("\n")[2], "no-header"),
    "END before BEGIN": ("-----END CERTIFICATE REQUEST-----\n-----BEGIN CERTIFICATE REQUEST-----", "damaged"),
    "nothing between": ("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----", "truncated"),
    "a star": (PEM.replace("MI", "M*", 1), "damaged"),
    "HTML breaks": (PEM.replace("\n", "<br>\n"), "damaged"),
    "HTML spaces": (PEM.replace("\n", "&nbsp;\n"), "html-escaped"),
    "one long dash": (PEM.replace("-----", "\u2013\u2013", 1), "smart-dashes"),
    "all long dashes": (PEM.replace("-----", "\u2014\u2014\u2014"), "smart-dashes"),
    "a byte too many": (GOOD + b"\n", "trailing-der"),
    "a byte too few": (GOOD[:-1], "truncated"),
    "the end of the last line missing": (BODY[:-6], "truncated"),
    "a line missing": (PEM.replace(PEM.splitlines()[2] + "\n", ""), "truncated"),
    "other DER": (maker.pem(maker.tlv(0x30, b"\x05\0" * 100)), "unreadable"),
    "noise": (maker.pem(bytes(100)), "damaged"),
    "no attributes, not even an empty set of them": (maker.make_csr(attributes=None), "unreadable"),
    "an unknown version": (maker.make_csr(version=1), "unreadable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_one_csr_is_refused_with_the_reason(name):
    data, code = REFUSED[name]

    assert code_of(data) == code


@pytest.mark.parametrize("filler", ["A", PEM, " ", "&", "\u2014"], ids=["letters", "CSRs", "blanks", "signs", "dashes"])
def test_a_megabyte_is_refused_as_too_large(filler):
    text = (filler * 1_000_000)[:1_000_000]

    assert code_of(text) == "too-large"
    assert code_of(text.encode()) == "too-large"


def test_the_largest_paste_is_still_looked_at():
    room = MAX_CHARACTERS - len(PEM)

    assert normalize("\n" * room + PEM) == GOOD
    assert code_of("\n" * (room + 1) + PEM) == "too-large"


def is_read_or_refused(data):
    """Nothing but CsrRefused gets out, with a known reason."""
    try:
        read(data)
    except CsrRefused as refusal:
        refused = refusal
    else:
        return
    assert refused.code in SENTENCES
    assert refused.__cause__ is None


@given(st.binary(max_size=300) | st.text(max_size=300))
@example(b"0\x84")
@example(b"0\x82\x00\x00")
@example(b"\xff\xfe\x00")
@example("-----BEGIN CERTIFICATE REQUEST-----")
def test_anything_at_all_is_read_or_refused(data):
    is_read_or_refused(data)


@given(st.text(alphabet="-BEGIN CERTIFATQUSD\nMI+/=&;#>\u2014", max_size=300))
def test_anything_made_of_pem_is_read_or_refused(text):
    is_read_or_refused(text)


@given(st.integers(0, len(GOOD)), st.integers(0, 6), st.binary(max_size=6), st.booleans())
def test_any_damage_to_a_csr_is_read_or_refused(place, removed, inserted, as_text):
    damaged = GOOD[:place] + inserted + GOOD[place + removed :]

    is_read_or_refused(maker.pem(damaged) if as_text else damaged)


@given(st.integers(0, len(PEM)), st.integers(0, 80), st.text(max_size=6))
def test_any_damage_to_the_text_is_read_or_refused(place, removed, inserted):
    is_read_or_refused(PEM[:place] + inserted + PEM[place + removed :])
