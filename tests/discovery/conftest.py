"""Servers of each test's own, and an order whose certificate they may show."""

from contextlib import ExitStack

import pytest

from certificates.models import Order
from tests.discovery.health_checks import HERE, NAME
from tests.discovery.servers import Server
from tests.factories import issue, make_domain, make_order


@pytest.fixture
def serve():
    """Start a server: `serve(play)`, where `play(connection)` is what it does with each connection."""
    with ExitStack() as stack:
        yield lambda play, **more: stack.enter_context(Server(play, **more))


@pytest.fixture
def order(ca, people, settings):
    """An order with a certificate of our own CA."""
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    make_domain(people.ov)
    order = make_order(people.ov, people.paul)
    issue(order)
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def names_lead_here(dns_server):
    dns_server.zone["A", NAME] = [HERE]
    return dns_server
