"""Approving a request from outside: what is seen of it, what may be changed, and who confirms the domains."""

import html
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Subscription
from certificates.actions import requests
from certificates.models import Order
from certificates.outside.actions import changes
from certificates.states import Status
from domains.models import Attempt, Domain
from domains.states import Method
from profiles.states import Level
from sslportal.kit import audit
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import MovedOn, Refused
from tests.certificates.outside.visiting import OLGA, text_of
from tests.factories import (
    make_domain,
    make_ev_profile,
    make_order,
    make_outside_order,
    make_outsider,
)
from tests.letters import last_letter, letters_to


@pytest.fixture
def order(people, portal):
    return make_outside_order(people.ov, name="www.example-new.com", comments="For the shop.")


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def test_the_approver_sees_who_asks_why_and_that_it_came_by_the_portal(paul, order):
    for tail in ("", "approve/", "approve/confirm/"):
        told = text_of(paul.get(f"/certificates/{order.pk}/{tail}"))
        assert OLGA in told
        assert "request portal" in told
        assert order.outsider.reference in told
    assert "For the shop." in text_of(paul.get(f"/certificates/{order.pk}/approve/"))


@pytest.mark.parametrize(
    ("was_proved", "says"), [(True, "was confirmed by a mail"), (False, "Ask before you approve.")]
)
def test_the_approver_sees_whether_the_address_was_proved(people, portal, paul, was_proved, says):
    order = make_outside_order(people.ov, outsider=make_outsider(people.company, was_proved=was_proved))

    assert says in text_of(paul.get(f"/certificates/{order.pk}/approve/"))


def test_lists_and_exports_name_the_requester_with_the_mark(people, paul, order):
    make_order(people.ov, people.paul)

    page = paul.get("/certificates/?q=olga")
    export = b"".join(paul.get("/certificates/?export=all")).decode()

    assert [one.pk for one in page.context["page"].object_list.data] == [order.pk]
    assert '<span class="from-outside">request portal</span>' in page.content.decode()
    assert f"{OLGA} (request portal)" in export


def test_lists_are_searched_for_people_outside_by_one_query_however_many_there_are(people, paul, order):
    for number in range(3):
        make_outside_order(people.ov, f"olga{number}@outside.example")

    with CaptureQueriesContext(connection) as queries:
        page = paul.get("/certificates/?q=olga")

    assert len(page.context["page"].object_list.data) == 4
    assert not [query for query in queries if "olga2@" in query["sql"]]


@pytest.mark.parametrize(("sort", "expected"), [("requester", "npo"), ("-requester", "opn")])
def test_lists_sort_requesters_of_both_kinds_by_their_address(people, portal, paul, sort, expected):
    make_outside_order(people.ov, "n@outside.example", name="n.example.com")
    make_order(people.ov, people.paul, name="p.example.com")
    make_outside_order(people.ov, "zoe@outside.example", name="o.example.com")

    page = paul.get(f"/certificates/?sort={sort}")

    assert "".join(row.record.common_name[0] for row in page.context["page"].object_list) == expected


def test_the_approver_chooses_how_new_domains_are_confirmed(people, paul, order):
    page = paul.get(f"/certificates/{order.pk}/approve/confirm/")
    assert "Confirm Domain Control" in text_of(page)
    wrong = paul.post(f"/certificates/{order.pk}/approve/confirm/")
    assert wrong.status_code == 422

    paul.post(f"/certificates/{order.pk}/approve/confirm/", {"control-example-new.com": "admin@example-new.com"})

    order.refresh_from_db()
    domain = Domain.objects.get()
    assert (order.status, order.approver) == (Status.PENDING, people.paul)
    assert (domain.name, domain.requester, domain.status) == ("example-new.com", people.paul, "pending")
    assert Attempt.objects.get().method == Method.MAIL
    assert "paul@example.com" in last_letter("admin@example-new.com").text
    assert [mail.key for mail in letters_to(OLGA)] == [f"request-portal-approved:{order.pk}"]


