"""Requesting a certificate page by page: nothing typed is lost, nothing is ordered twice."""

import re

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


@pytest.fixture
def here(people, paul):
    """The second page of a request."""
    return url_of(send(paul, NEW, first_page(people)))


def kept(page):
    return page.context["form"]["sans"].value() or []


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_names_are_pasted_in_bulk_from_anywhere(paul, here):
    pasted = 'a.example.com\tb.example.com\r\nc.example.com;d.example.com, "e.example.com" DNS:f.example.com'

    page = send(paul, here, details(add_sans=pasted), go="add")

    assert kept(page) == [f"{letter}.example.com" for letter in "abcdef"]
    assert "6 of 98" in words(page)


def test_of_web_addresses_the_names_are_taken_and_that_is_told_once(paul, here):
    page = send(paul, here, details(add_sans="https://a.example.com/shop?x=1 b.example.com"), go="add")

    assert kept(page) == ["a.example.com", "b.example.com"]
    assert "Taken out of web addresses: a.example.com" in words(page)
    page = send(paul, here, details(sans=kept(page)), go="add")
    assert "Taken out of web addresses" not in words(page)


def test_a_hundred_names_are_taken_at_once_and_counted(paul, here):
    many = [f"n{number}.example.com" for number in range(98)]

    page = send(paul, here, details(add_sans="\n".join(many)), go="add")

    assert kept(page) == many
    assert "98 of 98" in words(page)


def test_a_name_that_was_removed_can_be_put_back(paul, here):
    page = send(paul, here, details(sans=["a.example.com", "b.example.com"]), remove="a.example.com")
    assert kept(page) == ["b.example.com"]
    assert "a.example.com was removed. Undo" in words(page)

    page = send(paul, here, details(sans=["b.example.com"], removed=["a.example.com"]), remove="undo")

    assert kept(page) == ["b.example.com", "a.example.com"]
    assert "was removed" not in words(page)


def test_all_names_are_removed_at_once_and_can_be_put_back(paul, here):
    names = [f"n{number}.example.com" for number in range(60)]

    page = send(paul, here, details(sans=names, add_sans="", recipients="web@example.com"), remove="all")
    assert kept(page) == []
    assert "60 SANs were removed. Undo" in words(page)
    assert page.context["form"]["recipients"].value() == "web@example.com"

    page = send(paul, here, details(removed=page.context["form"]["removed"].value()), remove="undo")

    assert kept(page) == names


def test_removing_a_name_that_is_allowed_no_more_mends_the_page(paul, here):
    page = send(paul, here, details(sans=["co.uk", "a.example.com"]), remove="co.uk")

    assert kept(page) == ["a.example.com"]
    assert url_of(page) == here


def test_a_button_that_removes_leads_back_to_the_place_of_the_name(paul, here):
    page = send(paul, here, details(add_sans="a.example.com b.example.com"), go="add").content.decode()

    assert re.search(r'id="san-2">\s*<span>b.example.com</span>', page)
    assert re.search(r'value="b.example.com"\s+formaction="#san-2"', page)


def test_removing_keeps_what_else_is_on_the_page_even_if_wrong(paul, here):
    page = paul.post(here, details("no name", sans=["a.example.com"], add_sans="intranet", remove="a.example.com"))

    form = page.context["form"]
    assert (form["common_name"].value(), form["add_sans"].value(), kept(page)) == ("no name", "intranet", [])


def test_a_csr_brings_the_reasons_why_names_wait_in_the_box(people, paul):
    pem = csr_pem("www.example.com", ("blog.example.com", "intranet", "10.0.0.1"))

    page = send(paul, NEW, first_page(people, csr=pem))

    assert page.context["form"]["add_sans"].value() == "intranet\n10.0.0.1"
    assert "“intranet” is an internal name" in words(page)
    assert "“10.0.0.1” is an IP address" in words(page)


def test_the_first_san_of_a_csr_stands_in_for_a_common_name_that_is_none(people, paul):
    page = send(paul, NEW, first_page(people, csr=csr_pem("Web Server", ("www.example.com", "shop.example.com"))))

    assert page.context["form"]["common_name"].value() == "www.example.com"
    assert kept(page) == ["shop.example.com"]
    assert "“Web Server” is not a domain name" in words(page)


def test_a_common_name_in_unicode_is_ordered_as_a_label(people, paul):
    make_domain(people.ov)
    pem = csr_pem("bücher.example.com", ("xn--bcher-kva.example.com", "a.example.com"))
    page = send(paul, NEW, first_page(people, csr=pem))
    form = page.context["form"]

    page = send(paul, url_of(page), details(form["common_name"].value(), sans=form["sans"].value()))
    send(paul, url_of(page), go="finish")

    order = Order.objects.get()
    assert (order.common_name, order.sans) == ("xn--bcher-kva.example.com", ["a.example.com"])
