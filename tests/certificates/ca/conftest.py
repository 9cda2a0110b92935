"""CAs, plans and openssl for the tests of certificates.ca."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.ca.hierarchy import Terms, Urls, create_below
from certificates.ca.keys import ALGORITHMS
from certificates.ca.plan import Plan, Subject, new_serial, validity

NOW = datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC)
URLS = Urls("http://pki.example.com")
SUBSCRIBERS = {
    "rsa-2048": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture(scope="session")
def urls():
    return URLS


class MemoryKeyStore:
    """Keys without files: stretching a passphrase takes 0.2 s each time, as it should."""

    def __init__(self):
        self._keys = {}

    def create(self, name, algorithm):
        return self._keys.setdefault(name, ALGORITHMS[algorithm]())

    def load(self, name):
        return self._keys[name]

    def names(self):
        return sorted(self._keys)


@pytest.fixture
def empty_store():
    return MemoryKeyStore()


def _hierarchy(algorithm):
    store = MemoryKeyStore()
    root, policy, issuing = create_below(
        None, store, Terms("Example Trust", NOW, URLS, "JP", "public-trust"), algorithm=algorithm
    )
    return SimpleNamespace(
        store=store, root=root, policy=policy, issuing=issuing, key=store.load(issuing.name),
        intermediates=[issuing.certificate, policy.certificate],
    )  # fmt: skip


@pytest.fixture(scope="session")
def ecdsa_cas():
    return _hierarchy("ecdsa-p256")


@pytest.fixture(scope="session")
def rsa_cas():
    return _hierarchy("rsa-3072")


@pytest.fixture(params=["ecdsa_cas", "rsa_cas"])
def cas(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def spkis():
    """A subscriber's public key of each kind, as DER SubjectPublicKeyInfo."""
    return {
        name: make().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for name, make in SUBSCRIBERS.items()
    }


@pytest.fixture(scope="session")
def make_plan(spkis):
    """A plan for www.example.com of 199 days, EV data filled in; changes to its subject are given as a dictionary."""

    def make(subject=None, *, days=199, key="ecdsa-p256", names=("www.example.com", "example.com"), **changes) -> Plan:
        not_before, not_after = validity(NOW, days)
        full = Subject(
            organization="Example K.K.", locality="Chiyoda-ku", state="Tokyo", country="JP",
            business_category="Private Organization", jurisdiction_country="JP", registration_number="0100-01-034571",
        )  # fmt: skip
        plan = Plan(
            serial=new_serial(), not_before=not_before, not_after=not_after, level="OV",
            subject=replace(full, **(subject or {})), common_name=names[0] if names else "", dns_names=names,
            spki=spkis[key],
        )  # fmt: skip
        return replace(plan, **changes)

    return make


@pytest.fixture(scope="session")
def openssl():
    """Run the real openssl; its standard output, or an AssertionError with what it says."""

    def run(*arguments, data: bytes | None = None) -> str:
        done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    return run


@pytest.fixture
def softhsm(tmp_path, monkeypatch):
    """SoftHSM2 with a token `sslportal` of the test's own."""
    from tests import softhsm

    with softhsm.in_folder(tmp_path, monkeypatch) as tokens:
        tokens.make_token()
        yield tokens
