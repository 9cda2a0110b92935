"""One domain's page: what its status means, what can be done, what to publish, and what came of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from publicsuffixlist import PublicSuffixList

from domains.actions import answers, requests, vetting
from domains.methods import Finding
from domains.models import Attempt, Check, ContactLookup, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import clock, names
from sslportal.kit.models import Link
from tests.factories import make_attempt, make_domain, make_ev_profile, make_person, make_profile
from tests.letters import letters_to

VALUE = "5f2d8a9c0b1e4f7a6d3c2b1a0f9e8d7c6b5a4938"
BUTTONS = ("Check now", "Download the file", "Re-Confirm", "Upgrade", "Decline", "Back")
PATHS = ("", "state/", "file/", "choose/", "check/", "decline/")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def ev(people):
    return make_ev_profile(people.company, primary=people.paul)


def url(domain, path=""):
    return f"/domains/{domain.pk}/{path}"


def html(client, domain, path=""):
    return client.get(url(domain, path)).content.decode()


def buttons(page):
    return {word for word in BUTTONS if re.search(rf"[>\s]{word}\s*</(button|a)>", page)}


def chosen(page):
    """The value of the way that is marked."""
    marked = [tag for tag in re.findall(r"<input[^>]*type=\"radio\"[^>]*>", page) if " checked" in tag]
    return [re.search(r'value="([^"]*)"', tag)[1] for tag in marked]


def says(response):
    return [str(message) for message in response.context["messages"]]


def post(client, domain, path, **sent):
    return client.post(url(domain, path), sent, follow=True)


def fresh(domain):
    return Domain.objects.get(pk=domain.pk)


def add(people, choice, name="example-new.com", profile=None, level=Level.OV):
    return requests.add_domain(profile or people.ov, name, level=level, choice=choice, by=people.paul)


# What is said, and which buttons there are


@pytest.mark.parametrize(
    ("choice", "told", "there"),
    [
        ("admin@example-new.com", "A mail with a link is on its way to admin@example-new.com.", {"Re-Confirm"}),
        ("dns", "Publish this record in DNS.", {"Check now", "Re-Confirm"}),
        ("file", "Put this file on the web server of the domain.", {"Check now", "Download the file", "Re-Confirm"}),
        ("manual", "The vetting team is confirming that the organization controls the domain", set()),
    ],
)
def test_a_pending_domain_says_what_it_waits_for(people, paul, choice, told, there):
    page = html(paul, add(people, choice))

    assert told in page
    assert "Pending" in page
    assert buttons(page) == {*there, "Back"}


@pytest.mark.parametrize(
    ("status", "fields", "told", "there"),
    [
        (Status.PENDING, {}, "Nothing is under way to confirm it.", {"Re-Confirm"}),
        (Status.READY, {}, "this name, every name below it, and wildcards", {"Re-Confirm"}),
        (Status.READY, {"method": Method.FILE}, "proves this very name only", {"Re-Confirm"}),
        (Status.READY, {"reason": "No papers."}, "What was asked for last was refused: No papers.", {"Re-Confirm"}),
        (Status.EXPIRING, {}, "Confirm control anew before that, or choose Decline", {"Re-Confirm", "Decline"}),
        (Status.EXPIRING, {"no_reminders": True}, "You chose not to be reminded again", {"Re-Confirm"}),
        (Status.EXPIRED, {}, "The confirmation has ended.", {"Re-Confirm"}),
        (Status.SUSPENDED, {"reason": "A complaint."}, "nothing is issued for it: A complaint.", set()),
        (Status.DECLINED, {"reason": "Not yours."}, "declined this domain: Not yours.", set()),
    ],
)
def test_every_other_status_says_what_it_means(people, paul, status, fields, told, there):
    domain = make_domain(people.ov, status=status, **fields)

    page = html(paul, domain)

    assert told in page
    assert buttons(page) == {*there, "Back"}


@pytest.mark.parametrize(
    ("status", "level", "there"),
    [
        (Status.READY, Level.OV, {"Re-Confirm", "Upgrade"}),
        (Status.EXPIRING, Level.OV, {"Re-Confirm", "Upgrade", "Decline"}),
        (Status.READY, Level.EV, {"Re-Confirm"}),
        (Status.EXPIRED, Level.OV, {"Re-Confirm"}),
        (Status.SUSPENDED, Level.OV, set()),
    ],
)
def test_an_upgrade_is_offered_in_an_ev_profile(ev, paul, status, level, there):
    domain = make_domain(ev, status=status, level=level)

    assert buttons(html(paul, domain)) == {*there, "Back"}


@pytest.mark.parametrize("status", [Status.UPGRADING, Status.RE_VETTING])
def test_what_is_under_way_can_be_sent_again(ev, paul, status):
    domain = make_domain(ev, status=status)
    make_attempt(domain, method=Method.MAIL, address="admin@example.com")

    page = html(paul, domain)

    assert "Send it again, or confirm in another way" in page
    assert buttons(page) == {"Re-Confirm", "Back"}


def test_proved_control_waits_for_the_vetting_team(ev, people, paul):
    domain = make_domain(ev, status=Status.UPGRADING)
    attempt = make_attempt(domain, method=Method.DNS, value=VALUE, status=Outcome.PROVED)
    Check.objects.create(
        attempt=attempt, question="TXT _sslportal-challenge.example.com", verdict="found", code="found"
    )

    page = html(paul, domain)

    assert "Control of the domain is proved. The vetting team finishes the rest." in page
    assert "What was asked, and what came back" in page
    assert "data-refresh=" not in page
    assert buttons(page) == {"Back"}


def test_an_idn_is_shown_in_both_forms(people, paul):
    page = html(paul, make_domain(people.ov, "xn--exmple-cua.com"))

    assert page.count("xn--exmple-cua.com (exämple.com)") >= 2
    assert len(re.findall("<h1", page)) == 1


def test_the_history_does_not_name_the_vetting_team(people, paul):
    domain = add(people, "manual")
    vetting.approve(domain, source="Called", proved_by="dns", by=people.vera)

    page = html(paul, domain)

    assert "The vetting team" in page
    assert "vera@" not in page
    assert "Vera" not in page


@pytest.mark.parametrize("path", ["", "add/", "{pk}/", "delete/?pick={pk}"])
def test_the_pages_speak_japanese_too(people, paul, path):
    domain = add(people, "dns")

    with override("en"):  # so that the next test is not in Japanese
        page = paul.get(f"/domains/{path.format(pk=domain.pk)}", headers={"accept-language": "ja"}).content.decode()

    assert 'lang="ja"' in page
    assert len(re.findall("<h1", page)) == 1
    assert "ドメイン" in page


# What to publish


@pytest.mark.parametrize(
    ("choice", "texts"),
    [
        ("dns", {"Kind": "TXT", "Name of the record": "_sslportal-challenge.example-new.com", "Value": VALUE}),
        (
            "file",
            {
                "Address of the file": "http://example-new.com/.well-known/pki-validation/sslportal.txt",
                "Content of the file": VALUE,
            },
        ),
    ],
)
def test_what_to_publish_is_shown_with_a_copy_button_for_each_part(people, paul, choice, texts):
    domain = add(people, choice)
    Attempt.objects.update(value=VALUE)

    page = html(paul, domain)

    copied = re.findall(r'data-copy="([^"]*)"\s+data-copied="Copied"\s+aria-label="Copy ([^"]*)"\s+hidden', page)
    assert {word: text for text, word in copied} == texts
    for text in texts.values():
        assert f"<code>{text}</code>" in page


def test_what_the_last_look_found_instead_is_told(people, paul):
    domain = add(people, "dns")
    answers.record_check(
        domain.attempts.get(), Finding("missing", "other", "TXT _x.example-new.com", "192.0.2.53", ["v=spf1 -all"])
    )

    page = html(paul, domain)

    assert "there is no TXT record with this value, but: “v=spf1 -all”." in page
    assert "Last looked:" in page
    for told in ("TXT _x.example-new.com", "192.0.2.53", "Not found"):
        assert told in page


def test_before_the_first_look_it_says_that_it_looks(people, paul):
    assert "It is being looked for now." in html(paul, add(people, "dns"))


@pytest.mark.parametrize("code", ["other", "misplaced", "status", "connect", "no-such-code", "bogus"])
@pytest.mark.parametrize("choice", ["dns", "file"])
@pytest.mark.parametrize("path", ["", "state/"])
def test_what_strangers_publish_is_escaped(people, paul, choice, code, path):
    domain = add(people, choice)
    answers.record_check(
        domain.attempts.get(), Finding("missing", code, f"Q {HOSTILE}", HOSTILE, [f"A {HOSTILE}"], f"D {HOSTILE}")
    )

    page = html(paul, domain, path)

    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_hostile_contact_address_is_escaped(people, paul):
    domain = make_domain(people.ov)
    address = '"\'><script>"@example.org'
    ContactLookup.objects.create(
        name="example.com", answered_at=clock.now(), addresses=[["dns-contact", address]]
    )  # more than a lookup lets through

    assert "<script>" not in html(paul, domain)


def test_the_file_can_be_downloaded(people, paul):
    domain = add(people, "file")

    response = paul.get(url(domain, "file/"))

    assert response.content.decode() == f"{domain.attempts.get().value}\n"
    assert response["Content-Type"] == "text/plain; charset=us-ascii"
    assert response["Content-Disposition"] == 'attachment; filename="sslportal.txt"'


@pytest.mark.parametrize("choice", ["dns", "manual", "admin@example-new.com"])
def test_without_a_file_there_is_nothing_to_download(people, paul, choice):
    assert paul.get(url(add(people, choice), "file/")).status_code == 404


# The part that refreshes itself


@pytest.mark.parametrize(("choice", "refreshes"), [("dns", True), ("file", True), ("manual", False)])
def test_the_page_refreshes_itself_while_something_is_looked_for(people, paul, choice, refreshes):
    domain = add(people, choice)

    for page in (html(paul, domain), html(paul, domain, "state/")):
        assert (f'data-refresh="{url(domain, "state/")}"' in page) == refreshes


def test_the_fragment_is_the_state_alone_and_ends_refreshing_when_it_is_found(people, paul):
    domain = add(people, "dns")
    waiting = html(paul, domain, "state/")
    answers.record_check(domain.attempts.get(), Finding("found", "found", "TXT"))

    found = html(paul, domain, "state/")

    assert waiting.strip().startswith('<section class="state panel tone-waiting"')
    assert "<html" not in waiting
    assert "data-refresh=" not in found
    assert "Ready" in found


def test_a_domain_that_has_become_a_public_suffix_has_a_page_still(people, paul, monkeypatch):
    domain = make_domain(people.ov)
    suffixes = PublicSuffixList(source="com\nexample.com\n", accept_unknown=False)
    monkeypatch.setattr(names, "_suffixes", lambda: suffixes)

    assert paul.get(url(domain)).status_code == 200
    assert paul.post(url(domain, "choose/"), {"method": "dns"}).status_code == 422


# Check now


def test_check_now_looks_at_once_and_finds_the_record(people, paul, dns_server, django_capture_on_commit_callbacks):
    domain = add(people, "dns")
    Attempt.objects.update(next_check_at=clock.now() + timedelta(hours=1), tries=9)
    dns_server.zone["TXT", "_sslportal-challenge.example-new.com"] = [domain.attempts.get().value]

    with django_capture_on_commit_callbacks(execute=True):
        response = paul.post(url(domain, "check/"))

    assert response.headers["Location"] == url(domain)
    assert fresh(domain).status == Status.READY


def test_check_now_says_what_it_does_and_begins_the_pauses_anew(people, paul):
    domain = add(people, "file")
    Attempt.objects.update(next_check_at=clock.now() + timedelta(hours=1), tries=9)

    response = post(paul, domain, "check/")

    attempt = domain.attempts.get()
    assert says(response) == ["The portal is looking for it now."]
    assert attempt.tries == 0
    assert attempt.next_check_at <= clock.now()


@pytest.mark.parametrize("choice", ["manual", "admin@example-new.com"])
def test_check_now_where_nothing_is_looked_for_says_so(people, paul, choice):
    assert says(post(paul, add(people, choice), "check/")) == ["Nothing is being looked for."]


# Which way is marked at first (D11)


def approved(domain, **fields):
    return make_attempt(domain, status=Outcome.APPROVED, **fields)


@pytest.mark.parametrize("status", [Status.READY, Status.EXPIRING, Status.EXPIRED])
def test_the_way_that_confirmed_the_domain_is_marked(people, paul, status):
    domain = make_domain(people.ov, status=status)
    approved(domain, method=Method.MAIL, address="hostmaster@example.com")
    make_attempt(domain, method=Method.DNS, value=VALUE, status=Outcome.TIMED_OUT)

    assert chosen(html(paul, domain)) == ["hostmaster@example.com"]


def test_none_is_marked_where_the_address_is_no_longer_on_offer(people, paul):
    domain = make_domain(people.ov, status=Status.EXPIRING, method=Method.DNS_CONTACT)
    approved(domain, method=Method.DNS_CONTACT, address="it@example.org")

    assert chosen(html(paul, domain)) == []
    now = clock.now()
    ContactLookup.objects.update(answered_at=now, addresses=[["dns-contact", "it@example.org"]])
    assert chosen(html(paul, domain)) == ["it@example.org"]


def test_the_way_that_is_under_way_is_marked(people, paul):
    domain = make_domain(people.ov, status=Status.RE_VETTING)
    approved(domain, method=Method.MAIL, address="hostmaster@example.com")
    make_attempt(domain, method=Method.DNS, value=VALUE)

    assert chosen(html(paul, domain)) == ["dns"]


@pytest.mark.parametrize(("method", "marked"), [(Method.DNS, ["dns"]), (Method.MAIL, [])])
def test_a_domain_whose_attempts_are_not_known_has_its_method(people, paul, method, marked):
    assert chosen(html(paul, make_domain(people.ov, method=method))) == marked


# Re-Confirm


@pytest.mark.parametrize("status", [Status.READY, Status.EXPIRING, Status.EXPIRED])
def test_re_confirm_starts_the_re_vetting(people, paul, status):
    domain = make_domain(people.ov, status=status)

    response = post(paul, domain, "choose/", go="confirm", method="admin@example.com")

    assert says(response) == ["The confirmation is under way."]
    assert fresh(domain).status == Status.RE_VETTING
    assert len(letters_to("admin@example.com")) == 1


def test_the_mail_is_sent_again_with_a_new_link(people, paul):
    domain = add(people, "admin@example-new.com")

    post(paul, domain, "choose/", go="confirm", method="admin@example-new.com")

    old, new = Link.objects.order_by("pk")
    assert len(letters_to("admin@example-new.com")) == 2
    assert (old.used_at is None, new.used_at is None) == (False, True)
    assert fresh(domain).status == Status.PENDING


def test_another_address_can_be_chosen_while_pending(people, paul):
    domain = add(people, "admin@example-new.com")

    post(paul, domain, "choose/", go="confirm", method="webmaster@example-new.com")

    attempts = [(one.address, one.status) for one in domain.attempts.order_by("pk")]
    assert attempts == [("admin@example-new.com", "withdrawn"), ("webmaster@example-new.com", "waiting")]


def test_manually_validate_cannot_be_taken_back(people, paul):
    domain = add(people, "admin@example-new.com")
    post(paul, domain, "choose/", go="confirm", method="manual")
    assert buttons(html(paul, domain)) == {"Back"}

    response = post(paul, domain, "choose/", go="confirm", method="admin@example-new.com")

    assert says(response) == ["The vetting team is confirming example-new.com; this can no longer be changed."]
    assert [one.method for one in domain.attempts.open()] == ["manual"]


def test_mail_to_strangers_has_an_end(people, paul):
    domain = add(people, "admin@example-new.com")

    answers_ = [says(post(paul, domain, "choose/", go="confirm", method="admin@example-new.com"))[0] for _ in range(5)]

    assert answers_[3] == "The confirmation is under way."
    assert answers_[4].startswith("5 mails have been sent for example-new.com within a day.")


def test_a_way_must_be_chosen(people, paul):
    domain = make_domain(people.ov)

    response = paul.post(url(domain, "choose/"), {"go": "confirm"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert "Choose one of the ways." in page
    assert fresh(domain).status == Status.READY


@pytest.mark.parametrize("choice", ["root@example.com", "admin@example.org", "skip", "whois", "x\0y"])
def test_what_is_not_on_offer_is_refused_at_the_field(people, paul, choice):
    response = paul.post(url(make_domain(people.ov), "choose/"), {"go": "confirm", "method": choice})

    assert response.status_code == 422
    assert response.context["form"].errors["method"]


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DECLINED])
def test_what_cannot_be_confirmed_says_so(people, paul, status):
    domain = make_domain(people.ov, status=status, reason="Why")

    response = post(paul, domain, "choose/", go="confirm", method="dns")

    assert says(response) == [f"example.com is {status.label} and cannot be confirmed now."]
    assert not domain.attempts.exists()


def test_what_the_rules_end_is_said_once_for_all_addresses(people, paul, settings):
    settings.PORTAL_POLICY = "public-trust"
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC)):
        page = html(paul, make_domain(people.ov))

    assert page.count("a confirmation of this kind counts until") == 1


# Upgrade


@pytest.mark.parametrize("choice", ["dns", "manual", "admin@example.com"])
def test_upgrade_keeps_serving_ov_and_is_finished_by_the_vetting_team(ev, paul, choice):
    domain = make_domain(ev)

    response = post(paul, domain, "choose/", go="upgrade", method=choice)

    assert says(response) == ["The upgrade to EV is under way."]
    assert (fresh(domain).status, fresh(domain).level, domain.attempts.get().level) == ("upgrading", "OV", "EV")


@pytest.mark.parametrize("status", [Status.PENDING, Status.EXPIRED, Status.SUSPENDED, Status.UPGRADING])
def test_an_upgrade_at_the_wrong_time_is_refused(ev, paul, status):
    domain = make_domain(ev, status=status)

    response = post(paul, domain, "choose/", go="upgrade", method="dns")

    assert says(response) == ["example.com cannot be upgraded to EV now."]
    assert fresh(domain).status == status


def test_no_upgrade_in_an_ov_profile(people, paul):
    response = post(paul, make_domain(people.ov), "choose/", go="upgrade", method="dns")

    assert says(response) == ["example.com cannot be upgraded to EV now."]


# Decline


def test_decline_ends_the_reminders_until_it_expires(people, paul):
    domain = make_domain(people.ov, status=Status.EXPIRING)

    response = post(paul, domain, "decline/")

    assert says(response) == ["You are not reminded of example.com again until it expires."]
    assert (fresh(domain).no_reminders, fresh(domain).status) == (True, Status.EXPIRING)
    assert buttons(response.content.decode()) == {"Re-Confirm", "Back"}


@pytest.mark.parametrize("status", set(Status) - {Status.EXPIRING})
def test_there_is_nothing_to_decline_otherwise(people, paul, status):
    domain = make_domain(people.ov, status=status)

    assert says(post(paul, domain, "decline/")) == ["There are no reminders to stop."]
    assert not fresh(domain).no_reminders


# Whose it is


def test_the_domains_of_others_do_not_exist(people, sign_in, paul):
    domain = add(people, "file")
    pia = make_person("pia@example.com", people.company)
    make_profile(people.company, "Pias", primary=pia)

    for person in (people.stranger, pia):
        client = sign_in(person)
        got = {path: (client.get(url(domain, path)).status_code, client.post(url(domain, path)).status_code)
               for path in PATHS}  # fmt: skip
        assert got == {
            "": (404, 405), "state/": (404, 405), "file/": (404, 405),
            "choose/": (405, 404), "check/": (405, 404), "decline/": (405, 404),
        }  # fmt: skip
    assert domain.attempts.get().status == Outcome.WAITING


def test_a_colleague_without_a_role_sees_nothing_and_may_nothing(people, sign_in):
    domain = make_domain(people.ov)
    gina = sign_in(people.gina)

    assert gina.get(url(domain)).status_code == 404
    assert [gina.post(url(domain, path)).status_code for path in ("choose/", "check/", "decline/")] == [403] * 3


def test_a_form_without_its_token_does_nothing(people):
    domain = make_domain(people.ov, status=Status.EXPIRING)
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.paul, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.post(url(domain, "decline/")).status_code == 403
    assert not fresh(domain).no_reminders


def test_the_page_takes_as_many_queries_for_many_attempts_as_for_few(people, paul, django_assert_max_num_queries):
    domain = make_domain(people.ov)
    approved(domain, method=Method.DNS, value=VALUE, requester=people.paul)
    paul.get(url(domain))
    with CaptureQueriesContext(connection) as few:
        paul.get(url(domain))
    for _ in range(5):
        attempt = approved(domain, method=Method.DNS, value=VALUE, requester=people.stan)
        for _ in range(3):
            Check.objects.create(attempt=attempt, question="Q", verdict="missing", code="nothing")

    with django_assert_max_num_queries(len(few)):
        paul.get(url(domain))
