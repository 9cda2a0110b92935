"""An order that the real CA has issued, and what a stranger asks about its certificate."""

import shutil

import pytest

from certificates import keyroom
from certificates.models import Certificate, CertificateAuthority
from certificates.trust import responders
from tests import stranger
from tests.factories import issue, make_domain, make_order


@pytest.fixture
def make_issued(people, ca, dns_server):
    """Have a certificate issued as the workers do; returns its order."""
    make_domain(people.ov, "example.com")

    def make_issued(name="www.example.com"):
        order = make_order(people.ov, people.stan, name=name)
        issue(order)
        order.refresh_from_db()
        return order

    return make_issued


@pytest.fixture
def order(make_issued):
    return make_issued()


@pytest.fixture
def orders(make_issued):
    """Three of them."""
    return [make_issued(f"{name}.example.com") for name in ("one", "two", "three")]


@pytest.fixture
def issuer(ca):
    """The certificate of the CA that issues."""
    return ca.made[-1].certificate


@pytest.fixture
def question(order, issuer):
    """The request that most clients send."""
    return stranger.request_for(order.certificate.x509, issuer)


@pytest.fixture
def lose_key():
    """Let a certificate be one of another CA, whose key is not in the store any more."""

    def lose_key(order):
        known = CertificateAuthority.objects.get(name="issuing-1")
        values = {"role": "issuing", "der": known.der, "not_after": known.not_after, "is_current": False}
        lost = CertificateAuthority.objects.create(name="issuing-7", **values)
        Certificate.objects.filter(order=order).update(authority=lost)
        order.refresh_from_db()

    return lose_key


@pytest.fixture
def files(settings, tmp_path):
    """Answers are kept as files too, in this folder."""
    settings.OCSP_FILES = str(tmp_path / "ocsp")
    return tmp_path / "ocsp"


@pytest.fixture
def own_keys(ca, settings, tmp_path):
    """The folder of a key store that the test may change, in a worker that has just been started."""

    def forget():
        keyroom.store.cache_clear()
        keyroom.key.cache_clear()
        keyroom._own_key.cache_clear()
        responders._at_work.clear()

    made_by_others = [path.name for path in ca.keys.glob("ocsp-*") if path.stem != "ocsp-issuing-1-1"]
    shutil.copytree(ca.keys, tmp_path / "keys", ignore=lambda _folder, _names: made_by_others)
    settings.CA_KEYS = str(tmp_path / "keys")
    forget()
    yield tmp_path / "keys"
    forget()
