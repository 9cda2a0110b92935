"""Requesting a certificate page by page: nothing typed is lost, nothing is ordered twice."""

import pytest

from certificates.models import Order
from certificates.states import Status
from domains.models import Domain
from sslportal.kit.models import Draft, OutgoingMail
from tests.factories import make_domain, make_ev_profile
from tests.openssl import csr_pem
from tests.wizard import NEW, details, first_page, send, url_of


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def test_the_whole_way_with_a_new_domain(people, paul):
    page = send(paul, NEW, first_page(people))
    assert page.context["form"]["common_name"].value() == "www.example.com"
    page = send(paul, url_of(page), details("www.example-new.com", recipients="web@example.com; ops@example.com"))
    assert page.context["domains"] == [("example-new.com", False)]
    page = send(paul, url_of(page))
    assert "Confirmation of Control for domain 1 of 1" in page.content.decode()
    page = send(paul, url_of(page), method="hostmaster@example-new.com")
    assert "Certificate Request Summary" in page.content.decode()
    page = send(paul, url_of(page), go="finish")

    order = Order.objects.get()
    assert url_of(page) == f"/certificates/{order.pk}/submitted/"
    assert (order.common_name, order.comments, order.status) == ("www.example-new.com", "For the shop.", Status.PENDING)
    assert order.recipients == ["web@example.com", "ops@example.com"]
    assert Domain.objects.get().status == "pending"
    assert OutgoingMail.objects.get(key__startswith="domain-confirm").to == "hostmaster@example-new.com"
    assert not Draft.objects.exists()


def test_a_confirmed_domain_needs_no_page(people, paul):
    make_domain(people.ov)

    page = send(paul, NEW, first_page(people))
    page = send(paul, url_of(page), details())

    assert url_of(page).endswith("/summary/")


def test_finish_sent_twice_orders_once(people, paul):
    make_domain(people.ov)
    page = send(paul, url_of(send(paul, NEW, first_page(people))), details())
    summary = url_of(page)

    answers = [send(paul, summary, go="finish") for _ in range(2)]

    assert Order.objects.count() == 1
    assert url_of(answers[0]) == url_of(answers[1])


def test_each_new_domain_has_its_page_and_idns_have_none(people, paul):
    page = send(paul, NEW, first_page(people))
    page = send(
        paul,
        url_of(page),
        details("a.example-one.com", add_sans="b.example-two.com, www.exämple.com *.a.example-one.com"),
    )
    assert dict(page.context["domains"]) == {
        "example-one.com": False, "example-two.com": False, "xn--exmple-cua.com (exämple.com)": True,
    }  # fmt: skip
    page = send(paul, url_of(page))
    assert "domain 1 of 2" in page.content.decode()
    page = send(paul, url_of(page), method="manual")
    assert "domain 2 of 2" in page.content.decode()
    page = send(paul, url_of(page), method="admin@example-two.com")
    send(paul, url_of(page), go="finish")

    methods = {domain.name: domain.attempts.get().method for domain in Domain.objects.all()}
    assert methods == {"example-one.com": "manual", "example-two.com": "mail", "xn--exmple-cua.com": "manual"}


def test_an_ev_request_asks_no_one_for_new_domains(people, paul):
    profile = make_ev_profile(people.company, primary=people.paul)

    page = send(paul, NEW, first_page(people, profile=profile.pk, level="EV"))
    page = send(paul, url_of(page), details())
    assert page.context["domains"] == [("example.com", True)]
    page = send(paul, url_of(page))

    assert url_of(page).endswith("/summary/")


def test_back_keeps_what_was_typed_even_if_wrong(people, paul):
    page = send(paul, NEW, first_page(people))
    here = url_of(page)

    page = send(paul, here, details("not a name", add_sans="10.0.0.1", recipients="nonsense"), go="back")
    assert url_of(page).endswith("/request/")
    assert page.context["form"]["comments"].value() == "For the shop."
    form = paul.get(here).context["form"]

    assert form["common_name"].value() == "not a name"
    assert form["add_sans"].value() == "10.0.0.1"
    assert form["recipients"].value() == "nonsense"


def test_what_is_typed_is_kept_while_one_types(people, paul):
    answer = paul.post(NEW, first_page(people, csr="half of a CS", go="keep"))
    assert answer.status_code == 204

    paul.post(answer["X-Draft"], first_page(people, csr="half of a CSR", go="keep"))

    assert paul.get(answer["X-Draft"]).context["form"]["csr"].value() == "half of a CSR"
    assert Draft.objects.count() == 1


def test_cancel_discards_the_draft(people, paul):
    page = send(paul, NEW, first_page(people))

    send(paul, url_of(page), go="cancel")

    assert not Draft.objects.exists()
    assert not Order.objects.exists()


def test_cancel_on_the_first_page_writes_nothing(people, paul):
    send(paul, NEW, first_page(people), go="cancel")

    assert not Draft.objects.exists()


def test_a_draft_is_taken_up_where_it_was_left(people, paul):
    page = send(paul, NEW, first_page(people))
    draft = Draft.objects.get()

    listed = paul.get("/certificates/").content.decode()

    assert f"{NEW}{draft.pk}/" in listed
    assert paul.get(f"{NEW}{draft.pk}/").headers["Location"] == url_of(page)


def test_a_draft_is_its_owners_only(people, paul, sign_in):
    page = send(paul, NEW, first_page(people))

    assert sign_in(people.stan).get(url_of(page)).status_code == 404


def test_a_page_whose_turn_has_not_come_leads_back(people, paul):
    page = send(paul, NEW, first_page(people))

    assert paul.get(url_of(page).replace("details", "summary")).headers["Location"] == url_of(page)


def test_another_csr_brings_other_names(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))
    send(paul, here, details("www.example.com"), go="back")

    page = send(paul, here.replace("details", "request"), first_page(people, csr=csr_pem("shop.example.com")))

    assert page.context["form"]["common_name"].value() == "shop.example.com"


def test_the_sans_of_the_csr_are_the_start(people, paul):
    pem = csr_pem("www.example.com", ("www.example.com", "blog.example.com", "intranet"))

    form = send(paul, NEW, first_page(people, csr=pem)).context["form"]

    assert form["sans"].value() == ["blog.example.com"]
    assert form["add_sans"].value() == "intranet"


def test_names_are_added_and_removed_without_leaving_the_page(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))

    page = send(paul, here, details(add_sans="b.example.com;C.Example.com\nb.example.com"), go="add")
    assert page.context["form"]["sans"].value() == ["b.example.com", "c.example.com"]
    page = send(paul, here, details(sans=["b.example.com", "c.example.com"]), remove="b.example.com")

    assert page.context["form"]["sans"].value() == ["c.example.com"]
    assert url_of(page) == here


def test_the_csr_is_read_while_one_is_there(people, paul):
    good = paul.post(f"{NEW}read-csr/", {"csr": csr_pem("www.example.com", ("a.example.com",))}).content.decode()
    bad = paul.post(f"{NEW}read-csr/", {"csr": "nonsense"}).content.decode()

    assert "RSA 2048" in good
    assert "a.example.com" in good
    assert "error" in bad
    assert not Draft.objects.exists()
