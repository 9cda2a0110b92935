"""A request portal that is on, with one profile, and somebody without an account."""

import pytest
from django.test import Client

from tests.certificates.outside.visiting import Outsider
from tests.factories import make_portal


@pytest.fixture
def portal(people):
    """Of paul's company: "Example OV" can be asked for certificates."""
    people.ov.in_request_portal = True
    people.ov.save()
    return make_portal(people.company)


@pytest.fixture
def olga(portal):
    """Olga, who runs servers for the company, in her browser."""
    return Outsider(Client(), portal)
