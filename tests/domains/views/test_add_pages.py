"""Adding domains page by page: each name has its own result, nothing typed is lost, nothing is added twice."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domains.actions import requests
from domains.models import Domain
from sslportal.kit.models import Draft, OutgoingMail
from tests.domains.views.adding import ADD, LIST, heading, says, start, subscribe, ways
from tests.factories import make_domain, make_profile
from tests.wizard import errors, send, url_of

# The whole way


def test_the_whole_way_with_several_names(people, paul):
    page = start(paul, people, "example-one.com, Shop.Example-Two.com;\nexample-three.com")
    assert heading(page) == "Confirmation of Control for domain 1 of 3"
    page = send(paul, url_of(page), method="hostmaster@example-one.com", go="continue")
    assert heading(page) == "Confirmation of Control for domain 2 of 3"
    page = send(paul, url_of(page), method="dns", go="continue")
    page = send(paul, url_of(page), method="manual", go="continue")
    assert heading(page) == "New Domain Request Summary"
    page = send(paul, url_of(page), go="finish")

    assert (url_of(page), says(page)) == (LIST, ["3 domains were added."])
    assert ways() == {"example-one.com": "mail", "shop.example-two.com": "dns", "example-three.com": "manual"}
    assert set(Domain.objects.values_list("status", "level", "requester")) == {("pending", "OV", people.paul.pk)}
    assert OutgoingMail.objects.filter(key__startswith="domain-confirm").get().to == "hostmaster@example-one.com"
    assert not Draft.objects.exists()


def test_the_summary_says_what_happens_to_each_name_and_leads_back_to_it(people, paul):
    page = start(paul, people, "example-one.com example-two.com example-three.com exämple.com")
    page = send(paul, url_of(page), method="admin@example-one.com")
    page = send(paul, url_of(page), method="file")
    page = send(paul, url_of(page), go="skip")

    shown = page.content.decode()
    draft = Draft.objects.get().pk
    for told in (
        "A mail asks admin@example-one.com for approval.",
        "File on the web server: the page of the domain then says what to publish.",
        "Skipped: it is not added.",
        "xn--exmple-cua.com (exämple.com)",
        "The vetting team confirms control.",
        f'href="{ADD}{draft}/names/"',
        f'href="{ADD}{draft}/control-example-two.com/"',
    ):
        assert told in shown
    assert f"{ADD}{draft}/control-xn--exmple-cua.com/" not in shown


def test_a_standard_administrator_adds_too(people, sign_in):
    page = start(sign_in(people.stan), people, "example-one.com")

    assert heading(page) == "Confirmation of Control for domain 1 of 1"


# Back, Cancel, drafts


def test_back_keeps_what_was_typed_even_if_it_is_wrong(people, paul):
    page = start(paul, people, "example-one.com  co.uk,example-two.com")
    first = url_of(page)
    page = send(paul, first, method="dns")
    second = url_of(page)
    page = send(paul, second, method="nonsense", go="back")
    assert url_of(page) == first
    assert page.context["form"]["method"].value() == "dns"
    page = send(paul, first, method="file", go="back")

    assert page.context["form"]["names"].value() == "example-one.com  co.uk,example-two.com"
    assert paul.get(first).context["form"]["method"].value() == "file"


def test_a_name_that_is_taken_out_of_the_list_is_forgotten(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), method="dns", for_all="on")
    names = url_of(page).replace("summary", "names")

    page = send(paul, names, profile=people.ov.pk, level="OV", names="example-two.com")

    assert page.context["wizard"].choices() == {"example-two.com": "dns"}


def test_cancel_adds_nothing_and_discards_the_draft(people, paul):
    page = start(paul, people, "example-one.com")

    page = send(paul, url_of(page), go="cancel")

    assert (url_of(page), says(page)) == (LIST, ["Nothing was added."])
    assert not Draft.objects.exists()


def test_cancel_on_the_first_page_writes_nothing(people, paul):
    start(paul, people, "example-one.com", go="cancel")

    assert not Draft.objects.exists()


def test_what_is_typed_is_kept_while_one_types(people, paul):
    typed = {"profile": people.ov.pk, "level": "OV"}
    answer = paul.post(ADD, {**typed, "names": "exam", "go": "keep"})
    assert answer.status_code == 204

    paul.post(answer["X-Draft"], {**typed, "names": "example-one", "go": "keep"})

    assert paul.get(answer["X-Draft"]).context["form"]["names"].value() == "example-one"
    assert Draft.objects.count() == 1


def test_a_draft_is_taken_up_after_signing_in_again(people, paul, sign_in):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), method="dns")
    draft = Draft.objects.get()
    paul.logout()
    assert paul.get(url_of(page)).headers["Location"].startswith("/sign-in/")

    paul = sign_in(people.paul)

    assert f'href="{ADD}{draft.pk}/"' in paul.get(LIST).content.decode()
    assert paul.get(f"{ADD}{draft.pk}/").headers["Location"] == url_of(page)
    assert paul.get(url_of(page).replace("two", "one")).context["form"]["method"].value() == "dns"


def test_a_draft_is_its_owners_only(people, paul, sign_in):
    here = url_of(start(paul, people, "example-one.com"))
    draft = Draft.objects.get()

    stan = sign_in(people.stan)
    answers = [stan.get(here), stan.get(f"{ADD}{draft.pk}/"), stan.post(here, {"method": "manual"})]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert str(draft.pk) not in stan.get(LIST).content.decode()


def test_a_page_whose_turn_has_not_come_leads_back(people, paul):
    here = url_of(start(paul, people, "example-one.com"))

    for later in ("summary", "control-example-two.com", "nonsense"):
        assert paul.get(here.replace("control-example-one.com", later)).headers["Location"] == here


def test_ok_before_all_pages_are_answered_adds_nothing(people, paul):
    here = url_of(start(paul, people, "example-one.com"))

    page = send(paul, here.replace("control-example-one.com", "names"), go="finish")

    assert heading(page) != "New Domain Request Summary"
    assert not Domain.objects.exists()


# OK


def test_ok_sent_twice_adds_once(people, paul):
    page = start(paul, people, "example-one.com")
    summary = url_of(send(paul, url_of(page), method="admin@example-one.com"))

    answers = [send(paul, summary, go="finish") for _ in range(2)]

    assert [says(page) for page in answers] == [
        ["1 domain was added."],
        ["This request was finished or discarded already."],
    ]
    assert Domain.objects.count() == 1
    assert OutgoingMail.objects.filter(key__startswith="domain-confirm").count() == 1


def test_a_name_that_a_colleague_added_meanwhile_stays_as_it_is(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), method="dns", for_all="on")
    requests.add_domain(people.ov, "example-two.com", level="OV", choice="manual", by=people.stan)

    page = send(paul, url_of(page), go="finish")

    assert ways()["example-two.com"] == "manual"
    assert says(page) == ["1 domain was added."]


def test_more_domains_than_the_subscription_has_room_for_are_told_at_the_names(people, paul):
    subscribe(people.company, 2)
    make_domain(people.ov, "example.com")

    page = start(paul, people, "example-one.com example-two.com example-three.com")

    assert errors(page, "names") == [
        "Your subscription has room for 2 domains less than these. Remove some that you no longer use, or ask for a "
        "larger subscription."
    ]


def test_a_domain_that_another_profile_has_takes_no_place(people, paul):
    subscribe(people.company, 1)
    make_domain(make_profile(people.company, "Other"), "example-one.com")

    page = start(paul, people, "example-one.com")

    assert heading(page) == "Confirmation of Control for domain 1 of 1"


def test_who_took_the_last_place_meanwhile_is_told_and_the_draft_stays(people, paul):
    subscribe(people.company, 2)
    page = start(paul, people, "example-one.com example-two.com")
    summary = url_of(send(paul, url_of(page), method="dns", for_all="on"))
    requests.add_domain(people.ov, "example.com", level="OV", choice="manual", by=people.stan)

    page = send(paul, summary, go="finish")

    assert heading(page) == "Add Domains"
    assert list(Domain.objects.values_list("name", flat=True)) == ["example.com"]
    assert page.context["form"]["names"].value() == "example-one.com example-two.com"
    assert errors(send(paul, url_of(page), Draft.objects.get().typed("names")), "names")


# Queries


@pytest.mark.parametrize("where", ["control", "summary"])
def test_the_pages_take_as_many_queries_for_five_names_as_for_one(people, paul, where):
    few = queries_of(paul, people, where, 1)

    assert queries_of(paul, people, where, 5) == few


def queries_of(client, people, where, count):
    page = start(client, people, " ".join(f"example-{number}.com" for number in range(count)))
    if where == "summary":
        page = send(client, url_of(page), method="dns", for_all="on")
    client.get(url_of(page))
    with CaptureQueriesContext(connection) as asked:
        client.get(url_of(page))
    return len(asked)
