"""History is append-only in the database itself."""

import pytest
from django.db import DatabaseError, connection, transaction

from sslportal.kit import audit
from sslportal.kit.models import HistoryEntry
from tests.factories import make_attempt, make_domain


@pytest.mark.parametrize("statement", ["UPDATE kit_historyentry SET actor = 'nobody'", "DELETE FROM kit_historyentry"])
def test_the_database_refuses_to_change_history(people, statement):
    audit.record(make_domain(people.ov), "add", by=people.paul)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert HistoryEntry.objects.get().actor == "paul@example.com"


def test_an_entry_outlives_what_it_tells_of(people):
    domain = make_domain(people.ov)
    audit.record(domain, "add", by=people.paul)
    pk = domain.pk

    domain.delete()

    assert HistoryEntry.objects.get(subject_type="domain", subject_id=pk).subject == "example.com"


def test_an_entry_says_from_where(people, sign_in):
    domain = make_domain(people.ov, status="pending")
    vera = sign_in(people.vera)
    make_attempt(domain)

    where = f"/vetting/domains/domain/{domain.pk}/decide/decline/"
    sent = {"reason": "Not yours.", "seen": vera.get(where).context["seen"]}
    vera.post(where, sent, REMOTE_ADDR="192.0.2.7")

    assert audit.of(domain).get().origin == "192.0.2.7"


def test_every_verb_of_a_lifecycle_has_its_word(people):
    domain = make_domain(people.ov)
    for verb in [*domain.MOVES, *domain.EVENTS]:
        audit.record(domain, verb)

    assert all(told.says for told in audit.story(domain))
