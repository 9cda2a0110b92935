"""What a second look at the life of orders found: who is told what, what cannot be got round, and what was seen before."""

import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates import csr, keys
from certificates.actions import caa_checks, processing, requests, revocation
from certificates.models import Certificate, Order
from certificates.states import Hold, Kind, Reason, Status
from domains.states import Status as DomainStatus
from profiles.states import Level
from sslportal.kit import audit
from sslportal.kit.models import Draft, OutgoingMail
from sslportal.kit.moves import Refused
from tests.certificates.test_actions import submit
from tests.factories import issue, make_domain, make_ev_profile, make_issued, make_order, make_profile, plan, sign
from tests.openssl import csr_pem
from tests.wizard import errors, send, url_of


@pytest.fixture
def paul(sign_in, people):
    return sign_in(people.paul)


@pytest.fixture
def vera(sign_in, people):
    return sign_in(people.vera)


@pytest.fixture
def private_key():
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compromise(people):
    revocation.revoke_order(make_issued(people.ov, people.stan), reason=Reason.KEY, by=people.paul)


def first_page(source, **fields):
    values = {
        "profile": source.profile_id, "level": source.level, "hash_algorithm": "SHA-256", "validity": "365-days",
        "csr": "", "comments": "",
    }  # fmt: skip
    return values | fields


def to_summary(client, source, **fields):
    """Renew with the CSR of the old order, up to the summary."""
    page = send(client, f"/certificates/{source.pk}/renew/", first_page(source, **fields))
    return send(client, url_of(page), {"recipients": ""})


def count_queries(client, url):
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


class TestKeys:
    def test_an_unused_certificate_with_a_compromised_key_is_not_restored(self, people):
        order = make_issued(people.ov, people.stan, status=Status.UNUSED)
        compromise(people)

        with pytest.raises(Refused, match="its key was reported as stolen or compromised"):
            revocation.restore_order(order, by=people.paul)

        assert Order.objects.get(pk=order.pk).status == Status.UNUSED

    def test_a_csr_with_the_same_key_is_not_the_new_one_that_was_asked_for(self, people):
        order = make_order(people.ov, people.stan)
        requests.ask_for_csr(order, reason="The key is used by another server.", by=people.vera)

        with pytest.raises(Refused, match="the same key as the one before"):
            requests.supply_csr(order, new_csr=keys.read_csr(order.csr), by=people.stan)

        assert Order.objects.get().hold == Hold.CSR

    def test_the_page_says_that_the_key_is_the_same(self, people, paul):
        order = make_order(people.ov, people.stan)
        requests.ask_for_csr(order, reason="Another key, please.", by=people.vera)

        page = paul.post(f"/certificates/{order.pk}/new-csr/", {"csr": order.csr})

        assert (page.status_code, page.context["form"]["csr"].value()) == (422, order.csr)
        assert "the same key as the one before" in errors(page, "csr")[0]

    def test_a_new_key_is_not_signed_under_the_serial_number_of_the_old_one(self, people, ca):
        """A worker has planned; before it signs, a new CSR is asked for and supplied."""
        make_domain(people.ov)
        order = make_order(people.ov, people.stan)
        caa_checks.check(order)
        old = plan(order)
        requests.ask_for_csr(order, reason="Another key, please.", by=people.vera)
        requests.supply_csr(order, new_csr=keys.read_csr(csr_pem("shop.example.com")), by=people.stan)

        assert sign(order) is None
        assert not Certificate.objects.exists()
        assert issue(Order.objects.get()).serial_number != old.serial_number

    @pytest.mark.parametrize("too_much", [False, True])
    def test_a_paste_that_cannot_be_kept_does_not_stand_for_the_old_csr(self, people, paul, private_key, too_much):
        source = make_issued(people.ov, people.stan, days=60)
        paste = "x" * 70_000 if too_much else private_key

        page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, csr=paste))
        again = paul.get(f"/certificates/new/{Draft.objects.get().pk}/", follow=True)

        assert len(errors(page, "csr")) == 1
        assert again.context["step"].key == "request"

    @pytest.mark.parametrize(
        ("path", "field"), [("comments", "comments"), ("recipients", "recipients"), ("revoke", "detail")]
    )
    def test_a_private_key_in_a_box_of_an_order_is_not_carried_back(self, people, paul, private_key, path, field):
        order = make_issued(people.ov, people.stan)

        page = paul.post(f"/certificates/{order.pk}/{path}/", {field: private_key, "reason": "other", "go": "yes"})

        assert (page.status_code, len(errors(page, field))) == (422, 1)
        assert private_key.splitlines()[1] not in page.content.decode()
        assert not audit.of(order).exists()


class TestVetting:
    def test_doing_without_the_new_csr_does_not_release_names_at_which_nobody_looked(self, people):
        make_domain(people.ov)
        order = submit(people.ov, people.paul, name="xn--pple-43d.example.com")
        requests.ask_for_csr(order, reason="Another key, please.", by=people.vera)

        requests.release_order(order, by=people.victor)

        assert Order.objects.get().hold == Hold.NAMES

    def test_flagged_words_are_found_in_international_names(self, people, settings):
        settings.FLAGGED_WORDS = ["銀行"]

        order = submit(people.ov, people.paul, name="www.xn---example-lo9wj06e.jp")

        assert (order.hold, order.hold_detail) == (Hold.FLAGGED, "銀行")

    def test_a_decision_about_a_hold_is_not_taken_for_one_about_the_next(self, people, vera):
        order = make_order(people.ov, people.paul, hold=Hold.NAMES, hold_detail="xn--pple-43d.example.com")
        where = f"/vetting/certificates/order/{order.pk}/decide/approve/"
        seen = vera.get(where).context["seen"]
        Order.objects.update(hold=Hold.LINT, hold_detail="no such country")

        page = vera.post(where, {"seen": seen}, follow=True)

        assert "This has changed since you opened the page." in page.content.decode()
        assert Order.objects.get().hold == Hold.LINT

    def test_the_desks_list_of_orders_takes_as_many_queries_however_many_there_are(self, people, vera):
        compromise(people)
        make_issued(people.ov, people.paul)
        vera.get("/vetting/certificates/order/")

        few = count_queries(vera, "/vetting/certificates/order/")
        for _ in range(2):
            make_issued(people.ov, people.paul)

        assert count_queries(vera, "/vetting/certificates/order/") == few


