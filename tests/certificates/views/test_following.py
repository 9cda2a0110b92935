"""Re-issue and renew: what starts from the old order, what may change, what is told before it happens, and only once."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from certificates import csr
from certificates.actions import requests, revocation
from certificates.models import Order
from certificates.states import Kind, Reason, Status
from domains.models import Domain
from profiles.states import Level
from sslportal.kit import audit, clock
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from tests.factories import make_domain, make_ev_profile, make_issued, make_profile
from tests.openssl import csr_pem
from tests.wizard import details, errors, send, url_of


@pytest.fixture
def paul(sign_in, people):
    return sign_in(people.paul)


def first_page(source, **fields):
    values = {
        "profile": source.profile_id, "level": source.level, "hash_algorithm": "SHA-256", "validity": "365-days",
        "csr": csr_pem(), "comments": "",
    }  # fmt: skip
    return values | fields


def wanted(source, kind, **fields):
    values = {
        "profile": source.profile, "level": source.level, "hash_algorithm": "SHA-256", "validity": "365-days",
        "request": csr.read(csr_pem()), "common_name": source.common_name, "sans": [], "kind": kind, "source": source,
    }  # fmt: skip
    return requests.Wanted(**(values | fields))


def renew(source, by):
    return requests.submit_order(wanted(source, Kind.RENEWAL), submission=uuid.uuid4(), by=by)


def initial(response):
    form = response.context["form"]
    return {name: form[name].value() for name in form.fields}


def test_a_reissue_starts_from_the_old_orders_fields(people, paul):
    source = make_issued(people.ov, people.stan, validity="730-days", comments="For the shop.")

    page = paul.get(f"/certificates/{source.pk}/re-issue/")

    assert initial(page) == {
        "profile": people.ov.pk, "level": "OV", "hash_algorithm": None, "validity": "730-days", "csr": None,
        "comments": "For the shop.",
    }  # fmt: skip
    assert page.context["step"].title == "Re-Issue Certificate"
    assert 'for="id_csr">Paste in CSR' in page.content.decode()
    assert not Draft.objects.exists()


def test_a_reissue_needs_a_new_csr(people, paul):
    source = make_issued(people.ov, people.stan)

    page = send(paul, f"/certificates/{source.pk}/re-issue/", first_page(source, csr=""))

    assert errors(page, "csr") == ["Please paste a CSR: the whole text, from the BEGIN line to the END line."]


def test_a_reissue_keeps_the_names_and_adds_those_of_the_csr(people, paul):
    make_domain(people.ov)
    source = make_issued(people.ov, people.stan, sans=["shop.example.com"], recipients=["ops@example.com"])
    pem = csr_pem("www.example.com", sans=("www.example.com", "new.example.com"))

    page = send(paul, f"/certificates/{source.pk}/re-issue/", first_page(source, csr=pem))

    assert initial(page) == {
        "common_name": "www.example.com", "add_sans": "", "sans": ["shop.example.com", "new.example.com"],
        "recipients": "ops@example.com", "removed": None, "addresses": [],
    }  # fmt: skip


def test_a_reissue_is_a_copy_and_the_original_stays_as_it_is(people, paul):
    make_domain(people.ov)
    source = make_issued(people.ov, people.stan)
    page = send(paul, f"/certificates/{source.pk}/re-issue/", first_page(source))
    page = send(paul, url_of(page), details())
    assert [page.context["step"].key, str(page.context["wizard"].finish_word)] == ["summary", "Approve"]

    page = send(paul, url_of(page), go="finish")

    order, source = Order.objects.latest("pk"), Order.objects.get(pk=source.pk)
    assert (order.kind, order.source, order.status, source.status) == (
        Kind.REISSUE,
        source,
        Status.PENDING,
        Status.ISSUED,
    )
    assert [entry.verb for entry in audit.of(source)] == ["reissued"]
    assert not Draft.objects.exists()


@pytest.mark.parametrize("status", Status)
def test_only_what_has_a_certificate_is_issued_again(people, paul, status):
    there = status in (Status.ISSUED, Status.UNUSED, Status.REVOKED, Status.EXPIRED)
    source = make_issued(people.ov, people.stan, status=status)

    answer = paul.get(f"/certificates/{source.pk}/re-issue/")

    assert answer.status_code == (200 if there else 302)


@pytest.mark.parametrize(
    ("status", "days_left", "is_open"),
    [
        (Status.ISSUED, 91, False), (Status.ISSUED, 89, True), (Status.EXPIRED, -1, True), (Status.EXPIRED, -900, True),
        (Status.UNUSED, 30, False), (Status.REVOKED, 30, False), (Status.PENDING, 30, False),
    ],
)  # fmt: skip
def test_a_certificate_is_renewed_from_90_days_before_its_end(people, paul, status, days_left, is_open):
    source = make_issued(people.ov, people.stan, status=status, days=365, age=365 - days_left)

    answer = paul.get(f"/certificates/{source.pk}/renew/")

    assert answer.status_code == (200 if is_open else 302)


def test_too_early_it_says_from_when_on(people, paul):
    source = make_issued(people.ov, people.stan, days=365)

    page = paul.get(f"/certificates/{source.pk}/renew/", follow=True)

    assert "90 days before it expires" in page.content.decode()


def test_a_renewal_without_a_csr_keeps_key_and_names(people, paul):
    make_domain(people.ov)
    source = make_issued(people.ov, people.stan, days=60, sans=["shop.example.com"])

    page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=""))
    assert list(page.context["form"].fields) == ["recipients"]
    page = send(paul, url_of(page), {"recipients": "ops@example.com", "common_name": "evil.example.net"})
    send(paul, url_of(page), go="finish")

    order = Order.objects.latest("pk")
    assert (order.kind, order.source) == (Kind.RENEWAL, source)
    assert (order.csr, order.key_sha256) == (source.csr, source.key_sha256)
    assert (order.common_name, order.sans, order.recipients) == (
        "www.example.com", ["shop.example.com"], ["ops@example.com"],
    )  # fmt: skip


def test_an_empty_box_is_not_read_as_the_old_csr(people, paul):
    source = make_issued(people.ov, people.stan, days=60)

    page = paul.get(f"/certificates/{source.pk}/renew/")

    assert page.context["form"].reading is None
    assert "The CSR can be used." not in page.content.decode()


def test_a_renewal_with_a_new_csr_may_change_the_names(people, paul):
    make_domain(people.ov)
    source = make_issued(people.ov, people.stan, days=60)
    page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=csr_pem("new.example.com")))

    assert initial(page)["common_name"] == "new.example.com"
    assert initial(page)["sans"] == ["www.example.com"]


def test_a_renewal_with_a_compromised_key_needs_another(people, paul):
    source = make_issued(people.ov, people.stan, days=60)
    revocation.revoke_order(make_issued(people.ov, people.stan), reason=Reason.KEY, by=people.paul)

    page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=""))

    assert errors(page, "csr") == [
        "The key in the CSR was reported as stolen or compromised, and is never certified again. Please make a new key "
        "pair and a new CSR."
    ]


def test_a_certificate_is_renewed_once(people, paul):
    source = make_issued(people.ov, people.stan, days=60)
    renewal = renew(source, people.paul)

    page = paul.get(f"/certificates/{source.pk}/renew/", follow=True)
    with pytest.raises(Refused, match="renewed already"):
        renew(source, people.paul)

    assert f"renewed already, by order {renewal.pk}" in page.content.decode()
    assert Order.objects.filter(source=source).count() == 1


def test_a_second_draft_of_a_renewal_is_told_when_it_is_sent(people, paul):
    make_domain(people.ov)
    source = make_issued(people.ov, people.stan, days=60)
    page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=""))
    page = send(paul, url_of(page), {"recipients": ""})
    renew(source, people.paul)

    page = send(paul, url_of(page), go="finish")

    assert "renewed already" in page.content.decode()
    assert Order.objects.filter(source=source).count() == 1


@pytest.mark.parametrize("status", [Status.CANCELED, Status.REJECTED])
def test_a_renewal_of_which_nothing_came_frees_the_next(people, status):
    source = make_issued(people.ov, people.stan, days=60)
    Order.objects.filter(pk=renew(source, people.paul).pk).update(status=status)

    again = renew(Order.objects.get(pk=source.pk), people.paul)

    assert Order.objects.get(pk=source.pk).renewal == again


def test_the_database_keeps_the_promise_too(people):
    source = make_issued(people.ov, people.stan, days=60)
    renew(source, people.paul)

    with pytest.raises(IntegrityError):
        make_issued(people.ov, people.stan, kind=Kind.RENEWAL, source=source)


def test_a_renewal_by_somebody_without_approval_waits_for_it(people):
    source = make_issued(people.ov, people.stan, days=60)

    assert renew(source, people.stan).status == Status.APPROVE


@pytest.mark.parametrize("person", ["stranger", "gina", "vera"])
def test_nobody_renews_what_is_not_theirs(people, person):
    source = make_issued(people.ov, people.stan, days=60)
    theirs = make_profile(people.foreign, "Theirs", primary=people.stranger)

    with pytest.raises(PermissionDenied):
        requests.submit_order(
            wanted(source, Kind.RENEWAL, profile=theirs), submission=uuid.uuid4(), by=getattr(people, person)
        )


def test_a_draft_is_gone_with_the_right_to_see_the_old_order(people, paul):
    source = make_issued(people.ov, people.stan, days=60)
    page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=""))
    people.ov.accesses.filter(administrator=people.paul).delete()
    make_profile(people.company, "Another", primary=people.paul)

    assert paul.get(url_of(page)).status_code == 404


def test_a_draft_is_taken_up_again_after_signing_out(people, paul, sign_in):
    source = make_issued(people.ov, people.stan, days=60)
    page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr="", comments="Third year."))
    draft = Draft.objects.get()
    paul.logout()

    again = sign_in(people.paul).get(f"/certificates/new/{draft.pk}/", follow=True)

    assert again.redirect_chain[-1][0] == url_of(page)
    assert again.context["wizard"].request["comments"] == "Third year."


class TestEv:
    """EV falls back to OV where profile or a domain is EV no longer, told before (E14)."""

    @pytest.fixture
    def ev(self, people):
        return make_ev_profile(people.company, primary=people.paul)

    def test_it_stays_ev_where_all_is_ev(self, people, ev, paul):
        make_domain(ev, level=Level.EV)
        source = make_issued(ev, people.paul, days=60)

        page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=""))
        page = send(paul, url_of(page), {"recipients": ""})

        assert (page.context["wanted"].level, page.context["no_longer_ev"]) == ("EV", [])

    def test_a_profile_that_is_ov_now_is_told_on_the_first_page(self, people, ev, paul):
        make_domain(ev, level=Level.EV)
        source = make_issued(ev, people.paul, days=60)
        ev.level = Level.OV
        ev.save()

        page = paul.get(f"/certificates/{source.pk}/re-issue/")

        assert initial(page)["level"] == "OV"
        assert "is vetted to EV no longer: you get an OV certificate" in " ".join(page.content.decode().split())

    def test_a_domain_that_is_ov_now_is_told_on_the_summary(self, people, ev, paul):
        domain = make_domain(ev, level=Level.OV)
        source = make_issued(ev, people.paul, days=60)

        page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=""))
        page = send(paul, url_of(page), {"recipients": ""})
        told = page.context["no_longer_ev"]
        send(paul, url_of(page), go="finish")

        assert told == [domain]
        assert Order.objects.latest("pk").level == "OV"
        assert Domain.objects.get().status == "ready"  # no upgrade was asked for

    def test_a_new_domain_is_vetted_to_ev_instead(self, people, ev, paul):
        make_domain(ev, level=Level.EV)
        source = make_issued(ev, people.paul, days=60)
        pem = csr_pem("www.example.com", sans=("www.example.net",))

        page = send(paul, f"/certificates/{source.pk}/re-issue/", first_page(source, csr=pem))
        page = send(paul, url_of(page), details(sans=["www.example.net"]))

        assert (page.context["step"].key, page.context["no_longer_ev"]) == ("domains", [])
        assert page.context["domains"] == [("example.net", True)]


def test_an_expired_certificate_is_renewed_long_after(people):
    source = make_issued(people.ov, people.stan, status=Status.EXPIRED, days=30, age=400)

    renewal = renew(source, people.paul)

    assert clock.now() - source.certificate.not_after > timedelta(days=369)
    assert renewal.source == source
