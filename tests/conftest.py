"""What all tests share: the people of the house, the CA, and a Redis database of one's own for each worker."""

import os
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db.backends.signals import connection_created
from django.test import Client
from django.utils import translation

from sslportal.embedded import testing
from sslportal.kit import clock
from tests import factories


def pytest_configure(config):
    """Tasks run at once where they are queued; every xdist worker has its own database in Redis, as in PostgreSQL."""
    from django.conf import settings

    from sslportal.celery import app

    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    settings.CACHES["default"]["OPTIONS"]["db"] = str(number)
    settings.STATIC_ROOT = settings.BASE_DIR / "static"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.DNS_VALIDATION = "off"


@pytest.fixture(scope="session", autouse=True)
def _quiet_dns():
    """A DNS server that knows of nothing, so that no CAA record forbids anything; the fixture `dns_server` takes its place."""
    from django.conf import settings

    from tests.dns_server import DNSServer

    with DNSServer() as server:
        settings.DNS_SERVERS = [server.address]
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_connection_left(django_db_setup, django_db_blocker):
    """While a browser's event loop runs in the thread, Django keeps another connection there, which it forgets later."""
    opened = []

    def note(connection, **kwargs):
        opened.append(connection)

    connection_created.connect(note)
    yield
    connection_created.disconnect(note)
    with django_db_blocker.unblock():
        for connection in {id(one): one for one in opened if one._thread_ident == threading.get_ident()}.values():
            connection.close()


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    translation.activate("en")  # a page in another language leaves it behind


@pytest.fixture
def noon():
    """It is noon: for tests that count days, which are others an hour before midnight."""
    with clock.at(clock.now().replace(hour=12, minute=0, second=0, microsecond=0)):
        yield


@pytest.fixture
def people(db) -> SimpleNamespace:
    """Gina is Global Administrator, paul Primary and stan Standard in `ov`; vera and victor vet; stranger is elsewhere."""
    return factories.make_people()


@pytest.fixture
def dns_server(settings):
    """A DNS server of the test's own, which the portal asks; it shows no validation of DNSSEC, so none is required."""
    from sslportal.kit import dns
    from tests.dns_server import DNSServer

    dns.forget_proofs()
    with DNSServer() as server:
        settings.DNS_SERVERS, settings.DNS_VALIDATION = [server.address], "off"
        yield server


@pytest.fixture
def sink(settings):
    """A mail server of the test's own, to which the outbox delivers."""
    from tests.mail_server import Sink

    with Sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.controller.hostname, sink.controller.port
        yield sink


@pytest.fixture
def web_server(settings, tmp_path):
    """A web server of the test's own at 127.0.0.2, the one address of this machine that the guard lets pass."""
    from tests.web_server import HOST, WebServer

    with WebServer(tmp_path) as server:
        settings.VALIDATION_PORTS, settings.EGRESS_NETWORKS = server.ports, [f"{HOST}/32"]
        yield server


@pytest.fixture
def makes_pdf():
    """WeasyPrint with what it needs of the system."""
    pytest.importorskip("weasyprint", reason="no Pango on this machine; install libpango-1.0-0", exc_type=OSError)


@pytest.fixture
def writes_japanese(makes_pdf):
    """The same with a font for Japanese."""
    if "fonts-ipaexfont-gothic" in testing.missing():
        pytest.skip("no font for Japanese on this machine; install fonts-ipaexfont-gothic")


@pytest.fixture
def sign_in(client):
    """Sign a person in without the page, for tests of what comes after it."""

    def sign_in(person) -> Client:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture(scope="session")
def ca_folder(tmp_path_factory):
    """A key store with three CAs, made once a worker."""
    from certificates.ca import hierarchy
    from certificates.ca.keys import FileKeyStore
    from sslportal.kit import clock

    folder = tmp_path_factory.mktemp("ca")
    passphrase = folder / "passphrase"
    passphrase.write_bytes(b"a passphrase of the tests")
    store = FileKeyStore(folder / "keys", passphrase.read_bytes())
    terms = hierarchy.Terms("SSL Portal", clock.now(), hierarchy.Urls("http://pki.example.com"))
    made = hierarchy.create_below(None, store, terms, algorithm="ecdsa-p256")
    responder = hierarchy.certify_responder(
        store.create("ocsp-issuing-1-1", "ecdsa-p256").public_key(),
        made[-1],
        store.load("issuing-1"),
        name="OCSP issuing-1-1",
        now=clock.now(),
        lives=timedelta(days=30),
        urls=hierarchy.Urls("http://pki.example.com"),
    )
    return SimpleNamespace(keys=folder / "keys", passphrase=passphrase, made=made, responder=responder)


@pytest.fixture
def ca(db, ca_folder, settings):
    """This process is the `ca` worker: it has the keys, and the database knows the CAs."""
    from certificates import authorities, keyroom
    from certificates.models import CertificateAuthority
    from certificates.trust import responders, store

    settings.CA_KEYS, settings.CA_PASSPHRASE_FILE = str(ca_folder.keys), str(ca_folder.passphrase)
    settings.PKI_URL = "http://pki.example.com"
    keyroom.store.cache_clear()
    for authority in ca_folder.made:
        authorities.record(authority)
    responders.record(CertificateAuthority.objects.get(name="issuing-1"), "ocsp-issuing-1-1", ca_folder.responder)
    store.known_ca.cache_clear()
    yield ca_folder
    keyroom.store.cache_clear()
    store.known_ca.cache_clear()
