"""What strangers send to ask by OCSP: what is read of it, and that nothing but MalformedRequest comes of the rest."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given
from hypothesis import strategies as st

from certificates.ca import ocsp_request
from certificates.ca.ocsp_request import CertId, Issuer, MalformedRequest, read
from tests import der
from tests.stranger import cert_id, directory_name, request_for, request_of, signature

NONCE = der.sequence(der.oid("1.3.6.1.5.5.7.48.1.2"), der.octets(der.octets(b"nonce" * 6)))
LOCATOR = der.sequence(der.oid("1.3.6.1.5.5.7.48.1.7"), der.octets(der.sequence(der.sequence())))


@pytest.fixture
def pair(ecdsa_cas):
    """A certificate and its issuer."""
    return ecdsa_cas.issuing.certificate, ecdsa_cas.policy.certificate


@pytest.fixture
def meant(pair):
    """What is asked by a question about the pair."""
    certificate, issuer = pair
    return {name: CertId(Issuer.of(issuer, name), certificate.serial_number) for name in ("sha1", "sha256")}


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_an_issuer_is_named_as_others_name_it(cas, hash_name):
    certificate, issuer = cas.issuing.certificate, cas.policy.certificate

    asked = read(request_for(certificate, issuer, hash_name))

    assert asked == [CertId(Issuer.of(issuer, hash_name), certificate.serial_number)]


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("parameters", [der.NULL, b""], ids=["NULL", "none"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_hash_is_written_with_parameters_or_without(pair, meant, hash_name, parameters, times):
    one = cert_id(*pair, hash_name, parameters=parameters)

    assert read(request_of(*[one] * times)) == [meant[hash_name]] * times


@pytest.mark.parametrize("times", [1, 2])
def test_a_hash_that_we_do_not_answer_by_has_no_name(pair, times):
    asked = read(request_of(*[cert_id(*pair, "sha384")] * times))

    assert [one.issuer.hash_name for one in asked] == [""] * times
    assert {one.serial for one in asked} == {pair[0].serial_number}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("more", ["nonce", "requestor", "signature", "requestor and signature"])
def test_what_else_is_said_is_passed_over(pair, meant, times, more):
    said = {
        "nonce": {"after": der.tagged(2, der.sequence(NONCE))},
        "requestor": {"before": directory_name(pair[1].subject)},
        "signature": {"signature": signature()},
        "requestor and signature": {"before": directory_name(pair[1].subject), "signature": signature()},
    }

    assert read(request_of(*[cert_id(*pair)] * times, **said[more])) == [meant["sha1"]] * times


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_said_of_one_question_is_passed_over(pair, meant, times):
    question = der.sequence(cert_id(*pair), der.tagged(0, der.sequence(LOCATOR)))

    assert read(der.sequence(der.sequence(der.sequence(*[question] * times)))) == [meant["sha1"]] * times


def test_several_questions_keep_their_order(ecdsa_cas, pair, meant):
    other = (ecdsa_cas.policy.certificate, ecdsa_cas.root.certificate)

    asked = read(request_of(cert_id(*other), cert_id(*pair, "sha256"), cert_id(*other), cert_id(*pair)))

    theirs = CertId(Issuer.of(other[1], "sha1"), other[0].serial_number)
    assert asked == [theirs, meant["sha256"], theirs, meant["sha1"]]


def test_so_many_questions_are_read_and_no_more(pair, meant):
    one, most = cert_id(*pair), ocsp_request.MAX_QUESTIONS

    assert read(request_of(*[one] * most)) == [meant["sha1"]] * most
    with pytest.raises(MalformedRequest):
        read(request_of(*[one] * (most + 1)))


def test_so_many_bytes_are_read_and_no_more(pair, meant):
    def padded(size):
        nonce = der.sequence(der.oid("1.3.6.1.5.5.7.48.1.2"), der.octets(b"x" * size))
        return request_of(cert_id(*pair), after=der.tagged(2, der.sequence(nonce)))

    overhead = len(padded(3000)) - 3000

    assert read(padded(ocsp_request.MAX_BYTES - overhead)) == [meant["sha1"]]
    with pytest.raises(MalformedRequest):
        read(padded(ocsp_request.MAX_BYTES - overhead + 1))


@pytest.mark.parametrize("damage", [
    lambda request: b"",
    lambda request: b"\x30",
    lambda request: b"no request",
    lambda request: request + b"\0",
    lambda request: request + request,
    lambda request: request[:-1],
    lambda request: request[1:],
    lambda request: b"\xa0" + request[1:],
    lambda request: b"-----BEGIN OCSP REQUEST-----\n" + request,
    lambda request: request_of(),
    lambda request: der.sequence(),
    lambda request: der.sequence(der.sequence()),
    lambda request: request_of(der.sequence()),
    lambda request: request_of(der.sequence(), der.sequence()),
], ids=range(14))  # fmt: skip
@pytest.mark.parametrize("times", [1, 2])
def test_damage_is_malformed(pair, damage, times):
    with pytest.raises(MalformedRequest):
        read(damage(request_of(*[cert_id(*pair)] * times)))


@pytest.mark.parametrize("serial", [0, -1, 1 << 159, -(1 << 200), 1 << 8000])
@pytest.mark.parametrize("times", [1, 2])
def test_any_number_may_be_asked_about(pair, meant, serial, times):
    one = cert_id(*pair, serial=serial)

    assert read(request_of(*[one] * times)) == [CertId(meant["sha1"].issuer, serial)] * times


@pytest.fixture
def files(pair, tmp_path):
    """The pair, and somebody's own key and certificate, as files for openssl."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    builder = x509.CertificateBuilder().subject_name(pair[0].subject).issuer_name(pair[0].subject).serial_number(1)
    builder = builder.not_valid_before(pair[0].not_valid_before_utc).not_valid_after(pair[0].not_valid_after_utc)
    own = builder.public_key(key.public_key()).sign(key, pair[0].signature_hash_algorithm)
    for name, certificate in (("certificate", pair[0]), ("issuer", pair[1]), ("own", own)):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "own.key").write_bytes(pem)
    return tmp_path


