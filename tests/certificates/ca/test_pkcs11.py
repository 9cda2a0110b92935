"""Keys in a PKCS#11 token: what signs, what stays inside, and what is refused."""

import copy
from datetime import timedelta

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.attributes import AttributeMapper
from pkcs11.util.ec import encode_named_curve_parameters

from certificates.ca.hierarchy import Terms, create_below
from certificates.ca.issue import issue
from certificates.ca.keys import ALGORITHMS, KeyExists, KeyMissing, KeyStoreError
from certificates.ca.pkcs11 import Pkcs11KeyStore


@pytest.fixture
def store(softhsm):
    return softhsm.store()


@pytest.fixture
def token(store, softhsm):
    """The token as another program sees it, signed in."""
    store.names()
    return softhsm.token()


def sign(key, data=b"to be signed", algorithm=None):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), algorithm or hashes.SHA256())
    return key.sign(data, ec.ECDSA(algorithm or hashes.SHA256(), deterministic_signing=True))


def assert_signed_by(key, signature, data=b"to be signed", algorithm=None):
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, data, padding.PKCS1v15(), algorithm or hashes.SHA256())
    else:
        public.verify(signature, data, ec.ECDSA(algorithm or hashes.SHA256()))


@pytest.mark.parametrize("algorithm", ["rsa-3072", "ecdsa-p256", "ecdsa-p384"])
def test_a_hierarchy_in_a_token_issues_what_openssl_verifies(store, algorithm, make_plan, openssl, now, urls, tmp_path):
    made = create_below(None, store, Terms("Example Trust", now, urls), algorithm=algorithm)
    root, policy, issuing = (authority.certificate.public_bytes(Encoding.PEM) for authority in made)

    issued = issue(make_plan(), made[-1], store.load("issuing-1"), urls).certificate

    for name, pem in {"root": root, "between": policy + issuing, "leaf": issued.public_bytes(Encoding.PEM)}.items():
        (tmp_path / f"{name}.pem").write_bytes(pem)
    said = openssl(
        "verify", "-x509_strict", "-purpose", "sslserver", "-attime", int(now.timestamp()),
        "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "between.pem", tmp_path / "leaf.pem",
    )  # fmt: skip
    assert said.endswith("leaf.pem: OK\n")
    assert store.names() == ["issuing-1", "policy-1", "root-1"]


@pytest.mark.parametrize("algorithm", ["rsa-3072", "ecdsa-p256"])
def test_a_key_in_a_token_signs_lists_and_answers(store, algorithm, now, urls):
    made = create_below(None, store, Terms("Example Trust", now, urls), algorithm=algorithm)
    root, policy, _issuing = (authority.certificate for authority in made)
    key = store.load("root-1")

    crl = x509.CertificateRevocationListBuilder(root.subject, now, now + timedelta(days=1)).sign(key, hashes.SHA256())
    answers = ocsp.OCSPResponseBuilder().add_response(
        policy, root, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, now, None, None, None
    )
    answer = answers.responder_id(ocsp.OCSPResponderEncoding.NAME, root).sign(key, hashes.SHA256())

    assert crl.is_signature_valid(root.public_key())
    assert_signed_by(root, answer.signature, answer.tbs_response_bytes)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_create_makes_a_key_of_the_algorithm_that_can_be_loaded(store, algorithm):
    made = store.create("root-1", algorithm)

    loaded = store.load("root-1")
    assert loaded.public_key() == made.public_key()
    assert algorithm == (
        f"rsa-{loaded.key_size}" if isinstance(loaded, rsa.RSAPrivateKey) else f"ecdsa-p{loaded.key_size}"
    )
    assert_signed_by(made, sign(loaded))


@pytest.mark.parametrize("algorithm", ["rsa-3072", "ecdsa-p256", "ecdsa-p384"])
@pytest.mark.parametrize("by", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()], ids=lambda one: one.name)
def test_signatures_by_each_hash_are_as_others_expect(store, algorithm, by):
    key = store.create("root-1", algorithm)

    assert_signed_by(key, sign(key, algorithm=by), algorithm=by)


@pytest.mark.parametrize("algorithm", ["rsa-3072", "ecdsa-p256"])
def test_a_key_cannot_be_read_out(store, token, algorithm):
    key = store.create("root-1", algorithm)

    with token.open() as session:
        private = session.get_key(ObjectClass.PRIVATE_KEY, label="root-1")
        wanted = {"PRIVATE": True, "SENSITIVE": True, "EXTRACTABLE": False, "NEVER_EXTRACTABLE": True, "LOCAL": True}
        assert {name: private[Attribute[name]] for name in wanted} == wanted
        with pytest.raises(pkcs11.AttributeSensitive):
            private[Attribute.VALUE if algorithm == "ecdsa-p256" else Attribute.PRIVATE_EXPONENT]
    with pytest.raises(KeyStoreError, match="cannot be read out"):
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(KeyStoreError, match="cannot be read out"):
        key.private_numbers()


def test_keys_sign_and_do_nothing_else(store, token):
    of_rsa, of_ec = store.create("root-1", "rsa-3072"), store.create("root-2", "ecdsa-p256")

    with pytest.raises(KeyStoreError, match="decrypt nothing"):
        of_rsa.decrypt(b"", padding.PKCS1v15())
    with pytest.raises(KeyStoreError, match="no secrets"):
        of_ec.exchange(ec.ECDH(), of_ec.public_key())
    with token.open() as session:
        uses = [Attribute.DECRYPT, Attribute.UNWRAP, Attribute.DERIVE]
        private = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        assert [key[use] for key in private for use in uses] == [False] * 6


