"""Every move of a domain and of an attempt from every status: it leads where the table says, or is refused."""

import pytest
from django.db import IntegrityError, transaction

from domains.states import ATTEMPT_MOVES, MOVES, Outcome, Status
from sslportal.kit import audit
from sslportal.kit.moves import MovedOn, move
from tests.factories import make_attempt, make_domain


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", list(MOVES))
def test_a_domain_moves_as_the_table_says(people, name, status):
    domain = make_domain(people.ov, status=status)

    if status in MOVES[name].sources:
        move(domain, name, by=people.vera, reason="Because.")
        entry = audit.of(domain).get()
        assert (domain.status, entry.before, entry.after) == (MOVES[name].target, status, MOVES[name].target)
    else:
        with pytest.raises(MovedOn):
            move(domain, name, by=people.vera, reason="Because.")
        domain.refresh_from_db()
        assert domain.status == status


@pytest.mark.parametrize("status", list(Outcome))
@pytest.mark.parametrize("name", list(ATTEMPT_MOVES))
def test_an_attempt_moves_as_the_table_says(people, name, status):
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), status=status)

    if status in ATTEMPT_MOVES[name].sources:
        move(attempt, name)
        assert attempt.status == ATTEMPT_MOVES[name].target
    else:
        with pytest.raises(MovedOn):
            move(attempt, name)


def test_what_is_refused_has_a_reason():
    assert {name for name, row in MOVES.items() if row.needs_reason} == {
        "decline", "refuse_upgrade", "refuse_revetting", "suspend",
    }  # fmt: skip


def test_a_domain_has_one_open_attempt(people):
    domain = make_domain(people.ov, status=Status.PENDING)
    make_attempt(domain)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_attempt(domain, status=Outcome.PROVED)
