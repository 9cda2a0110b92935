"""Entering the request portal: the filter, the proof of an address, the hour, and what nobody is told."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates import tasks
from certificates.models import Visit
from certificates.outside import links, visits
from certificates.outside.actions import entering
from sslportal.kit import clock
from sslportal.kit.models import Draft, Link, OutgoingMail
from sslportal.kit.moves import lock
from tests.certificates.outside.visiting import OLGA, Outsider, locked, text_of, url_of
from tests.factories import make_outside_order, make_portal
from tests.letters import last_letter, letters_to, link_in

HOUR = timedelta(hours=1)


@pytest.fixture
def filtered(portal):
    portal.filters_domains, portal.mail_domains = True, ["outside.example"]
    portal.save()
    return portal


def test_the_entrance_shows_header_contact_and_nothing_of_the_account(people, portal, olga):
    portal.header = "<b>Requests</b> & more"
    portal.save()

    page = olga.get()

    assert "<h1>&lt;b&gt;Requests&lt;/b&gt; &amp; more</h1>" in page.content.decode()
    assert "help@example.com" in text_of(page)
    for secret in (people.company.name, people.ov.name, people.gina.email, "<b>"):
        assert secret not in page.content.decode()


def test_without_the_filter_one_enters_by_giving_an_address(portal, olga):
    page = olga.enter("Olga@Outside.example")

    assert url_of(page) == f"{olga.base}new/"
    assert "Example OV" in text_of(page)
    visit = Visit.objects.get()
    assert (visit.email, visit.is_proved) == ("olga@outside.example", False)
    assert not OutgoingMail.objects.exists()


def test_with_the_filter_no_profile_is_seen_before_the_address_is_proved(filtered, olga):
    page = olga.enter()
    assert url_of(page) == f"{olga.base}code/?to=new"
    assert "Example OV" not in text_of(olga.get("new/"))

    page = olga.prove()

    assert url_of(page) == f"{olga.base}new/"
    assert "Example OV" in text_of(page)
    assert Visit.objects.get().is_proved


def test_the_link_in_the_mail_proves_as_well_but_only_by_its_button(filtered, olga):
    olga.enter()
    path, other = link_in(last_letter(OLGA)), Client()

    assert other.get(path).status_code == 200
    assert other.get(path).status_code == 200  # a mail scanner uses nothing up
    page = other.post(path, follow=True)

    assert "Example OV" in text_of(page)
    assert other.get(path).status_code == 410
    assert other.post(path).status_code == 410
    assert not entering.prove(Visit.objects.earliest("pk"), olga.code())  # the code is used up with it


@pytest.mark.parametrize(
    "email",
    [
        "eve@other.example",
        "eve@sub.outside.example",
        "eve@outside.example.evil.example",
        "eve@outsіde.example",  # a Cyrillic letter
        "eve@xn--outsde-s9e.example",
    ],
)
def test_an_address_beyond_the_filter_gets_the_same_pages_and_no_mail(filtered, olga, email):
    seen, kept_out = olga.enter(), Outsider(Client(), filtered)

    page = kept_out.enter(email)

    assert [url for url, _code in page.redirect_chain] == [url for url, _code in seen.redirect_chain]
    assert text_of(page).replace(Visit.objects.latest("pk").email, "X") == text_of(seen).replace(OLGA, "X")
    assert {mail.to for mail in OutgoingMail.objects.all()} == {OLGA}
    wrong = kept_out.send("code/?to=new", code="000000")
    assert wrong.status_code == 422
    assert "Example OV" not in text_of(kept_out.get("new/"))


def test_an_international_mail_domain_is_told_from_its_look_alike(portal, olga):
    portal.filters_domains, portal.mail_domains = True, ["xn--bcher-kva.example"]
    portal.save()

    olga.enter("olga@bücher.example")

    assert last_letter("olga@xn--bcher-kva.example").subject.endswith("is your code for requesting certificates")


def test_a_code_counts_for_five_tries(filtered, olga):
    olga.enter()
    wrong = "000000" if olga.code() != "000000" else "000001"
    for _try in range(entering.TRIES):
        assert olga.send("code/?to=new", code=wrong).status_code == 422

    page = olga.prove()

    assert page.status_code == 422
    assert not Visit.objects.get().is_proved


def test_a_code_counts_for_fifteen_minutes(filtered, olga):
    olga.enter()

    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        page = olga.prove()

    assert page.status_code == 422


def test_a_code_counts_in_the_browser_that_asked_for_it_and_spaces_do_no_harm(filtered, olga):
    other = Outsider(Client(), filtered)
    other.enter()
    theirs = other.code()
    olga.enter()
    mine = olga.code()

    assert other.send("code/?to=new", code=mine).status_code == (200 if mine == theirs else 422)
    assert "Example OV" in text_of(olga.send("code/?to=new", code=f" {mine[:3]} {mine[3:]} "))


def test_the_code_is_not_kept_in_the_database(filtered, olga):
    olga.enter()

    visit = Visit.objects.get()
    assert olga.code() not in str(vars(visit))
    assert len(visit.code) == 64


def test_another_code_makes_the_one_before_useless(filtered, olga):
    olga.enter()
    before = olga.code()

    olga.send("code/?to=new", go="again")

    after = olga.code()
    assert len(letters_to(OLGA)) == 2
    assert before == after or olga.send("code/?to=new", code=before).status_code == 422
    assert "Example OV" in text_of(olga.send("code/?to=new", code=after))


def test_a_visit_ends_after_an_hour(portal, olga):
    olga.enter()
    assert "Example OV" in text_of(olga.get("new/"))

    with clock.at(clock.now() + HOUR):
        page = olga.get("new/")

    assert url_of(page) == olga.base
    assert "longer than an hour ago" in text_of(page)


def test_the_hour_begins_when_the_address_is_proved(filtered, olga):
    olga.enter()
    with clock.at(clock.now() + timedelta(minutes=10)):
        olga.prove()

    with clock.at(clock.now() + timedelta(minutes=69)):
        assert "Example OV" in text_of(olga.get("new/"))
    with clock.at(clock.now() + timedelta(minutes=71)):
        assert url_of(olga.get("new/")) == olga.base


def test_leaving_ends_the_visit_at_once(portal, olga):
    olga.enter()
    stolen = olga.client.cookies[visits.COOKIE].value

    olga.send("leave/")

    olga.client.cookies[visits.COOKIE] = stolen
    assert url_of(olga.get("new/")) == olga.base


def test_the_cookie_is_for_this_portal_alone_and_no_script_reads_it(people, portal, olga):
    olga.enter()

    cookie = olga.client.cookies[visits.COOKIE]
    assert cookie["path"] == olga.base
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    elsewhere = Outsider(Client(), make_portal(people.foreign))
    elsewhere.client.cookies[visits.COOKIE] = cookie.value
    assert url_of(elsewhere.get("new/")) == elsewhere.base


def test_a_visit_opens_nothing_of_an_administrator(portal, olga):
    olga.enter_proved()

    for path in ("/certificates/", "/administration/account/", "/discovery/"):
        assert olga.client.get(path).headers["Location"].startswith("/sign-in/")


def test_an_administrators_session_opens_nothing_of_a_portal(people, portal, sign_in):
    gina = Outsider(sign_in(people.gina), portal)

    assert url_of(gina.get("new/")) == gina.base
    assert people.gina.email not in gina.get().content.decode()


def test_a_filter_that_is_set_while_somebody_is_there_keeps_them_out(portal, olga):
    olga.enter()

    portal.filters_domains, portal.mail_domains = True, ["other.example"]
    portal.save()

    assert url_of(olga.get("new/")) == olga.base


def test_what_was_typed_is_there_for_who_proves_the_address_again(people, filtered, olga):
    olga.enter()
    olga.prove()
    olga.first_page(people.ov)

    with clock.at(clock.now() + timedelta(days=2)):
        again = Outsider(Client(), filtered)
        again.enter()
        page = again.prove()

    assert url_of(page).endswith("/details/")


def test_what_was_typed_is_not_shown_to_who_only_gives_the_same_address(people, portal, olga):
    olga.enter()
    olga.first_page(people.ov)

    page = Outsider(Client(), portal).enter(OLGA)

    assert page.context["form"]["csr"].value() in (None, "")


def test_what_was_typed_is_there_in_the_same_browser(people, portal, olga):
    olga.enter()
    olga.first_page(people.ov)

    with clock.at(clock.now() + 2 * HOUR):
        page = olga.enter()

    assert url_of(page).endswith("/details/")


def test_what_was_typed_with_a_proved_address_waits_for_the_next_proof(people, portal, olga):
    olga.enter_proved()
    olga.first_page(people.ov)

    page = olga.enter()
    assert page.context["form"]["csr"].value() in (None, "")

    olga.send("code/?to=new", go="again")
    assert url_of(olga.prove()).endswith("/details/")


def test_what_was_typed_is_taken_over_once(people, portal, olga):
    """By the first of two windows of one browser that enter at the same moment."""
    olga.enter()
    olga.first_page(people.ov)
    before = Visit.objects.get()

    first, _key = entering.enter(portal, OLGA, proves=False, before=before)
    second, _key = entering.enter(portal, OLGA, proves=False, before=before)

    assert (first.draft_id, second.draft_id) == (before.draft_id, None)


@pytest.mark.django_db(transaction=True)
def test_of_two_proofs_at_the_same_moment_both_count_and_one_finds_what_was_typed(people, portal):
    olga = Outsider(Client(), portal)
    olga.enter_proved()
    olga.first_page(people.ov)
    draft = Draft.objects.get()
    entered, codes = [], []
    for _number in range(2):
        entered.append(entering.enter(portal, OLGA, proves=True)[0])
        codes.append(olga.code())

    def prove(visit, code):
        try:
            return entering.prove(visit, code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            lock(Visit.objects.get(draft=draft))
            proved = threads.map(prove, entered, codes)
            wait_for_waiting(2)
        assert list(proved) == [True, True]

    assert Visit.objects.filter(draft=draft, pk__in=[visit.pk for visit in entered]).count() == 1


def wait_for_waiting(count):
    """Until so many connections to the database wait for a lock that another one has."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ends = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            if cursor.execute(waiting).fetchone()[0] == count:
                return
            time.sleep(0.01)
    raise TimeoutError


