"""Names, profile and level on the first page of adding domains."""

from datetime import timedelta

import pytest

from domains.models import Domain
from domains.states import Method, Status
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from sslportal.kit import clock
from sslportal.kit.models import Draft
from tests.domains.views.adding import ADD, LIST, heading, refused, says, start, ways
from tests.factories import make_domain, make_ev_profile, make_profile
from tests.wizard import errors, send, url_of

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
