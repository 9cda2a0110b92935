"""Links in mail: unguessable, kept as a hash, used once, valid for a time."""

from datetime import timedelta

import pytest
import time_machine

from sslportal.kit import tokens
from sslportal.kit.models import Link

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def why(purpose, token):
    with pytest.raises(tokens.LinkRefused) as refused:
        tokens.find(purpose, token)
    return refused.value.why


def test_a_token_finds_its_link():
    token = tokens.issue("confirm", 7, DAY)

    assert tokens.find("confirm", token).subject_id == 7


def test_the_token_itself_is_not_kept():
    token = tokens.issue("confirm", 7, DAY)

    assert len(token) == 43
    assert token.encode() not in bytes(Link.objects.get().digest)


def test_a_token_of_another_purpose_is_unknown():
    assert why("reset", tokens.issue("confirm", 7, DAY)) == "unknown"


def test_a_link_works_once():
    token = tokens.issue("confirm", 7, DAY)
    first, second = tokens.find("confirm", token), tokens.find("confirm", token)

    tokens.use(first)

    with pytest.raises(tokens.LinkRefused):
        tokens.use(second)
    assert why("confirm", token) == "used"


def test_a_link_expires():
    token = tokens.issue("confirm", 7, DAY)

    with time_machine.travel(Link.objects.get().expires_at + timedelta(seconds=1), tick=False):
        assert why("confirm", token) == "expired"


def test_a_withdrawn_link_is_as_good_as_used():
    token = tokens.issue("confirm", 7, DAY)

    tokens.withdraw("confirm", 7)

    assert why("confirm", token) == "used"
