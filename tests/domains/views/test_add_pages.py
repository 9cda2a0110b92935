"""Adding domains page by page: each name has its own result, nothing typed is lost, nothing is added twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Subscription
from domains.actions import requests
from domains.models import ContactLookup, Domain
from domains.states import Method, Status
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from sslportal.kit import clock
from sslportal.kit.models import Draft, OutgoingMail
from tests.factories import make_domain, make_ev_profile, make_profile
from tests.wizard import errors, send, url_of

LIST = "/domains/"
ADD = "/domains/add/"
NOT_NAMES = {  # what people paste all the same, and what is told of it
    "*.example-wild.com": "“*.example-wild.com” is a wildcard. Add example-wild.com instead",
    "co.uk": "“co.uk” is a public suffix",
    "localhost": "“localhost” is an internal name",
    "server01.local": "“server01.local” is an internal name",
    "192.0.2.1": "“192.0.2.1” is an IP address",
    "[2001:db8::1]": "“[2001:db8::1]” is an IP address",
    "me@example.org": "“me@example.org” is an e-mail address",
    "https://www.example.org/": "“https://www.example.org/” is a web address",
    "-bad-.com": "no part between dots may begin or end with a hyphen",
}


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def start(client, people, names, *, profile=None, level="OV", **more):
    """Send the first page; what comes next."""
    return send(client, ADD, {"profile": (profile or people.ov).pk, "level": level, "names": names, **more})


def heading(page):
    return str(page.context["step"].title)


def says(page):
    return [str(message) for message in page.context["messages"]]


def refused(page):
    return {line.typed: line.code for line in page.context["refused"]}


def subscribe(account, domains):
    today = clock.now().date()
    day = timedelta(days=1)
    Subscription.objects.create(account=account, product="SSL", domains=domains, starts_on=today, ends_on=today + day)


def ways():
    return {domain.name: domain.attempts.get().method for domain in Domain.objects.all()}


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


# Names


def test_each_name_that_is_not_added_has_its_own_reason(people, paul):
    make_domain(people.ov, "example.com")
    make_domain(people.ov, "example-declined.com", status=Status.DECLINED)

    page = start(paul, people, "\n".join(["example-new.com", "EXAMPLE.com.", "a.b.example.com", *NOT_NAMES]))

    assert heading(page) == "Confirmation of Control for domain 1 of 1"
    assert refused(page) == {
        "EXAMPLE.com.": "there",
        "a.b.example.com": "covered",
        "*.example-wild.com": "wildcard",
        "co.uk": "public-suffix",
        "localhost": "internal-name",
        "server01.local": "internal-name",
        "192.0.2.1": "ip-address",
        "[2001:db8::1]": "ip-address",
        "me@example.org": "email",
        "https://www.example.org/": "url",
        "-bad-.com": "bad-label",
    }
    shown = page.content.decode()
    for told in (
        "It is among the domains of this profile already, as Ready.",
        "example.com covers it",
        "11 of the names",
    ):
        assert told in shown


def test_a_name_given_twice_in_any_form_counts_once(people, paul):
    page = start(paul, people, "example-one.com EXAMPLE-ONE.com example-one.com. exämple.com xn--exmple-cua.com")

    assert [line.name for line in page.context["wizard"].new_lines()] == ["example-one.com", "xn--exmple-cua.com"]
    assert refused(page) == {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"method": Method.MAIL}, "covered"),
        ({"method": Method.FILE}, "new"),  # a file proves no names below
        ({"status": Status.PENDING}, "new"),
        ({"status": Status.EXPIRED, "expires_at": clock.now() - timedelta(days=1)}, "new"),
        ({"status": Status.EXPIRING, "expires_at": clock.now() + timedelta(days=1)}, "covered"),
        ({"status": Status.SUSPENDED}, "suspended"),
        ({"status": Status.SUSPENDED, "method": Method.FILE}, "suspended"),  # no way around what the vetting team did
    ],
)
def test_a_name_below_needs_no_domain_of_its_own_where_one_above_proves_it(people, paul, fields, code):
    make_domain(people.ov, "example.com", **fields)

    page = start(paul, people, "www.example.com example-other.com")

    assert {line.typed: line.code for line in page.context["wizard"].lines()}["www.example.com"] == code


def test_the_domain_of_another_profile_is_no_obstacle(people, paul):
    make_domain(people.foreign_ov, "example.com")
    make_domain(make_profile(people.company, "Another", primary=people.paul), "example.com")

    page = start(paul, people, "example.com")

    assert refused(page) == {}


@pytest.mark.parametrize(("typed", "told"), NOT_NAMES.items())
def test_no_proper_name_at_all_is_told_at_the_field_and_nothing_is_lost(people, paul, typed, told):
    page = start(paul, people, typed)

    assert page.status_code == 422
    assert [told in error for error in errors(page, "names")] == [True]
    assert page.context["form"]["names"].value() == typed
    assert page.context["form"]["profile"].value() == str(people.ov.pk)


def test_names_that_are_there_already_are_named_in_the_error(people, paul):
    make_domain(people.ov, "example.com", status=Status.SUSPENDED)

    page = start(paul, people, "example.com")

    assert errors(page, "names") == ["example.com: It is among the domains of this profile already, as Suspended."]


def test_a_page_with_an_error_is_sent_to_the_draft_that_it_wrote(people, paul):
    page = start(paul, people, "co.uk")
    draft = Draft.objects.get()

    assert f'action="{ADD}{draft.pk}/names/"' in page.content.decode()


@pytest.mark.parametrize("typed", ["", "   ", " , ;\n"])
def test_no_name_is_asked_for(people, paul, typed):
    page = start(paul, people, typed)

    assert errors(page, "names") == ["Give at least one domain name."]


def test_of_many_bad_names_the_first_twenty_are_told(people, paul):
    page = start(paul, people, " ".join(f"host{number}" for number in range(50)))

    assert len(errors(page, "names")) == 20


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (101, "These are 101 names. Please add at most 100 at a time."),
        (10_000, "These are 10000 names. Please add at most 100 at a time."),
        (20_000, "The list is too long. Please give the names in several steps."),
    ],
)
def test_too_many_names_are_refused_in_one_sentence_and_stay_in_the_box(people, paul, count, told):
    typed = " ".join(f"n{number}.jp" for number in range(count))

    page = start(paul, people, typed)

    assert errors(page, "names") == [told]
    assert page.context["form"]["names"].value() == typed


def test_a_hundred_names_are_taken(people, paul):
    page = start(paul, people, " ".join(f"example-{number}.com" for number in range(100)))

    assert heading(page) == "Confirmation of Control for domain 1 of 100"


def test_what_was_pasted_is_escaped(people, paul):
    page = start(paul, people, "<script>alert(1)</script>.com example-one.com")

    shown = page.content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_a_nul_is_no_fault_of_ours(people, paul):
    assert paul.post(ADD, {"profile": people.ov.pk, "level": "OV", "names": "a\0b.com"}).status_code == 422


# Profile and level


def test_ev_is_offered_only_where_a_profile_has_it(people, paul):
    only_ov = paul.get(ADD).context["form"].fields["level"].choices
    make_ev_profile(people.company, primary=people.paul)

    assert only_ov == [("OV", "OV")]
    assert paul.get(ADD).context["form"].fields["level"].choices == [("OV", "OV"), ("EV", "EV")]


def test_ev_goes_with_an_ev_profile_only(people, paul):
    make_ev_profile(people.company, primary=people.paul)

    page = start(paul, people, "example-one.com", level="EV")

    assert errors(page, "level") == ["This organization profile is vetted to OV only. Choose OV, or another profile."]


def test_an_ev_domain_gets_no_page_and_goes_to_the_vetting_team(people, paul):
    profile = make_ev_profile(people.company, primary=people.paul)

    page = start(paul, people, "example-one.com example-two.com", profile=profile, level="EV")
    assert heading(page) == "New Domain Request Summary"
    send(paul, url_of(page), go="finish")

    assert ways() == {"example-one.com": "manual", "example-two.com": "manual"}
    assert set(Domain.objects.values_list("level", flat=True)) == {Level.EV}


def test_an_idn_gets_no_page_either_and_is_shown_in_both_forms(people, paul):
    page = start(paul, people, "exämple.com")
    assert heading(page) == "New Domain Request Summary"
    assert "xn--exmple-cua.com (exämple.com)" in page.content.decode()
    send(paul, url_of(page), go="finish")

    assert ways() == {"xn--exmple-cua.com": "manual"}


@pytest.mark.parametrize("status", [ProfileStatus.SUSPENDED, ProfileStatus.DECLINED, ProfileStatus.EXPIRED])
def test_a_profile_that_takes_no_domains_is_not_offered_and_not_taken(people, paul, status):
    out = make_profile(people.company, "Out", primary=people.paul, status=status)

    assert list(paul.get(ADD).context["form"].fields["profile"].queryset) == [people.ov]
    page = start(paul, people, "example-one.com", profile=out)

    assert page.status_code == 422
    assert errors(page, "profile")
    assert not Domain.objects.exists()


def test_without_any_profile_that_takes_domains_there_is_nothing_to_add(people, paul):
    people.ov.status = ProfileStatus.SUSPENDED
    people.ov.save()

    page = paul.get(ADD, follow=True)

    assert (url_of(page), says(page)) == (LIST, ["None of your organization profiles takes domains now."])


@pytest.mark.parametrize("whose", ["company", "foreign"])
def test_a_profile_in_which_one_has_no_role_is_neither_offered_nor_taken(people, paul, whose):
    other = make_profile(getattr(people, whose), "Other")

    assert list(paul.get(ADD).context["form"].fields["profile"].queryset) == [people.ov]
    page = start(paul, people, "example-one.com", profile=other)

    assert page.status_code == 422
    assert errors(page, "profile")


def test_a_profile_that_was_suspended_meanwhile_takes_nothing(people, paul):
    page = start(paul, people, "example-one.com")
    summary = url_of(send(paul, url_of(page), method="manual"))
    people.ov.status = ProfileStatus.SUSPENDED
    people.ov.save()

    page = send(paul, summary, go="finish")

    assert heading(page) == "Add Domains"
    assert not Domain.objects.exists()


# How each is confirmed


def test_the_addresses_are_those_of_the_name_and_of_its_parents(people, paul):
    page = start(paul, people, "a.shop.example-one.com")

    offered = [offer.value for offer in page.context["form"].fields["method"].offers]
    locals_ = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")
    hosts = ("a.shop.example-one.com", "shop.example-one.com", "example-one.com")
    assert offered == [*(f"{local}@{host}" for host in hosts for local in locals_), "dns", "file", "manual"]


def test_each_choice_has_its_word_as_label_and_its_help_beside(people, paul):
    shown = start(paul, people, "example-one.com").content.decode()

    for told in ("<span>DNS record</span>", "<span>File on the web server</span>", "<span>Manually Validate</span>"):
        assert told in shown
    assert 'aria-describedby="id_method_1_0_help"' in shown
    assert '<p class="help" id="id_method_1_0_help">You publish a TXT record' in shown
    assert "Manually Validate cannot be taken back." in shown


def test_contacts_that_dns_names_are_offered_first(people, paul):
    now = clock.now()
    contacts = [["dns-contact", "it@example.org"], ["dns-contact", "admin@example-one.com"]]
    ContactLookup.objects.create(name="example-one.com", asked_at=now, answered_at=now, addresses=contacts)

    page = start(paul, people, "example-one.com")
    offered = [offer.value for offer in page.context["form"].fields["method"].offers]
    page = send(paul, url_of(page), method="it@example.org")
    send(paul, url_of(page), go="finish")

    assert offered[:3] == ["it@example.org", "admin@example-one.com", "administrator@example-one.com"]
    assert offered.count("admin@example-one.com") == 1
    assert ways() == {"example-one.com": "dns-contact"}


def test_while_a_worker_looks_for_contacts_the_page_says_so(people, paul):
    page = start(paul, people, "example-one.com")
    assert "still looking whether DNS names further addresses" in page.content.decode()
    ContactLookup.objects.update(answered_at=clock.now())

    assert "still looking" not in paul.get(url_of(page)).content.decode()


@pytest.mark.parametrize("choice", ["root@example-one.com", "admin@example-two.com", "nonsense", "whois"])
def test_what_is_not_on_offer_is_refused(people, paul, choice):
    page = start(paul, people, "example-one.com")

    page = send(paul, url_of(page), method=choice)

    assert page.status_code == 422
    assert errors(page, "method") == ["This way is no longer on offer. Choose another one."]


def test_a_choice_is_needed(people, paul):
    page = start(paul, people, "example-one.com")

    page = send(paul, url_of(page), go="continue")

    assert (page.status_code, errors(page, "method")) == (422, ["Choose one of the ways."])


def test_an_address_that_was_withdrawn_meanwhile_is_not_used(people, paul):
    now = clock.now()
    lookup = ContactLookup.objects.create(
        name="example-one.com", asked_at=now, answered_at=now, addresses=[["dns-contact", "it@example.org"]]
    )
    page = start(paul, people, "example-one.com")
    summary = url_of(send(paul, url_of(page), method="it@example.org"))
    lookup.addresses = []
    lookup.save()

    page = send(paul, summary, go="finish")

    assert heading(page) == "Confirmation of Control for domain 1 of 1"
    assert not Domain.objects.exists()


def test_skip_leaves_the_domain_out(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), go="skip")
    page = send(paul, url_of(page), method="manual")
    page = send(paul, url_of(page), go="finish")

    assert says(page) == ["1 domain was added."]
    assert ways() == {"example-two.com": "manual"}


def test_a_skipped_domain_can_be_chosen_after_all(people, paul):
    page = start(paul, people, "example-one.com")
    here = url_of(page)
    send(paul, here, go="skip")
    assert paul.get(here).context["form"]["method"].value() == "skip"

    page = send(paul, here, method="dns")
    send(paul, url_of(page), go="finish")

    assert ways() == {"example-one.com": "dns"}


def test_skipping_all_adds_nothing_and_says_so(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), go="skip")
    page = send(paul, url_of(page), go="skip")
    page = send(paul, url_of(page), go="finish")

    assert says(page) == ["All domains were skipped: nothing was added."]
    assert not Domain.objects.exists()
    assert not Draft.objects.exists()


def test_skip_is_for_the_pages_of_domains_only(people, paul):
    page = start(paul, people, "example-one.com")
    names = url_of(page).replace("control-example-one.com", "names")

    send(paul, names, go="skip", profile=people.ov.pk, level="OV", names="example-one.com")

    assert paul.get(names).context["form"]["names"].value() == "example-one.com"


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("dns", ["dns", "dns", "dns"]),
        ("file", ["file", "file", "file"]),
        ("manual", ["manual", "manual", "manual"]),
        (
            "webmaster@example-one.com",
            ["webmaster@example-one.com", "webmaster@a.example-two.com", "webmaster@example-3.com"],
        ),
    ],
)
def test_all_remaining_domains_are_confirmed_in_the_same_way(people, paul, choice, chosen):
    page = start(paul, people, "example-one.com a.example-two.com example-3.com")
    page = send(paul, url_of(page), method=choice, for_all="on")

    assert heading(page) == "New Domain Request Summary"
    assert list(page.context["wizard"].choices().values()) == chosen
    send(paul, url_of(page), go="finish")
    assert Domain.objects.count() == 3


def test_the_pages_before_keep_their_own_way(people, paul):
    page = start(paul, people, "example-one.com example-two.com example-three.com")
    page = send(paul, url_of(page), method="file")
    page = send(paul, url_of(page), method="dns", for_all="on")

    assert list(page.context["wizard"].choices().values()) == ["file", "dns", "dns"]


def test_an_address_that_the_others_do_not_have_leads_to_their_pages(people, paul):
    now = clock.now()
    ContactLookup.objects.create(
        name="example-one.com", asked_at=now, answered_at=now, addresses=[["dns-contact", "it@example.org"]]
    )
    page = start(paul, people, "example-one.com example-two.com")

    page = send(paul, url_of(page), method="it@example.org", for_all="on")

    assert heading(page) == "Confirmation of Control for domain 2 of 2"
    assert page.context["form"]["method"].value() is None


def test_the_last_page_does_not_ask_for_the_remaining_ones(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    assert "Confirm all remaining domains in this way" in page.content.decode()

    page = send(paul, url_of(page), method="manual")

    assert "Confirm all remaining domains in this way" not in page.content.decode()


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