def test_proofs_by_code_and_by_link_lock_the_visit_before_its_links(filtered, olga):
    for prove in (olga.prove, lambda: olga.send(olga.link())):
        olga.enter()
        with CaptureQueriesContext(connection) as queries:
            prove()
        assert locked(queries).index("certificates_visit") < locked(queries).index("kit_link")


def test_a_page_that_is_sent_after_the_hour_is_kept(people, portal, olga):
    olga.enter()
    page = url_of(olga.first_page(people.ov))

    with clock.at(clock.now() + HOUR):
        olga.send(page, common_name="late.example.com", sans=[], add_sans="")
        page = olga.enter()

    assert page.context["wanted"].common_name == "late.example.com"


NOT_THERE = [
    "", "code/", "captcha/", "logo.png", "new/", "requests/", "requests/ABCD-EFGH-JKMN/", "link/abc/", "requests/back/abc/",
    "new/00000000-0000-4000-8000-000000000000/request/",
]  # fmt: skip


@pytest.mark.parametrize("path", NOT_THERE)
def test_unknown_and_disabled_portals_are_the_same_page_that_does_not_exist(people, portal, client, path):
    portal.is_enabled = False
    portal.save()

    disabled, unknown = client.get(f"/request/{portal.slug}/{path}"), client.get(f"/request/nobody-knows/{path}")

    assert (disabled.status_code, unknown.status_code) == (404, 404)
    assert disabled.content == unknown.content == client.get("/no-such-page/").content
    for answer in (disabled, unknown):
        del answer.headers["X-Request-ID"]  # of each request its own
    assert dict(disabled.headers) == dict(unknown.headers)