@pytest.mark.parametrize(("words", "hash_name"), [("", "sha1"), ("-sha1", "sha1"), ("-sha256", "sha256")])
@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("signed", [False, True])
def test_openssl_is_understood(openssl, files, meant, words, hash_name, nonce, times, signed):
    sign = ["-signer", files / "own.pem", "-signkey", files / "own.key"] if signed else []

    openssl(
        "ocsp", *words.split(), "-issuer", files / "issuer.pem", *["-cert", files / "certificate.pem"] * times, nonce,
        *sign, "-reqout", files / "request.der",
    )  # fmt: skip

    assert read((files / "request.der").read_bytes()) == [meant[hash_name]] * times


def test_a_request_is_written_as_openssl_writes_it(openssl, files, meant):
    openssl(
        "ocsp", "-issuer", files / "issuer.pem", "-cert", files / "certificate.pem", "-no_nonce",
        "-reqout", files / "request.der",
    )  # fmt: skip

    assert ocsp_request.write(meant["sha1"]) == (files / "request.der").read_bytes()


def only_malformed(content):
    """Read it, or be told that it is malformed; all else fails the test."""
    try:
        asked = read(content)
    except MalformedRequest:
        return
    assert 0 < len(asked) <= ocsp_request.MAX_QUESTIONS
    assert all(isinstance(one, CertId) and one.issuer.hash_name in ("", "sha1", "sha256") for one in asked)


@given(st.binary(max_size=300))
@example(bytes(5000))
def test_whatever_comes_nothing_breaks(content):
    only_malformed(content)


ID = der.sequence(
    der.sequence(der.oid("1.3.14.3.2.26"), der.NULL), der.octets(b"n" * 20), der.octets(b"k" * 20), der.integer(1 << 90)
)
WHOLE = [
    request_of(ID),
    request_of(ID, ID),
    request_of(ID, after=der.tagged(2, der.sequence(NONCE)), signature=signature()),
    request_of(ID, ID, before=der.tagged(1, der.tagged(4, der.sequence())), after=der.tagged(2, der.sequence(NONCE))),
]


@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3), st.integers(0, 3))))
def test_a_request_with_bytes_changed_breaks_nothing(request_, changes):
    content = request_
    for place, put, taken in changes:
        place %= len(content) + 1
        content = content[:place] + put + content[place + taken :]

    only_malformed(content)


TAGS = st.sampled_from([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x18, 0x30, 0x31, 0x80, 0xA0, 0xA1, 0xA2, 0x1F])
TREES = st.recursive(
    st.builds(der.tlv, TAGS, st.binary(max_size=30)),
    lambda inner: st.builds(lambda tag, parts: der.tlv(tag, *parts), TAGS, st.lists(inner, max_size=4)),
)


@given(st.lists(st.one_of(TREES, st.just(ID)), max_size=4), TREES)
def test_what_is_built_like_a_request_breaks_nothing(questions, rest):
    only_malformed(request_of(*questions))
    only_malformed(request_of(ID, *questions))
    only_malformed(request_of(ID, before=rest))
    only_malformed(request_of(ID, ID, after=rest))
    only_malformed(request_of(ID, ID, signature=rest))