def test_a_way_that_is_not_on_offer_is_refused(paul, order):
    answer = paul.post(
        f"/certificates/{order.pk}/approve/confirm/", {"control-example-new.com": "admin@elsewhere.example"}
    )

    assert answer.status_code == 422
    assert not Domain.objects.exists()


def test_known_domains_are_not_asked_for(people, paul, order):
    make_domain(people.ov, "example-new.com")

    paul.post(f"/certificates/{order.pk}/approve/confirm/")

    order.refresh_from_db()
    assert order.status == Status.PENDING
    assert Domain.objects.count() == 1


def test_a_full_subscription_is_told_to_the_approver_and_nothing_is_approved(people, paul, order):
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2100, 1, 1)}
    Subscription.objects.create(account=people.company, product="SSL", domains=1, **days)
    make_domain(people.ov, "other.example")

    page = paul.post(f"/certificates/{order.pk}/approve/confirm/", {"control-example-new.com": "manual"}, follow=True)

    assert "subscription" in text_of(page)
    order.refresh_from_db()
    assert order.status == Status.APPROVE
    assert not letters_to(OLGA)


def test_requests_of_inside_are_approved_as_before(people, paul):
    order = make_order(people.ov, people.stan, status=Status.APPROVE, name="www.example-new.com")

    paul.post(f"/certificates/{order.pk}/approve/confirm/")

    order.refresh_from_db()
    assert order.status == Status.PENDING
    assert not Domain.objects.exists()


def test_what_the_approver_changes_is_told_to_the_requester(people, paul, order):
    path = f"/certificates/{order.pk}/change/"
    assert "Change Certificate Request" in text_of(paul.get(path))

    page = paul.post(
        path, {"level": "OV", "validity": "730-days", "sans": "shop.example-new.com\nwww.example-new.com"}, follow=True
    )

    order.refresh_from_db()
    assert (order.validity, order.sans, order.status) == ("730-days", ["shop.example-new.com"], Status.APPROVE)
    assert "Approve Certificate Request" in text_of(page)
    letter = last_letter(OLGA)
    assert letter.subject == "Your certificate request for www.example-new.com was changed"
    assert "→ shop.example-new.com" in letter.text
    assert "1 year → 2 years" in letter.text.replace("Validity Period: ", "")
    assert people.paul.email not in letter.text
    entry = audit.of(order).get(verb="change")
    assert entry.actor == people.paul.email
    assert set(entry.changes) == {"Validity Period", "SANs"}


def test_a_change_of_nothing_tells_nobody(people, order):
    changes.change_request(order, level="OV", validity=order.validity, sans=[], by=people.paul)

    assert not OutgoingMail.objects.exists()
    assert not audit.of(order).exists()


def test_a_change_to_ev_takes_the_data_of_ev_and_back(people, portal):
    ev = make_ev_profile(people.company, primary=people.paul)
    order = make_outside_order(ev, level="OV")

    changes.change_request(order, level="EV", validity=order.validity, sans=[], by=people.paul)
    order.refresh_from_db()
    assert (order.level, order.ev_subject["registration_number"]) == ("EV", ev.registration_number)

    changes.change_request(order, level="OV", validity=order.validity, sans=[], by=people.paul)
    order.refresh_from_db()
    assert (order.level, order.ev_subject) == ("OV", {})


def test_a_change_looks_at_the_names_again(people, order):
    changes.change_request(
        order, level="OV", validity=order.validity, sans=["xn--pple-43d.example.com"], by=people.paul
    )

    order.refresh_from_db()
    assert order.hold == "names"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"level": "EV"}, "level"),
        ({"validity": "9999-days"}, "validity"),
        ({"sans": "127.0.0.1"}, "sans"),
        ({"sans": " ".join(f"a{n}.example.com" for n in range(99))}, "sans"),
        ({"sans": "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----"}, "sans"),
    ],
)
def test_a_bad_change_is_refused_at_its_field(paul, order, fields, field):
    page = paul.post(f"/certificates/{order.pk}/change/", {"level": "OV", "validity": "365-days", "sans": "", **fields})

    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert not OutgoingMail.objects.exists()


