"""Health checks of an order, as tests run them, and servers that are checked."""

from django.test import Client

from discovery.health import actions, working
from discovery.health.entries import Place
from discovery.scanner import suites
from tests.discovery import servers, tls

NAME = "www.example.com"
HERE = "127.0.0.1"


def chain_of(order):
    """As a server should send it."""
    certificate = order.certificate
    return (bytes(certificate.der), *(bytes(ca.der) for ca in certificate.authority.chain()[:-1]))


def plays(*ders, versions=(tls.TLS12, tls.TLS13), accepted=(0x1301, tls.ECDHE_RSA), compression=0):
    """A server by hand with this chain: it chooses the first of its suites that is offered, in the newest version."""

    def choose(hello):
        newest, listed, compressions, extensions = tls.offered(hello)
        newest = tls.TLS13 if 43 in extensions else newest
        version = max((version for version in versions if version <= newest), default=None)
        suite = next((suite for suite in accepted if suite in listed), None)
        if not version or not suite:
            return tls.alert(70 if suite else 40)
        if version == tls.TLS13:
            return tls.record(tls.server_hello(suite, extensions=tls.extension(43, b"\x03\x04")))
        chosen = compression if compression in compressions else 0
        shown = b"" if suites.group_of(suite) == "anonymous" else tls.certificate(*ders)
        said = tls.server_hello(suite, version, chosen) + shown + tls.KEY_EXCHANGE + tls.DONE
        return tls.record(said)

    return servers.chooses(choose)


def start(order, *places, by=None):
    return actions.start(order, [Place(*place) for place in places], by=by or order.requester)


def run(order, *places):
    """A check with all that a worker does."""
    check = start(order, *places)
    working.run(check.pk)
    check.refresh_from_db()
    return check


def codes(check):
    return [[finding.code for finding in url.found] for url in check.urls.all()]


def verdicts(check):
    return [url.verdict for url in check.urls.all()]


def path(order, tail=""):
    return f"/certificates/{order.pk}/health-check/{tail}"


def page(client, order, tail=""):
    return client.get(path(order, tail)).content.decode()


def sign_in_as(person):
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
