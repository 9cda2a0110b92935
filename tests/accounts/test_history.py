"""Account History: who did what, when, from where, what was before and after (B9)."""

import csv
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.actions import administrators, invitations
from accounts.history import told_models
from certificates.actions import requests as orders
from certificates.states import Status
from sslportal.kit import audit
from sslportal.kit.models import HistoryEntry
from tests.factories import make_domain, make_order

PAGE = "/administration/history/"
COLUMNS = ["When", "Who", "From", "What", "Kind", "Thing", "Before and after", "Reason"]


@pytest.fixture
def gina(people, sign_in):
    """Gina at her desk; her own signing in is not told, so that the rows of a test are its own."""
    return sign_in(people.gina)


def exported(client, query=""):
    response = client.get(f"{PAGE}?export=all{query}")
    return list(csv.DictReader(b"".join(response).decode().splitlines()))


def told(client, query=""):
    return [(row["Who"], row["What"], row["Thing"]) for row in exported(client, query) if row["What"] != "Signed in"]


def reset(client):
    client.get(f"{PAGE}?q=&person=&kind=&since=&until=")


def test_every_change_is_told_with_person_moment_and_place(gina, people):
    with time_machine.travel("2026-06-01T12:30:00Z", tick=False):
        gina.post("/administration/account/", {"time_zone": "Asia/Tokyo"}, REMOTE_ADDR="192.0.2.7")

    row = next(row for row in exported(gina) if row["What"] == "Edited")
    assert list(row) == COLUMNS
    assert (row["When"], row["Who"], row["From"]) == ("2026-06-01 21:30:00 JST", "gina@example.com", "192.0.2.7")
    assert (row["Kind"], row["Thing"]) == ("Account", "Example Corporation")
    assert row["Before and after"] == "Time Zone: UTC → Asia/Tokyo"


def test_moves_tell_the_status_before_and_after(gina, people):
    order = make_order(people.ov, people.stan, status=Status.APPROVE)

    orders.cancel_order(order, by=people.stan)

    row = next(row for row in exported(gina) if row["Kind"] == "Order")
    assert (row["What"], row["Before and after"]) == ("Canceled", "Status: Approve → Canceled")


def test_the_newest_is_first(gina, people):
    for verb in ("invite", "edit", "unlock"):
        audit.record(people.paul, verb, by=people.gina)

    assert [what for _who, what, _thing in told(gina)] == ["Unlocked", "Edited", "Invited"]


def test_only_the_own_account_is_told(gina, people):
    audit.record(people.stranger, "edit", by=people.stranger)
    audit.record(people.foreign, "edit", by=people.stranger)

    assert told(gina) == []
    assert told(gina, "&q=stranger") == []


def test_the_vetting_team_has_no_names(gina, people):
    order = make_order(people.ov, people.stan, status=Status.PENDING)
    with time_machine.travel(timezone.now(), tick=False):
        orders.reject_order(order, reason="No such company.", by=people.vera)

    assert ("The vetting team", "Rejected", str(order)) in told(gina)
    for query in ("&q=vera", "&q=sslportal.example", "&person=vera@sslportal.example"):
        assert told(gina, query) == [], query
        reset(gina)
    page = gina.get(PAGE).content.decode()
    assert "vera@" not in page
    assert "No such company." in page


def test_the_vetting_team_has_no_names_on_the_orders_page_either(people, sign_in):
    order = make_order(people.ov, people.stan, status=Status.PENDING)
    orders.reject_order(order, reason="No such company.", by=people.vera)

    page = sign_in(people.stan).get(f"/certificates/{order.pk}/").content.decode()

    assert "The vetting team" in page
    assert "vera@" not in page


def test_filters_narrow_by_person_kind_and_time(gina, people):
    domain = make_domain(people.ov)
    with time_machine.travel("2026-03-10T23:30:00Z", tick=False):
        audit.record(domain, "add", by=people.paul)
    with time_machine.travel("2026-03-11T00:30:00Z", tick=False):
        audit.record(people.stan, "edit", by=people.gina)
        audit.record(domain, "delete")

    for query, expected in {
        "&person=paul@example.com": ["Added"],
        "&person=portal": ["Deleted"],
        "&kind=domain": ["Deleted", "Added"],
        "&since=2026-03-11": ["Deleted", "Edited"],
        "&until=2026-03-10": ["Added"],
        "&kind=domain&since=2026-03-11&person=portal": ["Deleted"],
        "&q=added": ["Added"],
        "&q=stan@": ["Edited"],
    }.items():
        reset(gina)
        assert [what for _who, what, _thing in told(gina, query)] == expected, query


def test_a_day_is_the_accounts_day(gina, people):
    type(people.company).objects.filter(pk=people.company.pk).update(time_zone="Asia/Tokyo")
    with time_machine.travel("2026-03-10T15:30:00Z", tick=False):  # half past midnight on the 11th in Tokyo
        audit.record(people.stan, "edit", by=people.gina)

    assert [what for _who, what, _thing in told(gina, "&since=2026-03-11&until=2026-03-11")] == ["Edited"]


@pytest.mark.parametrize(
    "query",
    [
        "since=nonsense",
        "since=0001-01-01",
        "until=9999-12-31",
        "until=2026-02-30",
        "kind=nonsense",
        "person=%00",
        "kind=%27",
    ],
)
def test_nonsense_in_a_filter_is_no_error(gina, people, query):
    assert gina.get(f"{PAGE}?{query}").status_code == 200