def test_links_of_another_account_do_not_exist(people, portal, client):
    make_portal(people.foreign, slug="theirs")
    order = make_outside_order(people.ov)
    token = links.way_back(order).rsplit("/", 2)[-2]

    assert client.get(f"/request/theirs/requests/back/{token}/").status_code == 404
    assert client.get(f"/request/{portal.slug}/requests/back/{token}/").status_code == 200
    assert client.get(f"/request/{portal.slug}/link/{token}/").status_code == 404


def test_a_link_is_kept_as_a_digest_and_expires(people, portal, client, filtered, olga):
    olga.enter()
    path = link_in(last_letter(OLGA))

    assert path.split("/")[-2] not in str(list(Link.objects.values()))
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert client.get(path).status_code == 410


def test_nothing_of_a_portal_is_for_search_engines_or_caches(portal, olga):
    page = olga.client.get(olga.base)

    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in page.headers["Cache-Control"]


def test_pages_are_in_the_language_of_the_browser_and_so_is_the_mail(filtered, olga):
    olga.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "ja"

    page = olga.enter()

    assert '<html lang="ja">' in page.content.decode()
    assert last_letter(OLGA).language == "ja"


def test_old_visits_are_forgotten_with_what_was_typed(people, portal, olga):
    olga.enter_proved()
    olga.first_page(people.ov)
    Outsider(Client(), portal).enter("other@outside.example")

    with clock.at(clock.now() + timedelta(days=3)):
        tasks.forget_old_visits()
        assert [visit.email for visit in Visit.objects.all()] == [OLGA]
    with clock.at(clock.now() + timedelta(days=31)):
        tasks.forget_old_visits()

    assert not Visit.objects.exists()
    assert not Draft.objects.exists()


def test_an_address_to_which_nothing_can_be_mailed_is_refused(portal, olga):
    for wrong in ("", "olga", "olga@", '"o l"@outside.example', "olga@[192.0.2.1]", "a" * 300 + "@outside.example"):
        page = olga.enter(wrong or " ")
        assert page.status_code == 422, wrong

    assert not Visit.objects.exists()
