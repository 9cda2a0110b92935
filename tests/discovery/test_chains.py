"""Chains as servers send them, complete or not, in order or not; and which hosts a certificate's names cover."""

import ssl
import subprocess

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.analysis import chains, links, signatures
from discovery.analysis.certificate import opened
from discovery.analysis.chains import ChainVerdict, Roots, covers
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import CA, attribute, certificate, key, name


def issued(subject, issuer, own=None, signer=None, **changes):
    """A certificate for a key, by the issuer's key; both keys go by the names."""
    return certificate(name(subject), name(issuer), own=key(own or subject), signer=key(signer or issuer), **changes)


ROOT = issued("Root", "Root", extensions=[CA])
POLICY = issued("Policy", "Root", extensions=[CA])
ISSUING = issued("Issuing", "Policy", extensions=[CA])
LEAF = issued("www.example.com", "Issuing")
ALONE = issued("alone.example.com", "alone.example.com")
STRAY = issued("Stray", "Elsewhere", extensions=[CA])
FORGED = issued("Issuing", "Policy", own="forger", extensions=[CA])  # the name of the issuer, another key
NO_CERTIFICATE = b"\x30\x03\x02\x01\x05"


@pytest.fixture(scope="module")
def roots():
    return Roots([ROOT])


def judged(*chain, roots=None):
    return chains.judge(chain, roots or Roots())


def complete(*order, issuer, ordered=True, sha1_at=(), strays=()):
    return ChainVerdict(True, ordered, order, issuer, sha1_at, strays)


def incomplete(*order, issuer=None, ordered=True, sha1_at=(), strays=()):
    return ChainVerdict(False, ordered, order, issuer, sha1_at, strays)


@pytest.mark.parametrize(("chain", "verdict"), [
    ([LEAF, ISSUING, POLICY], complete(0, 1, 2, issuer=ISSUING)),
    ([LEAF, ISSUING, POLICY, ROOT], complete(0, 1, 2, issuer=ISSUING)),
    ([LEAF, POLICY, ISSUING], complete(0, 2, 1, issuer=ISSUING, ordered=False)),
    ([LEAF, ROOT, POLICY, ISSUING], complete(0, 3, 2, issuer=ISSUING, ordered=False)),
    ([LEAF, STRAY, ISSUING, POLICY], complete(0, 2, 3, issuer=ISSUING, ordered=False, strays=(1,))),
    ([LEAF, ISSUING, POLICY, STRAY], complete(0, 1, 2, issuer=ISSUING, strays=(3,))),
    ([LEAF, LEAF, ISSUING, POLICY], complete(0, 2, 3, issuer=ISSUING, ordered=False, strays=(1,))),
    ([LEAF, ISSUING, POLICY, ISSUING], complete(0, 1, 2, issuer=ISSUING, strays=(3,))),
    ([LEAF, FORGED, ISSUING, POLICY], complete(0, 2, 3, issuer=ISSUING, ordered=False, strays=(1,))),
    ([LEAF, NO_CERTIFICATE, ISSUING, POLICY], complete(0, 2, 3, issuer=ISSUING, ordered=False, strays=(1,))),
    ([LEAF, ISSUING, POLICY, b""], complete(0, 1, 2, issuer=ISSUING, strays=(3,))),
    ([POLICY], complete(0, issuer=ROOT)),
    ([POLICY, ROOT], complete(0, issuer=ROOT)),
    ([ALONE], complete(0, issuer=None)),
    ([ALONE, ISSUING], complete(0, issuer=None, strays=(1,))),
    ([ROOT], complete(0, issuer=None)),
    ([LEAF], incomplete(0)),
    ([LEAF, ISSUING], incomplete(0, 1, issuer=ISSUING)),
    ([LEAF, POLICY], incomplete(0, strays=(1,))),
    ([LEAF, POLICY, ROOT], incomplete(0, strays=(1, 2))),
    ([LEAF, FORGED, POLICY, ROOT], incomplete(0, strays=(1, 2, 3))),
    ([LEAF, STRAY], incomplete(0, strays=(1,))),
    ([NO_CERTIFICATE], incomplete()),
    ([NO_CERTIFICATE, ISSUING, POLICY], incomplete(strays=(1, 2))),
    ([], incomplete()),
], ids=range(25))  # fmt: skip
def test_a_chain_is_judged(chain, verdict, roots):
    assert judged(*chain, roots=roots) == verdict


def test_a_root_that_clients_do_not_know_completes_a_chain_that_holds_it():
    assert judged(LEAF, ISSUING, POLICY, ROOT) == complete(0, 1, 2, 3, issuer=ISSUING)
    assert judged(LEAF, ISSUING, POLICY) == incomplete(0, 1, 2, issuer=ISSUING)


def test_an_intermediate_that_is_known_completes_no_chain_but_can_be_asked_about_it():
    assert judged(LEAF, roots=Roots([ROOT, POLICY, ISSUING])) == incomplete(0, issuer=ISSUING)