class TestTelling:
    def test_the_mail_about_a_revocation_leaves_out_the_details_for_administrators(self, people):
        order = make_issued(people.ov, people.stan, recipients=["ops@example.net"])

        revocation.revoke_order(order, reason=Reason.OTHER, detail="Ann left in anger.", by=people.paul)

        texts = [mail.text for mail in OutgoingMail.objects.all()]
        assert ["Other reason" in text for text in texts] == [True, True, True]
        assert ["in anger" in text for text in texts] == [False, False, False]

    def test_an_unused_certificate_that_has_expired_is_not_told_as_revoked(self, people, paul):
        order = make_issued(people.ov, people.stan, status=Status.UNUSED, days=30, age=31)
        processing.expire_certificates()

        html = paul.get(order.get_absolute_url()).content.decode()

        assert "Marked by" in html
        assert "Revoked by" not in html

    def test_what_follows_in_a_profile_that_one_does_not_see_is_told_by_its_number_alone(self, people, sign_in):
        hidden = make_profile(people.company, "Merger", primary=people.paul)
        source = make_issued(people.ov, people.stan, days=60)
        wanted = requests.Wanted(
            profile=hidden, level="OV", hash_algorithm="SHA-256", validity="365-days", request=csr.read(csr_pem()),
            common_name="merger.example.com", sans=[], kind=Kind.RENEWAL, source=source,
        )  # fmt: skip

        order = requests.submit_order(wanted, submission=uuid.uuid4(), by=people.paul)

        html = sign_in(people.stan).get(source.get_absolute_url()).content.decode()
        assert audit.of(source).get().reason == f"#{order.pk}"
        assert "merger.example.com" not in html


class TestFinish:
    def test_a_source_that_was_revoked_meanwhile_is_told_and_nothing_typed_is_lost(self, people, paul):
        make_domain(people.ov)
        source = make_issued(people.ov, people.stan, days=60)
        page = to_summary(paul, source)
        revocation.revoke_order(source, reason=Reason.CHANGED, by=people.paul)

        page = send(paul, url_of(page), go="finish")

        assert (page.status_code, page.context["step"].key) == (200, "summary")
        assert "can be renewed; this order is: Revoked." in page.content.decode()
        assert (Order.objects.count(), Draft.objects.count()) == (1, 1)

    def test_a_domain_that_lost_ev_after_the_summary_is_told_before_anything_is_ordered(self, people, paul):
        ev = make_ev_profile(people.company, primary=people.paul)
        domain = make_domain(ev, level=Level.EV)
        source = make_issued(ev, people.paul, days=60)
        page = to_summary(paul, source)
        assert '<input type="hidden" name="level" value="EV">' in page.content.decode()
        domain.level = Level.OV
        domain.save()

        page = send(paul, url_of(page), go="finish", level="EV")
        ordered = Order.objects.count()
        send(paul, url_of(page), go="finish", level="OV")

        assert "The certificate will be OV now" in page.content.decode()
        assert (ordered, Order.objects.latest("pk").level) == (1, "OV")

    @pytest.mark.parametrize(
        ("status", "level"),
        [
            (DomainStatus.PENDING, "OV"), (DomainStatus.RE_VETTING, "OV"), (DomainStatus.EXPIRED, "OV"),
            (DomainStatus.UPGRADING, "EV"),
        ],
    )  # fmt: skip
    def test_a_domain_that_is_ov_makes_it_ov_whatever_else_the_domain_waits_for(self, people, paul, status, level):
        """As EV it would wait for ever: nobody is asked to upgrade the domain."""
        ev = make_ev_profile(people.company, primary=people.paul)
        make_domain(ev, level=Level.OV, status=status)

        page = to_summary(paul, make_issued(ev, people.paul, days=60))

        assert page.context["wanted"].level == level

    def test_the_base_domain_is_that_of_the_profile_that_was_chosen(self, people, paul):
        make_domain(people.ov)
        other = make_profile(people.company, "Other", primary=people.paul)
        source = make_issued(people.ov, people.stan, days=60)

        page = send(paul, f"/certificates/{source.pk}/renew/", first_page(source, profile=other.pk))

        assert page.context["system_san"] is None

    @pytest.mark.django_db(transaction=True)
    def test_finish_sent_twice_at_once_leads_to_the_order_both_times(self, people, paul, ca):
        make_domain(people.ov)
        url = url_of(to_summary(paul, make_issued(people.ov, people.stan, days=60)))
        ready = Barrier(2)

        def finish():
            client = Client()
            client.cookies = paul.cookies
            ready.wait(timeout=30)
            try:
                return send(client, url, go="finish")
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            pages = [one.result() for one in [threads.submit(finish) for _ in range(2)]]

        order = Order.objects.latest("pk")
        assert [page.redirect_chain[-1][0] for page in pages] == [f"/certificates/{order.pk}/submitted/"] * 2
        assert Order.objects.count() == 2
