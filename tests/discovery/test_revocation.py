"""Which questions are asked about a certificate, and which OCSP answers count; by our own CA, by openssl, by hand."""

import subprocess
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp as library
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.ca import ocsp as own_ocsp
from certificates.ca import ocsp_request
from certificates.ca.hierarchy import Terms, Urls, certify_responder, create_below
from certificates.ca.keys import ALGORITHMS
from certificates.ca.ocsp import Responder
from certificates.ca.revoked import Revoked
from discovery.analysis import revocation
from discovery.analysis.revocation import Question, Verdict
from tests import der, stranger
from tests.discovery import handmade
from tests.discovery.handmade import (
    ALWAYS,
    RESPONDER,
    UNKNOWN,
    certificate,
    key,
    name,
    ocsp_answer,
    revoked,
    single,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HELD_AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
LEAF_SERIAL = 0x4711


def issued(subject="www.example.com", issuer="Issuing", signer="Issuing", **changes):
    """A certificate for the key of its own name."""
    return certificate(name(subject), name(issuer), own=key(subject), signer=key(signer), **changes)


ISSUER = certificate(name("Issuing"), name("Root"), own=key("Issuing"), signer=key("Root"), extensions=[handmade.CA])
LEAF = issued(
    serial=der.integer(LEAF_SERIAL),
    extensions=[handmade.ocsp_at("http://ocsp.test/"), handmade.lists_at("http://crl.test/a.crl")],
)
X509 = [x509.load_der_x509_certificate(each) for each in (LEAF, ISSUER)]
ID = stranger.cert_id(*X509)
RESPONDING = issued("Responder", extensions=[RESPONDER])


def judge(answer, leaf=LEAF, issuer=ISSUER, now=NOW):
    return revocation.judge("ocsp", answer, leaf, issuer, now)


def unknown(problem):
    return Verdict("unknown", problem=problem)


# Questions


def test_a_certificate_is_asked_about_by_ocsp_then_by_list():
    assert revocation.questions(LEAF, ISSUER) == [
        Question("ocsp", "http://ocsp.test/", stranger.request_for(*X509)),
        Question("crl", "http://crl.test/a.crl"),
    ]


def test_without_the_issuer_only_the_list_is_asked():
    assert revocation.questions(LEAF, None) == [Question("crl", "http://crl.test/a.crl")]


def test_at_most_four_questions_are_asked():
    urls = [f"http://{letter}.test/" for letter in "abc"]
    leaf = issued(extensions=[handmade.ocsp_at(*urls), handmade.lists_at(*urls)])

    asked = [(question.kind, question.url) for question in revocation.questions(leaf, ISSUER)]

    assert asked == [(kind, url) for kind in ("ocsp", "crl") for url in urls[:2]]


@pytest.mark.parametrize(("leaf", "issuer"), [
    (issued(), ISSUER), (b"", ISSUER), (b"\x30", None), (issued(extensions=[handmade.ocsp_at("http://a.test")]), b"odd"),
    (issued(extensions=[handmade.ocsp_at("http://a.test")], serial=der.octets(b"")), ISSUER),
    (issued(extensions=[handmade.ocsp_at("http://a.test")], serial=der.integer(-1)), ISSUER),  # nobody answers about it
    (issued(extensions=[handmade.ocsp_at("http://a.test:6379")], serial=der.tlv(2, b"\7\r\nSET x 1\r\n" * 5)), ISSUER),
], ids=range(7))  # fmt: skip
def test_where_nothing_can_be_asked_there_is_no_question(leaf, issuer):
    assert revocation.questions(leaf, issuer) == []


@pytest.mark.parametrize("serial", [0, 1, 2**159, 2**200])
def test_a_serial_number_of_any_size_can_be_asked_about(serial):
    leaf = issued(serial=der.integer(serial), extensions=[handmade.ocsp_at("http://a.test")])

    (question,) = revocation.questions(leaf, ISSUER)

    assert [one.serial for one in ocsp_request.read(question.body)] == [serial]


# Answers of our own CA


class MemoryKeyStore:
    """Keys without files, which would take time to encrypt."""

    def __init__(self):
        self._keys = {}

    def create(self, label, algorithm):
        return self._keys.setdefault(label, ALGORITHMS[algorithm]())

    def load(self, label):
        return self._keys[label]

    def names(self):
        return sorted(self._keys)


@pytest.fixture(scope="module", params=["ecdsa-p256", "rsa-3072"])
def ours(request):
    """A CA of ours with a responder, one that it certified, and what is asked about that."""
    store, urls = MemoryKeyStore(), Urls("http://pki.example.com")
    terms = Terms("Example Trust", NOW - timedelta(days=9), urls, "JP", "public-trust")
    _root, above, below = create_below(None, store, terms, algorithm=request.param)
    key = ALGORITHMS[own_ocsp.ALGORITHM]()
    responding = certify_responder(
        key.public_key(),
        above,
        store.load(above.name),
        name="Responder",
        now=terms.now,
        lives=timedelta(days=60),
        urls=urls,
    )
    (cert_id,) = ocsp_request.read(stranger.request_for(below.certificate, above.certificate))
    return SimpleNamespace(
        leaf=below.der, issuer=above.der, cert_id=cert_id, responder=Responder(responding, key),
        dates=(NOW - timedelta(hours=1), NOW + timedelta(days=4)), serial=below.certificate.serial_number,
    )  # fmt: skip


def own_answer(ours, found=None, cert_id=None):
    return own_ocsp.sign(cert_id or ours.cert_id, found, ours.dates, ours.responder)


@pytest.mark.parametrize(("reason", "told"), [(0, ""), (1, "keyCompromise"), (4, "superseded"), (6, "certificateHold")])
def test_our_own_answers_count(ours, reason, told):
    good, held = own_answer(ours), own_answer(ours, Revoked(ours.serial, HELD_AT, reason))

    assert judge(good, ours.leaf, ours.issuer) == Verdict("good")
    assert judge(held, ours.leaf, ours.issuer) == Verdict("revoked", HELD_AT, told)


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_our_own_answer_to_several_questions_counts(ours, hash_name):
    leaf, issuer = map(x509.load_der_x509_certificate, (ours.leaf, ours.issuer))
    (cert_id,) = ocsp_request.read(stranger.request_for(leaf, issuer, hash_name))
    other = ocsp_request.CertId(cert_id.issuer, 4711)
    answers = [own_answer(ours, Revoked(4711, HELD_AT, 1), other), own_answer(ours, cert_id=cert_id)]

    assert judge(own_ocsp.join(answers, ours.responder, NOW), ours.leaf, ours.issuer) == Verdict("good")


@pytest.mark.parametrize(("make", "problem"), [
    (own_ocsp.malformed, "malformed-request"), (own_ocsp.try_later, "try-later"), (own_ocsp.unauthorized, "unauthorized"),
])  # fmt: skip
def test_our_own_refusals_are_told(make, problem):
    assert judge(make()) == unknown(problem)


# Answers of openssl


@pytest.fixture
def openssl_answers(tmp_path):
    """Have `openssl ocsp` answer our question, its index saying so of the leaf, signed by one of these."""

    def answer(state, responder, signer, *options):
        (question, *_lists) = revocation.questions(LEAF, ISSUER)
        private = signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / "signer.key").write_bytes(private)
        (tmp_path / "question.der").write_bytes(question.body)
        (tmp_path / "index").write_text(f"{state}\t{LEAF_SERIAL:04X}\tunknown\t/CN=x\n" if state else "")
        for label, content in (("issuer", ISSUER), ("signer", responder)):
            pem = x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM)
            (tmp_path / f"{label}.pem").write_bytes(pem)
        subprocess.run(
            ["openssl", "ocsp", "-index", "index", "-CA", "issuer.pem", "-rsigner", "signer.pem", "-rkey", "signer.key",
             "-reqin", "question.der", "-respout", "answer.der", "-ndays", "3", *options],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
        return (tmp_path / "answer.der").read_bytes()

    return answer


LASTING = issued("Responder", extensions=[RESPONDER], validity=ALWAYS)  # openssl's answers are of the real now
STATES = {
    "V\t301231000000Z\t": Verdict("good"),
    "R\t301231000000Z\t260503120000Z": Verdict("revoked", HELD_AT),
    "R\t301231000000Z\t260503120000Z,keyCompromise": Verdict("revoked", HELD_AT, "keyCompromise"),
    "R\t301231000000Z\t260503120000Z,holdInstruction,holdInstructionNone": Verdict(
        "revoked", HELD_AT, "certificateHold"
    ),
    "": unknown("unknown"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("options", [[], ["-resp_key_id"], ["-resp_no_certs"]], ids=["by name", "by key", "alone"])
def test_the_answer_of_openssl_counts(openssl_answers, state, options):
    signer = (ISSUER, key("Issuing")) if options == ["-resp_no_certs"] else (LASTING, key("Responder"))

    assert judge(openssl_answers(state, *signer, *options), now=datetime.now(UTC)) == STATES[state]


def test_the_answer_of_openssl_counts_only_for_some_time(openssl_answers):
    answer, now = openssl_answers("V\t301231000000Z\t", LASTING, key("Responder")), datetime.now(UTC)

    assert judge(answer, now=now + timedelta(days=4)) == unknown("too-old")
    assert judge(answer, now=now - timedelta(days=1)) == unknown("too-early")


@pytest.mark.parametrize("responder", [
    issued("Responder", validity=ALWAYS),
    issued("Responder", signer="forger", extensions=[RESPONDER], validity=ALWAYS),
    issued("Responder", "Elsewhere", "Elsewhere", extensions=[RESPONDER], validity=ALWAYS),
], ids=["no responder", "forged", "of another CA"])  # fmt: skip
def test_the_answer_of_openssl_by_whom_nobody_named_does_not_count(openssl_answers, responder):
    answer = openssl_answers("V\t301231000000Z\t", responder, key("Responder"))

    assert judge(answer, now=datetime.now(UTC)) == unknown("signature")


# Answers by hand


def by_issuer(*singles, **changes):
    return ocsp_answer(*singles, signer=key("Issuing"), **changes)


def by_responder(responder, signer="Responder", **changes):
    return ocsp_answer(single(ID), signer=key(signer), shown=[responder], **changes)


@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384"])
@pytest.mark.parametrize("parameters", [der.NULL, b""], ids=["NULL", "none"])
def test_a_certificate_is_named_by_any_hash(hash_name, parameters):
    named = stranger.cert_id(*X509, hash_name, parameters=parameters)

    assert judge(by_issuer(single(named, revoked()))) == Verdict("revoked", HELD_AT)


@pytest.mark.parametrize(("reason", "told"), [
    (None, ""), (0, "unspecified"), (1, "keyCompromise"), (8, "removeFromCRL"), (10, "aACompromise"), (7, ""), (99, ""),
])  # fmt: skip
def test_whatever_the_reason_it_is_revoked(reason, told):
    assert judge(by_issuer(single(ID, revoked(reason=reason)))) == Verdict("revoked", HELD_AT, told)


@pytest.mark.parametrize(("answer", "problem"), [
    (by_issuer(single(ID, UNKNOWN)), "unknown"),
    (by_issuer(single(stranger.cert_id(*X509, serial=4712))), "other-certificate"),
    (by_issuer(single(stranger.cert_id(X509[0], X509[0]))), "other-certificate"),
    (by_issuer(single(der.sequence(der.sequence(der.oid("1.2.3")), *[der.octets(b"")] * 2, der.integer(LEAF_SERIAL)))),
     "other-certificate"),
    (by_issuer(), "other-certificate"),
    (ocsp_answer(single(ID), signer=key("forger")), "signature"),
    (by_responder(RESPONDING, signer="forger"), "signature"),
    (by_responder(issued("Responder")), "signature"),
    (by_responder(LEAF, signer="www.example.com"), "signature"),
    (by_responder(issued("Responder", "Elsewhere", "Elsewhere", extensions=[RESPONDER])), "signature"),
    (by_responder(issued("Responder", signer="forger", extensions=[RESPONDER])), "signature"),
    (by_responder(certificate(name("Issuing"), own=key("Responder"), extensions=[RESPONDER])), "signature"),
    (by_responder(issued("Responder", extensions=[handmade.extension("2.5.29.37", der.sequence(
        der.oid("1.3.6.1.5.5.7.3.1"), der.oid("2.5.29.37.0")))])), "signature"),
    (by_responder(issued("Responder", extensions=[RESPONDER], validity=der.sequence(
        handmade.time("250101000000Z"), handmade.time("260531000000Z")))), "signature"),
    (by_responder(issued("Responder", extensions=[RESPONDER], validity=der.sequence(
        handmade.time("260602000000Z"), handmade.time("270531000000Z")))), "signature"),
    *((handmade.refusal(number), problem) for number, problem in {
        1: "malformed-request", 2: "internal-error", 3: "try-later", 4: "unreadable", 5: "signature-required",
        6: "unauthorized", 99: "unreadable"}.items()),
    (b"", "unreadable"),
    (b"<html>", "unreadable"),
    (by_issuer(single(ID))[:-1], "unreadable"),
    (by_issuer(single(ID)) + b"\0", "unreadable"),
    (handmade.refusal(0), "unreadable"),
    (der.sequence(handmade.enumerated(0), der.tagged(0, der.sequence(der.oid("1.2.3"), der.octets(b"")))), "unreadable"),
    (by_issuer(der.sequence(ID)), "unreadable"),
    (by_issuer(single(ID, begin="never")), "unreadable"),
], ids=range(30))  # fmt: skip
def test_an_answer_does_not_count(answer, problem):
    assert judge(answer) == unknown(problem)


@pytest.mark.parametrize("answer", [
    by_issuer(single(ID)),
    by_issuer(single(stranger.cert_id(*X509, serial=1), revoked()), single(ID)),
    by_issuer(single(ID), hash_name="sha1"),
    by_issuer(single(ID), shown=[LEAF, RESPONDING]),
    by_issuer(single(ID), shown=[b"\x30\x01\x05"]),
    by_issuer(single(ID), after=der.tagged(1, der.sequence(handmade.extension("1.3.6.1.5.5.7.48.1.2", der.octets(b"n"))))),
    by_responder(RESPONDING),
    ocsp_answer(single(ID), signer=key("Responder"), shown=[LEAF, ISSUER, RESPONDING]),
], ids=range(8))  # fmt: skip
def test_an_answer_counts(answer):
    assert judge(answer) == Verdict("good")


@pytest.mark.parametrize(("begin", "end", "problem"), [
    ("20260601120000Z", "20260601120000Z", ""),
    ("20260601120459Z", "20260608000000Z", ""),
    ("20260601120501Z", "20260608000000Z", "too-early"),
    ("20260501000000Z", "20260601115501Z", ""),
    ("20260501000000Z", "20260601115459Z", "too-old"),
    ("20260526000000Z", None, ""),
    ("20260525000000Z", None, "too-old"),
    ("99991231235959Z", None, "too-early"),
])  # fmt: skip
def test_an_answer_counts_in_its_time_by_clocks_that_differ(begin, end, problem):
    verdict = judge(by_issuer(single(ID, begin=begin, end=end)))

    assert verdict == (unknown(problem) if problem else Verdict("good"))


def test_an_answer_signed_by_a_hash_that_can_be_forged_does_not_count():
    signer = handmade.rsa_key("Issuing")
    issuer = certificate(name("Issuing"), name("Root"), own=signer, signer=key("Root"))
    named = stranger.cert_id(X509[0], x509.load_der_x509_certificate(issuer))

    verdicts = {
        hash_name: judge(ocsp_answer(single(named), signer=signer, hash_name=hash_name), issuer=issuer)
        for hash_name in ("md5", "sha1", "sha256")
    }

    assert verdicts == {"md5": unknown("signature"), "sha1": Verdict("good"), "sha256": Verdict("good")}


@pytest.mark.parametrize("kind", ["ocsp", "crl"])
@pytest.mark.parametrize(("leaf", "issuer"), [(LEAF, None), (LEAF, b"odd"), (b"", ISSUER)], ids=range(3))
def test_without_two_certificates_nothing_can_be_judged(kind, leaf, issuer):
    assert revocation.judge(kind, by_issuer(single(ID)), leaf, issuer, NOW) == unknown("no-issuer")


# Whatever comes


@given(st.binary(max_size=300))
def test_whatever_comes_is_not_known(content):
    assert judge(content).status == "unknown"


ANSWERS = {
    "good": ocsp_answer(single(ID), signer=key("Responder"), shown=[RESPONDING]),
    "revoked": ocsp_answer(single(ID, revoked(reason=1)), signer=key("Responder"), shown=[RESPONDING]),
}


@settings(max_examples=500)
@given(st.sampled_from(sorted(ANSWERS)), st.integers(0, 2**20), st.integers(1, 255))
def test_no_damage_changes_what_is_said(said, at, flip):
    damaged = bytearray(ANSWERS[said])
    damaged[at % len(damaged)] ^= flip

    assert judge(bytes(damaged)).status in (said, "unknown")


@given(st.integers(0, 2**20), st.integers(1, 255))
def test_a_damaged_leaf_or_issuer_is_judged(at, flip):
    leaf, issuer = bytearray(LEAF), bytearray(ISSUER)
    leaf[at % len(leaf)] ^= flip
    issuer[at % len(issuer)] ^= flip

    for pair in ((bytes(leaf), ISSUER), (LEAF, bytes(issuer))):
        assert judge(ANSWERS["good"], *pair).status in ("good", "unknown")
        assert all(isinstance(one, Question) for one in revocation.questions(*pair))


def test_the_library_reads_the_handmade_answers():
    read = library.load_der_ocsp_response(ANSWERS["revoked"])

    assert (read.certificate_status.name, read.serial_number) == ("REVOKED", LEAF_SERIAL)
    assert [each.public_bytes(Encoding.DER) for each in read.certificates] == [RESPONDING]
