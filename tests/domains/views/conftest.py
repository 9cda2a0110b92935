"""Paul in his browser."""

import pytest


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)
