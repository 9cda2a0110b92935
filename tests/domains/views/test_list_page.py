"""The list of domains: columns, what is found, what can be ticked and upgraded, and its export."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Subscription
from domains.states import Status
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from sslportal.kit import clock
from sslportal.kit.models import Draft
from tests.factories import make_domain, make_ev_profile, make_profile

LIST = "/domains/"
COLUMNS = ["Domain Name", "Added", "Requester", "Type", "Status", "Organization Profile", "Expires", "Re-Vetting"]


def shown(client, query=""):
    """The names of the rows, in order."""
    return [row.record.name for row in client.get(f"{LIST}{query}").context["page"].object_list]


def exported(client, which, query=""):
    response = client.get(f"{LIST}?export={which}{query}")
    return response, list(csv.reader(io.StringIO(b"".join(response).decode())))


def html(client, query=""):
    return client.get(f"{LIST}{query}").content.decode()


# Columns and rows


def test_the_columns_are_those_of_the_guide(people, paul):
    make_domain(people.ov)

    columns = [str(column.header) for column in paul.get(LIST).context["table"].columns]

    assert columns == ["Selected", *COLUMNS]


def test_domains_are_sorted_by_name_at_first(people, paul):
    for name in ("c.example", "a.example", "b.example"):
        make_domain(people.ov, name)

    assert shown(paul) == ["a.example", "b.example", "c.example"]


def test_only_domains_of_ones_own_profiles_are_there(people, paul):
    make_domain(people.ov, "ours.example")
    make_domain(make_profile(people.company, "Not pauls"), "colleagues.example")
    make_domain(people.foreign_ov, "strangers.example")

    assert shown(paul) == ["ours.example"]


def test_the_same_name_in_two_profiles_is_two_rows(people, paul):
    make_domain(people.ov)
    make_domain(make_profile(people.company, "Second", primary=people.paul))

    assert shown(paul) == ["example.com", "example.com"]


def test_a_row_says_what_is_known_and_nothing_where_nothing_is(people, paul, noon):
    ends = clock.now() + timedelta(days=20, hours=1)
    make_domain(people.ov, requester=people.stan, status=Status.EXPIRING, expires_at=ends, revet_at=ends)
    make_domain(people.ov, "pending.example", status=Status.PENDING)

    page = html(paul)

    for told in ("stan@example.com", "Expiring", "20 days", "Example OV", 'class="days days-soon"'):
        assert told in page
    assert page.count('<td class="cell-expires" data-label="Expires"></td>') == 1
    assert page.count('<td class="cell-requester" data-label="Requester"></td>') == 1


def test_an_idn_is_shown_and_found_in_both_forms(people, paul):
    make_domain(people.ov, "xn--exmple-cua.com")
    make_domain(people.ov, "example.com")

    assert "xn--exmple-cua.com (exämple.com)" in html(paul)
    for typed in ("exämple", "EXÄMPLE.com", "xn--exmple"):
        assert shown(paul, f"?q={typed}") == ["xn--exmple-cua.com"]


def test_a_name_leads_to_its_page(people, paul):
    domain = make_domain(people.ov)

    assert f'href="{LIST}{domain.pk}/"' in html(paul)


def test_an_empty_list_says_what_to_do(people, paul):
    page = html(paul)

    assert "No domains yet" in page
    assert page.count('href="/domains/add/"') == 2
    assert "Export" not in page


def test_the_use_of_the_subscription_is_told(people, paul):
    assert "unique domains" not in html(paul)
    today = clock.now().date()
    for domains in (3, 2):
        Subscription.objects.create(
            account=people.company, product="SSL", domains=domains, starts_on=today, ends_on=today
        )
    make_domain(people.ov)
    make_domain(make_profile(people.company, "Another"))
    make_domain(people.ov, "declined.example", status=Status.DECLINED)

    assert "Your account uses 1 of 5 unique domains of its subscriptions." in html(paul)


def test_an_unfinished_request_can_be_gone_on_with_by_its_owner(people, paul, sign_in):
    draft = Draft.objects.create(kind="domains", owner=people.paul)
    Draft.objects.create(kind="order", owner=people.paul)

    assert re.findall(r'href="(/domains/add/[0-9a-f-]+/)"', html(paul)) == [f"/domains/add/{draft.pk}/"]
    assert "unfinished" not in html(sign_in(people.stan))


# Sorting, searching, filtering


def test_every_column_sorts_both_ways(people, paul):
    old = datetime(2025, 1, 1, tzinfo=UTC)
    ev = make_ev_profile(people.company, primary=people.paul)
    make_domain(ev, "b.example", level=Level.EV, status=Status.EXPIRING, requester=people.paul, added_at=old,
                expires_at=clock.now(), revet_at=old)  # fmt: skip
    make_domain(people.ov, "a.example", requester=people.stan, expires_at=old, revet_at=clock.now())

    orders = {
        name: ["".join(row[0] for row in shown(paul, f"?sort={sign}{name}")) for sign in ("", "-")]
        for name in ("name", "added", "requester", "level", "status", "profile", "expires", "revet")
    }
    assert orders == {
        "name": ["ab", "ba"],
        "added": ["ba", "ab"],
        "requester": ["ba", "ab"],
        "level": ["ba", "ab"],
        "status": ["ba", "ab"],
        "profile": ["ba", "ab"],
        "expires": ["ab", "ba"],
        "revet": ["ba", "ab"],
    }


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("shop", ["shop.example"]),
        ("stan@", ["shop.example"]),
        ("declined", ["blog.example"]),
        ("Example OV", ["blog.example", "shop.example"]),
        ("ov shop", ["shop.example"]),
        ("'; drop table", []),
        ("%", []),
        ("\0", ["blog.example", "shop.example"]),
    ],
)
def test_the_search_looks_at_all_text(people, paul, typed, found):
    make_domain(people.ov, "shop.example", requester=people.stan)
    make_domain(people.ov, "blog.example", status=Status.DECLINED)

    response = paul.get(LIST, {"q": typed})

    assert [row.record.name for row in response.context["page"].object_list] == found


@pytest.mark.parametrize("status", Status)
def test_each_status_can_be_filtered_by(people, paul, status):
    for one in Status:
        make_domain(people.ov, f"{one}.example", status=one)

    assert shown(paul, f"?status={status}") == [f"{status}.example"]


def test_nothing_that_matches_says_so_and_leads_to_everything(people, paul):
    make_domain(people.ov)

    page = html(paul, "?q=nowhere")

    assert "Nothing matches." in page
    assert "No domains yet" not in page


def test_what_was_set_is_kept_until_signing_out(people, paul, sign_in):
    for status in (Status.READY, Status.PENDING):
        make_domain(people.ov, f"{status}.example", status=status)
    assert shown(paul, "?status=pending") == ["pending.example"]
    assert shown(paul) == ["pending.example"]
    paul.logout()

    assert len(shown(sign_in(people.paul))) == 2


# What can be done


@pytest.mark.parametrize("person", ["paul", "stan"])
def test_both_roles_may_tick_add_and_delete(people, sign_in, person):
    domain = make_domain(people.ov)

    page = html(sign_in(getattr(people, person)))

    assert f'name="pick" value="{domain.pk}" form="picked"' in page
    assert "Select example.com" in page
    assert '<form id="picked" action="/domains/delete/">' in page
    assert 'href="/domains/add/"' in page


def test_without_a_role_there_is_nothing_to_tick_and_nothing_to_add(people, sign_in):
    make_domain(people.ov)

    page = html(sign_in(people.gina))

    for missing in ("example.com</a>", 'name="pick"', 'id="picked"', "/domains/add/"):
        assert missing not in page


def test_domains_of_a_profile_that_takes_no_more_can_still_be_deleted(people, paul):
    people.ov.status = ProfileStatus.SUSPENDED
    people.ov.save()
    make_domain(people.ov)

    page = html(paul)

    assert 'id="picked"' in page
    assert 'name="pick"' in page
    assert "/domains/add/" not in page


def test_the_up_arrow_stands_where_an_upgrade_can_be_asked_for(people, paul):
    ev = make_ev_profile(people.company, primary=people.paul)
    foreign_role = make_ev_profile(people.company, "EV of others")
    busy = make_ev_profile(people.company, "Busy", primary=people.paul, status=ProfileStatus.UPGRADING)
    can = [make_domain(ev, f"{status}.example", status=status) for status in (Status.READY, Status.EXPIRING)]
    for status in set(Status) - {Status.READY, Status.EXPIRING}:
        make_domain(ev, f"{status}.example", status=status)
    make_domain(ev, "ev.example", level=Level.EV)
    make_domain(people.ov, "in-ov.example")
    make_domain(foreign_role, "others.example")
    make_domain(busy, "busy.example")

    arrows = re.findall(
        r'href="/domains/(\d+)/#choose"\s+title="Upgrade to EV"\s+aria-label="Upgrade to EV"', html(paul)
    )

    assert {int(pk) for pk in arrows} == {domain.pk for domain in can}


# Export


def test_the_export_has_the_columns_without_the_boxes(people, paul):
    added = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    ends = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    ev = make_ev_profile(people.company, primary=people.paul)
    make_domain(ev, "xn--exmple-cua.com", requester=people.paul, added_at=added, expires_at=ends, revet_at=added)
    make_domain(people.ov, "pending.example", status=Status.PENDING, added_at=added)

    response, lines = exported(paul, "all")

    assert response.headers["Content-Disposition"] == 'attachment; filename="Domains.csv"'
    moments = ["2026-01-02 03:04:05 UTC", "2027-01-02 03:04:05 UTC"]
    assert lines == [
        COLUMNS,
        ["pending.example", moments[0], "", "OV", "Pending", "Example OV", "", ""],
        ["xn--exmple-cua.com (exämple.com)", moments[0], "paul@example.com", "OV", "Ready", "Example EV", moments[1],
         moments[0]],
    ]  # fmt: skip


def test_the_export_holds_what_is_shown_or_all_that_matches(people, paul):
    for number in range(30):
        make_domain(people.ov, f"n{number:02}.example")
    make_domain(people.ov, "other.test")

    sizes = {which: len(exported(paul, which, "&q=.example")[1]) - 1 for which in ("shown", "all")}

    assert sizes == {"shown": 25, "all": 30}


def test_the_export_holds_no_formula(people, paul):
    people.ov.name = "=cmd|' /C calc'!A0"
    people.ov.save()
    make_domain(people.ov)

    _response, lines = exported(paul, "all")

    assert lines[1][5] == "'=cmd|' /C calc'!A0"


def test_a_profiles_name_is_escaped(people, paul):
    people.ov.name = "<b>Bold</b>"
    people.ov.save()
    make_domain(people.ov)

    assert "<b>Bold" not in html(paul)


# Queries


def test_the_list_takes_as_many_queries_for_three_rows_as_for_one(people, paul):
    ev = make_ev_profile(people.company, primary=people.paul)
    make_domain(ev, "one.example", requester=people.paul)
    paul.get(LIST)

    with CaptureQueriesContext(connection) as one:
        paul.get(LIST)
    make_domain(ev, "two.example", requester=people.stan, expires_at=clock.now())
    make_domain(people.ov, "three.example", status=Status.EXPIRING, expires_at=clock.now())
    with CaptureQueriesContext(connection) as three:
        paul.get(LIST)

    assert len(three) == len(one)