def test_filters_are_remembered_and_cleared(gina, people):
    audit.record(people.stan, "edit", by=people.gina)
    gina.get(f"{PAGE}?kind=domain")

    assert told(gina) == []
    assert 'value="domain" selected' in gina.get(PAGE).content.decode()
    reset(gina)
    assert [what for _who, what, _thing in told(gina)] == ["Edited"]


def test_things_are_linked_where_they_are_and_may_be_seen(gina, people):
    own = make_domain(people.ov, "unseen.example.com")  # gina has no role in the profile
    audit.record(own, "add", by=people.paul)
    audit.record(people.stan, "edit", by=people.gina)
    person = invitations.invite(
        people.company,
        contact={"email": "gone@example.com", "first_name": "G", "last_name": "G", "job_title": "", "phone": ""},
        is_global=False,
        access={},
        by=people.gina,
    )
    administrators.remove(person, by=people.gina)

    page = gina.get(PAGE).content.decode()

    assert f'href="/administration/administrators/{people.stan.pk}/"' in page
    assert f'href="/domains/{own.pk}/"' not in page
    assert f'href="/administration/administrators/{person.pk}/"' not in page


def test_a_person_is_told_by_name_and_address_the_operator_and_the_portal_by_what_they_are(gina, people):
    audit.record(people.paul, "edit", by=people.stan)
    audit.record(people.paul, "unlock", by=audit.OPERATOR)
    audit.record(people.paul, "lock")

    page = gina.get(PAGE).content.decode()

    assert '<span class="name">Stan Example</span> <span class="help">stan@example.com</span>' in page
    assert [who for who, _what, _thing in told(gina)] == ["The portal", "The operator", "stan@example.com"]


def test_a_search_finds_what_was_edited(gina, people):
    audit.record(people.ov, "access", by=people.gina, changes={"stan@example.com": ["", "Primary Administrator"]})
    audit.record(people.paul, "edit", by=people.gina, changes={"Job Title": ["", "部長"]})

    assert [thing for _who, _what, thing in told(gina, "&q=stan@")] == [people.ov.name]
    assert [thing for _who, _what, thing in told(gina, "&q=部長")] == ["paul@example.com"]


def test_a_status_that_stayed_is_not_told_as_a_change(gina, people):
    order = make_order(people.ov, people.stan)
    audit.record(order, "hold", before=order.status, after=order.status, reason="Two scripts in one name.")

    row = next(row for row in exported(gina) if row["Kind"] == "Order")

    assert (row["What"], row["Before and after"]) == ("Held for the vetting team", "")


def test_rows_of_kinds_and_verbs_that_the_portal_no_longer_knows_are_told_as_they_stand(gina, people):
    HistoryEntry.objects.create(
        account_id=people.company.pk, actor="paul@example.com", verb="polish", subject_type="lamp", subject_id=1,
        subject="Aladdin's", before="dull", after="bright",
    )  # fmt: skip

    assert gina.get(PAGE).status_code == 200
    row = next(row for row in exported(gina) if row["Kind"] == "lamp")
    assert (row["What"], row["Before and after"]) == ("polish", "Status: dull → bright")


def test_everything_that_moves_has_a_kind_and_words(db):
    silent = [
        model
        for model in apps.get_models()
        if hasattr(model, "MOVES") and not all([audit.words_of(model), model._meta.model_name in told_models()])
    ]

    assert silent == []


def test_formulas_are_defused(gina, people):
    audit.record(people.stan, "edit", by="=HYPERLINK(1)", reason="@SUM(1)")

    row = next(row for row in exported(gina) if row["What"] == "Edited")

    assert (row["Who"], row["Reason"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


def test_the_list_needs_the_same_number_of_queries_for_any_number(gina, people, django_assert_num_queries):
    audit.record(people.stan, "edit", by=people.gina)
    audit.record(make_domain(people.ov), "add", by=people.paul)
    gina.get(f"{PAGE}?rows=250")
    with CaptureQueriesContext(connection) as few:
        gina.get(f"{PAGE}?rows=250")
    for number in range(120):
        audit.record(make_domain(people.ov, f"d{number}.example.com"), "add", by=people.paul)

    with django_assert_num_queries(len(few)):
        gina.get(f"{PAGE}?rows=250")


def test_the_words_are_in_the_readers_language(gina, people):
    audit.record(people.stan, "edit", by=people.gina, changes={"Job Title": ["", "CTO"]})
    with translation.override("ja"):
        job_title = translation.gettext("Job Title")

    rows = csv.DictReader(b"".join(gina.get(f"{PAGE}?export=all", HTTP_ACCEPT_LANGUAGE="ja")).decode().splitlines())

    assert any(f"{job_title}: " in cell for row in rows for cell in row.values())


def test_an_account_with_a_long_history_is_paged_by_its_index(gina, people):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_historyentry (at, account_id, actor, is_team, origin, verb, subject_type, subject_id, subject, "
            "before, after, reason, changes) SELECT now(), n % 50, 'x', false, '', 'edit', 'account', 1, 'x', '', '', '', '{}' "
            "FROM generate_series(1, 5000) n"
        )
        cursor.execute("ANALYZE kit_historyentry")
        cursor.execute(
            "EXPLAIN SELECT * FROM kit_historyentry WHERE account_id = %s ORDER BY id DESC LIMIT 25",
            [people.company.pk],
        )
        plan = str(cursor.fetchall())

    assert "history_of_account" in plan


def test_a_week_old_row_is_still_there(gina, people):
    with time_machine.travel(timezone.now() - timedelta(days=7)):
        audit.record(people.stan, "edit", by=people.gina)

    assert [what for _who, what, _thing in told(gina)] == ["Edited"]
