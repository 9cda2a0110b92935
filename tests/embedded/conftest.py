"""A portal for the tests of the two commands, started again where a test has stopped it."""

import pytest

from tests.running import Portal


@pytest.fixture(scope="module")
def portal_folder():
    portal = Portal.somewhere()
    yield portal
    portal.end()


@pytest.fixture
def portal(portal_folder):
    """A portal that is up."""
    return portal_folder.up()
