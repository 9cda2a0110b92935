"""A store of evidence of the tests' own."""

import pytest

from profiles.states import Status
from tests.factories import make_profile


@pytest.fixture(autouse=True)
def evidence_root(settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return settings.EVIDENCE_ROOT


@pytest.fixture
def pending(people):
    return make_profile(people.company, "New", primary=people.paul, status=Status.PENDING, requester=people.gina)