def test_signatures_that_certificates_do_not_have_are_refused(store):
    of_rsa, of_ec = store.create("root-1", "rsa-3072"), store.create("root-2", "ecdsa-p256")

    with pytest.raises(KeyStoreError, match=r"PKCS#1 v1\.5"):
        of_rsa.sign(b"", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    for by in (hashes.SHA224(), Prehashed(hashes.SHA256())):
        with pytest.raises(KeyStoreError, match="SHA-256, SHA-384 or SHA-512 only"):
            of_rsa.sign(b"", padding.PKCS1v15(), by)
    with pytest.raises(KeyStoreError, match="no digests"):
        of_ec.sign(bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


def test_a_copy_of_a_key_is_the_key(store):
    key = store.create("root-1", "ecdsa-p256")

    assert copy.copy(key) is copy.deepcopy(key) is key


def test_create_never_overwrites(store):
    before = store.create("root-1", "ecdsa-p256")

    with pytest.raises(KeyExists, match="root-1"):
        store.create("root-1", "rsa-3072")

    assert store.load("root-1").public_key() == before.public_key()


@pytest.mark.parametrize("name", ["", "Root-1", "../root", "root 1", "root--1", "a" * 65])
def test_names_that_no_store_takes_are_refused(store, name):
    for verb in (lambda: store.create(name, "ecdsa-p256"), lambda: store.load(name), lambda: store.delete(name)):
        with pytest.raises(KeyStoreError, match="not a name"):
            verb()


def test_algorithms_that_no_store_takes_are_refused(store):
    with pytest.raises(KeyStoreError, match="rsa-2048"):
        store.create("root-1", "rsa-2048")

    assert store.names() == []


def test_delete_takes_both_halves_away_and_no_other_key(store, token):
    store.create("root-1", "ecdsa-p256")
    store.create("root-2", "ecdsa-p256")

    store.delete("root-1")

    with token.open() as session:
        assert sorted(key[Attribute.LABEL] for key in session.get_objects()) == ["root-2", "root-2"]
    assert store.names() == ["root-2"]


def test_a_key_that_is_not_there_is_missing(store):
    for verb in (store.load, store.delete):
        with pytest.raises(KeyMissing, match="root-1"):
            verb("root-1")


def test_a_deleted_key_signs_no_more_and_neither_does_another_of_its_name(store):
    key = store.create("root-1", "ecdsa-p256")
    sign(key)
    store.delete("root-1")
    store.create("root-1", "ecdsa-p256")

    with pytest.raises(KeyMissing, match="root-1"):
        sign(key)


def test_what_else_is_in_the_token_is_not_a_key_of_the_store(store, token):
    of_bytes = AttributeMapper()
    of_bytes.register_handler(Attribute.LABEL, bytes, bytes)
    store.create("root-1", "ecdsa-p256")
    with token.open(rw=True, attribute_mapper=of_bytes) as session:
        for label in (b"Somebody Else's", b"\xff\xfe"):
            session.generate_keypair(KeyType.RSA, 2048, label=label, store=True)

    assert store.names() == ["root-1"]


def test_a_key_on_another_curve_is_refused(store, token):
    with token.open(rw=True) as session:
        parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp521r1")}
        curve = session.create_domain_parameters(KeyType.EC, parameters, local=True)
        curve.generate_keypair(label="root-1", store=True)

    with pytest.raises(KeyStoreError, match="neither RSA nor ECDSA on P-256 or P-384"):
        store.load("root-1")


def test_a_key_whose_public_half_is_gone_is_refused_and_can_be_deleted(store, token):
    store.create("root-1", "ecdsa-p256")
    with token.open(rw=True) as session:
        session.get_key(ObjectClass.PUBLIC_KEY).destroy()

    with pytest.raises(KeyStoreError, match="no public half"):
        store.load("root-1")
    store.delete("root-1")

    assert store.names() == []


def test_a_name_that_two_keys_have_is_refused(store, token):
    with token.open(rw=True) as session:
        for _time in range(2):
            session.generate_keypair(KeyType.RSA, 2048, label="root-1", store=True)

    for verb in (store.load, store.delete):
        with pytest.raises(KeyStoreError, match="2 keys “root-1”"):
            verb("root-1")


def test_create_gives_way_to_a_key_that_another_machine_made_meanwhile(store, token):
    """What create does last, in a token where two machines have just made a key of one name."""
    ours = b"the identity of ours"
    with token.open(rw=True) as session:
        for identity in (ours, b"of theirs"):
            session.generate_keypair(KeyType.RSA, 2048, label="root-1", id=identity, store=True)

    with pytest.raises(KeyExists, match="another machine"):
        store._ask(lambda opened: store._create(opened, "root-1", "rsa-3072", ours))

    with token.open() as session:
        assert [key[Attribute.ID] for key in session.get_objects()] == [b"of theirs"] * 2


def test_create_knows_the_key_that_it_made_before_the_token_went_away(store, token):
    identity = b"the identity of ours"
    with token.open(rw=True) as session:
        session.generate_keypair(KeyType.RSA, 3072, label="root-1", id=identity, store=True)

    key = store._ask(lambda opened: store._create(opened, "root-1", "rsa-3072", identity))

    assert key.public_key() == store.load("root-1").public_key()


@pytest.mark.parametrize(("pin", "why"), [(b"", "is empty"), (b"\xff", "not UTF-8")])
def test_a_pin_that_no_token_has_is_refused(pin, why):
    with pytest.raises(KeyStoreError, match=why):
        Pkcs11KeyStore("sslportal", "/nowhere/module.so", pin)