def test_only_who_may_approve_changes_only_what_came_from_outside_and_waits(people, sign_in, order):
    inside = make_order(people.ov, people.stan, status=Status.APPROVE)
    approved = make_outside_order(people.ov, status=Status.PENDING)
    values = {"level": "OV", "validity": "730-days", "sans": ""}

    assert sign_in(people.stan).post(f"/certificates/{order.pk}/change/", values).status_code == 403
    assert sign_in(people.stranger).post(f"/certificates/{order.pk}/change/", values).status_code == 404
    paul = sign_in(people.paul)
    for other in (inside, approved):
        assert paul.post(f"/certificates/{other.pk}/change/", values).status_code == 302
    assert set(Order.objects.values_list("validity", flat=True)) == {"365-days"}
    with pytest.raises(MovedOn):
        changes.change_request(approved, **{**values, "sans": []}, by=people.paul)


def test_ev_is_not_changed_to_for_a_profile_that_is_ov_by_now(people, order):
    with pytest.raises(Refused, match="OV only"):
        changes.change_request(order, level=Level.EV, validity=order.validity, sans=[], by=people.paul)


def test_what_another_approver_changes_meanwhile_is_not_approved_unseen(people, paul, order):
    make_domain(people.ov, "example-new.com")
    first = paul.get(f"/certificates/{order.pk}/approve/").content.decode()
    onward = html.unescape(re.search(r'href="([^"]*/approve/confirm/[^"]*)"', first).group(1))
    changes.change_request(order, level="OV", validity="730-days", sans=["shop.example-new.com"], by=people.paul)

    seen = re.search(r'name="seen"\s+value="([^"]+)"', paul.get(onward).content.decode()).group(1)
    page = paul.post(onward, {"seen": seen}, follow=True)

    assert "has changed meanwhile" in text_of(page)
    order.refresh_from_db()
    assert order.status == Status.APPROVE
    paul.post(f"/certificates/{order.pk}/approve/confirm/", {"seen": order.edition})
    order.refresh_from_db()
    assert order.status == Status.PENDING


def test_what_another_approver_changes_meanwhile_is_not_overwritten(people, paul, order):
    path = f"/certificates/{order.pk}/change/"
    seen = re.search(r'name="seen"\s+value="([^"]+)"', paul.get(path).content.decode()).group(1)
    changes.change_request(order, level="OV", validity="730-days", sans=["shop.example-new.com"], by=people.paul)

    page = paul.post(path, {"level": "OV", "validity": "365-days", "sans": "", "seen": seen}, follow=True)

    assert "has changed meanwhile" in text_of(page)
    order.refresh_from_db()
    assert (order.validity, order.sans) == ("730-days", ["shop.example-new.com"])


def test_a_name_that_became_a_public_suffix_is_told_to_who_changes_the_request(people, paul, portal):
    order = make_outside_order(people.ov, name="co.uk")

    page = paul.post(
        f"/certificates/{order.pk}/change/", {"level": "OV", "validity": "730-days", "sans": ""}, follow=True
    )

    assert page.status_code == 200
    assert "co.uk" in text_of(page)
    order.refresh_from_db()
    assert order.validity == "365-days"


def test_approving_ev_upgrades_the_domains(people, portal):
    ev = make_ev_profile(people.company, primary=people.paul)
    domain = make_domain(ev, "example.com", level="OV")
    order = make_outside_order(ev)

    requests.approve_order(order, by=people.paul)

    domain.refresh_from_db()
    assert domain.status == "upgrading"


def test_the_vetting_desk_shows_who_asked(people, sign_in, order):
    page = sign_in(people.vera).get(f"/vetting/certificates/order/{order.pk}/change/")

    assert f"{OLGA} (request portal)" in text_of(page)