def test_what_is_no_certificate_is_no_root():
    assert judged(LEAF, ISSUING, POLICY, roots=Roots([NO_CERTIFICATE, ROOT, b""])).is_complete


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # one is zero
def test_mozillas_roots_are_known():
    ders = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(certifi.contents().encode())]
    known = Roots()

    assert len(ders) > 100
    assert [known.issuer_of(opened(each)).whole for each in ders] == ders


test_mozillas_roots_are_known = pytest.mark.filterwarnings("ignore:Parsed a serial number")(
    test_mozillas_roots_are_known
)


@pytest.mark.parametrize(("chain", "is_complete"), [
    ([LEAF, ISSUING, POLICY], True), ([LEAF, POLICY, ISSUING, STRAY], True),
    ([LEAF, ISSUING], False), ([LEAF, FORGED, POLICY], False),
], ids=range(4))  # fmt: skip
def test_openssl_thinks_the_same(chain, is_complete, roots, tmp_path):
    assert openssl_verifies(chain, ROOT, tmp_path) == is_complete
    assert judged(*chain, roots=roots).is_complete == is_complete


def openssl_verifies(chain, root, folder):
    for label, ders in (("leaf", chain[:1]), ("sent", chain[1:]), ("root", [root])):
        (folder / f"{label}.pem").write_text("".join(map(ssl.DER_cert_to_PEM_cert, ders)))
    moment = str(int(handmade.WITHIN.timestamp()))
    done = subprocess.run(
        ["openssl", "verify", "-attime", moment, "-CAfile", "root.pem", "-untrusted", "sent.pem", "leaf.pem"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


# Several ways


def test_of_two_certificates_of_an_issuer_the_one_counts_that_leads_to_an_end(roots):
    """The same key, certified by two: one is known, of the other nothing is."""
    unknown = issued("Policy", "Elsewhere", extensions=[CA])

    assert judged(LEAF, ISSUING, unknown, POLICY, roots=roots) == complete(0, 1, 3, issuer=ISSUING, ordered=False)
    assert judged(LEAF, ISSUING, POLICY, unknown, roots=roots) == complete(0, 1, 2, issuer=ISSUING)


def test_a_root_signed_by_an_older_one_is_beyond_what_is_needed(roots):
    """As it is sent for clients that know the older one only."""
    crossed = issued("Root", "Older", signer="Older", hash_name="sha1", extensions=[CA])

    assert judged(LEAF, ISSUING, POLICY, crossed, roots=roots) == complete(0, 1, 2, issuer=ISSUING)
    assert judged(LEAF, ISSUING, POLICY, crossed) == incomplete(0, 1, 2, 3, issuer=ISSUING, sha1_at=(3,))


def test_two_that_certify_each_other_lead_nowhere():
    one, other = issued("One", "Other", extensions=[CA]), issued("Other", "One", extensions=[CA])
    leaf = issued("www.example.com", "One")

    assert judged(leaf, one, other) == incomplete(0, 1, 2, issuer=one)


def test_sha1_is_told_below_the_root():
    leaf = issued("www.example.com", "Old", hash_name="sha1")
    old = issued("Old", "Root", hash_name="sha1", extensions=[CA])
    root = issued("Root", "Root", hash_name="sha1", extensions=[CA])

    assert judged(leaf, old, root) == complete(0, 1, 2, issuer=old, sha1_at=(0, 1))
    assert judged(leaf, old, roots=Roots([root])) == complete(0, 1, issuer=old, sha1_at=(0, 1))
    assert judged(root) == complete(0, issuer=None)


@pytest.mark.parametrize(("in_leaf", "is_issuer"), [
    ("Issuing", True), ("ISSUING", True), (" Issuing  ", True), ("Issuing 2", False), ("Is suing", False),
])  # fmt: skip
def test_names_are_the_same_but_for_case_and_spaces(in_leaf, is_issuer):
    leaf = issued("www.example.com", in_leaf, signer="Issuing")

    assert judged(leaf, ISSUING).issuer == (ISSUING if is_issuer else None)


def test_names_are_the_same_in_any_kind_of_string():
    printable = der.sequence(attribute("2.5.4.3", "Issuing", handmade.PRINTABLE))
    leaf = certificate(name("www.example.com"), printable, own=key("leaf"), signer=key("Issuing"))

    assert judged(leaf, ISSUING).issuer == ISSUING


def test_a_signature_that_cannot_be_verified_is_no_link():
    leaf = issued("www.example.com", "Issuing", algorithm=der.sequence(der.oid("1.2.3.4")))

    assert judged(leaf, ISSUING) == incomplete(0, strays=(1,))


def test_a_chain_of_many_is_judged():
    length = 20
    chain = [issued("www.example.com", "CA 1"), *(issued(f"CA {n}", f"CA {n + 1}") for n in range(1, length))]
    chain.append(issued(f"CA {length}", f"CA {length}"))

    assert judged(*chain) == complete(*range(length + 1), issuer=chain[1])


def test_a_hundred_of_one_name_do_not_keep_it_busy():
    """Each could be the issuer of each: only so many signatures are looked at."""
    chain = [issued("Same", "Same", own=f"key {n}", signer=f"key {(n + 1) % 100}") for n in range(100)]

    verdict = judged(*chain)

    assert verdict.issuer == chain[1]
    assert not verdict.is_complete
    assert len(verdict.order) < chains.MOST_TRIES


@pytest.mark.parametrize(
    ("bits", "exponent", "verdict"),
    [(16_384, 65_537, False), (16_384, 2**33 - 1, None), (4_096, 2**64 - 1, False), (4_096, 2**65 - 1, None)],
)
def test_a_key_that_would_keep_it_busy_is_not_tried(bits, exponent, verdict):
    algorithm, info = handmade.algorithm_of(handmade.rsa_key(), "sha256"), handmade.rsa_spki(2**bits - 1, exponent)

    assert signatures.is_signature(bytes(bits // 8 - 1) + b"x", b"signed", algorithm, info) is verdict


def test_what_is_kept_in_mind_of_links_is_bounded(monkeypatch):
    monkeypatch.setattr(links, "MOST_KEPT", 5)

    for number in range(20):
        judged(issued(f"{number}.example.com", "Issuing", own="leaf"), ISSUING)

    assert len(links._kept) <= 5


# Whatever comes


def assert_makes_sense(verdict, length):
    positions = range(length)
    assert set(verdict.order) | set(verdict.strays) <= set(positions)
    assert not set(verdict.order) & set(verdict.strays)
    assert len(set(verdict.order)) == len(verdict.order)
    assert set(verdict.sha1_at) <= set(verdict.order)
    assert verdict.order[:1] in ((), (0,))


PARTS = [LEAF, ISSUING, POLICY, ROOT, ALONE, STRAY, FORGED, NO_CERTIFICATE, b""]


@given(st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=200)), max_size=12))
def test_any_chain_is_judged(chain):
    assert_makes_sense(judged(*chain), len(chain))


@given(st.permutations([LEAF, ISSUING, POLICY, ROOT]))
def test_the_order_is_the_way_from_the_first(chain):
    verdict = judged(*chain)

    whole = [LEAF, ISSUING, POLICY, ROOT]
    assert verdict.is_complete
    assert [chain[at] for at in verdict.order] == whole[whole.index(chain[0]) :]
    assert verdict.is_ordered == (chain[: len(verdict.order)] == whole[whole.index(chain[0]) :])


@settings(max_examples=300)
@given(st.integers(0, 2), st.integers(0, 2**20), st.integers(1, 255))
def test_no_damage_goes_unseen(which, at, flip):
    chain = [LEAF, ISSUING, POLICY, ROOT]
    damaged = bytearray(chain[which])
    damaged[at % len(damaged)] ^= flip
    chain[which] = bytes(damaged)

    verdict = judged(*chain)

    assert_makes_sense(verdict, 4)
    assert verdict.order != (0, 1, 2, 3)


# Hosts


@pytest.mark.parametrize(("names", "host", "expected"), [
    (["www.example.com"], "www.example.com", True),
    (["www.example.com"], "WWW.Example.COM.", True),
    (["WWW.Example.COM"], "www.example.com", True),
    (["www.example.com"], "example.com", False),
    (["example.com"], "www.example.com", False),
    (["*.example.com"], "www.example.com", True),
    (["*.example.com"], "www.EXAMPLE.com.", True),
    (["*.example.com"], "example.com", False),
    (["*.example.com"], "a.www.example.com", False),
    (["*.example.com"], ".example.com", False),
    (["*.com"], "example.com", False),
    (["*"], "localhost", False),
    (["*.*.com"], "www.example.com", False),
    (["www.*.com"], "www.example.com", False),
    (["w*.example.com"], "www.example.com", False),
    (["*w.example.com"], "www.example.com", False),
    (["localhost"], "localhost", True),
    (["a_b.example.com"], "a_b.example.com", True),
    (["xn--fsq192h.test"], "例示.test", True),
    (["*.xn--fsq192h.test"], "www.例示.test", True),
    (["例示.test"], "xn--fsq192h.test", True),
    (["bank.test\ufffd.evil.test"], "bank.test", False),
    (["bank.test\0.evil.test"], "bank.test\0.evil.test", False),
    (["192.0.2.1"], "192.0.2.1", True),
    (["192.0.2.1"], "192.0.2.2", False),
    (["*.0.2.1"], "192.0.2.1", False),
    (["2001:db8::1"], "2001:DB8:0:0:0:0:0:1", True),
    (["2001:db8::1"], "[2001:db8::1]", True),
    (["a.test", "b.test", "*.c.test"], "x.c.test", True),
    ([], "example.com", False),
    (["example.com"], "", False),
    ([""], "", False),
    (["example.com"], "exa mple.com", False),
    (["*.example.com"], "a b.example.com", False),
])  # fmt: skip
def test_a_name_covers_a_host(names, host, expected):
    assert covers(names, host) is expected


@given(st.lists(st.text(), max_size=4), st.text())
def test_any_name_and_any_host_can_be_compared(names, host):
    assert covers(names, host) in (True, False)
