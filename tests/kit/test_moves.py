"""Lifecycles: a move goes from its sources only, once, and is told in the history."""

import pytest
from django.core.exceptions import PermissionDenied

from domains.models import Domain
from domains.states import Status
from sslportal.kit import audit
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import MovedOn, Refused, move, move_all, move_from, moves, open_moves, require
from tests.factories import make_domain


def test_a_move_sets_the_status_and_tells_the_history(people):
    domain = make_domain(people.ov, status=Status.PENDING)

    move(domain, "confirm", by=people.vera)

    told = audit.of(domain).get()
    assert Domain.objects.get().status == Status.READY
    assert (told.verb, told.actor, told.before, told.after) == ("confirm", "vera@sslportal.example", "pending", "ready")


def test_a_move_from_another_state_changes_nothing(people):
    domain = make_domain(people.ov, status=Status.EXPIRED)

    with pytest.raises(MovedOn):
        move(domain, "confirm", by=people.vera)

    assert Domain.objects.get().status == Status.EXPIRED
    assert not audit.of(domain).exists()


def test_of_two_who_hold_the_same_row_the_second_is_told_politely(people):
    domain = make_domain(people.ov, status=Status.PENDING)
    seen_by_both = Domain.objects.get()
    move(domain, "confirm", by=people.vera)

    with pytest.raises(Refused, match="Somebody was faster"):
        move(seen_by_both, "decline", by=people.victor, reason="No.")

    assert audit.of(domain).count() == 1


def test_a_move_that_needs_a_reason_does_not_go_without(people):
    domain = make_domain(people.ov, status=Status.PENDING)

    with pytest.raises(ValueError, match="needs a reason"):
        move(domain, "decline", by=people.vera, reason="  ")

    assert Domain.objects.get().status == Status.PENDING


def test_many_are_moved_at_once_each_with_its_own_fields(people):
    domains = [make_domain(people.ov, name, status=Status.PENDING) for name in ("example.com", "example.org")]
    domains[1].reason = "Seen."

    move_all(domains, "confirm", fields=["reason"])

    assert list(Domain.objects.order_by("name").values_list("status", "reason")) == [("ready", ""), ("ready", "Seen.")]
    assert [(told.verb, told.before, told.after) for domain in domains for told in audit.of(domain)] == [
        ("confirm", "pending", "ready")
    ] * 2


def test_where_one_of_many_has_moved_on_none_is_moved(people):
    domains = [make_domain(people.ov, name, status=Status.PENDING) for name in ("example.com", "example.org")]
    Domain.objects.filter(pk=domains[1].pk).update(status=Status.EXPIRED)

    with pytest.raises(MovedOn):
        move_all(domains, "confirm")

    assert list(Domain.objects.order_by("name").values_list("status", flat=True)) == ["pending", "expired"]
    assert not any(audit.of(domain).exists() for domain in domains)


def test_many_are_not_moved_without_the_reason_that_the_move_needs(people):
    with pytest.raises(ValueError, match="needs a reason"):
        move_all([make_domain(people.ov, status=Status.PENDING)], "decline")


def test_to_move_none_is_no_error(db):
    move_all([], "confirm")

    assert not HistoryEntry.objects.exists()


def test_an_unknown_move_raises(people):
    with pytest.raises(KeyError):
        move(make_domain(people.ov), "explode")


def test_open_moves_are_those_that_lead_on(people):
    domain = make_domain(people.ov, status=Status.PENDING)

    assert [row.name for row in open_moves(domain)] == ["confirm", "decline"]


def test_a_table_with_a_name_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        moves(move_from("go", {"a"}, "b", "Went"), move_from("go", {"b"}, "c", "Went"))


def test_require_denies():
    require(True)
    with pytest.raises(PermissionDenied):
        require(False)
