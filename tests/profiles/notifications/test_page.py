"""The page Notifications: what is on it for whom, what was read, and what one notification says (I1)."""

import csv
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from profiles.models import Access
from profiles.notifications import reading, rules
from profiles.notifications.models import Notice
from sslportal.kit.catalogue import Priority
from tests.factories import make_notice, make_profile

PAGE = "/administration/notifications/"


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def shown(client, query=""):
    return [row.record.subject for row in client.get(PAGE + query).context["page"].object_list]


def exported(client, query=""):
    response = client.get(f"{PAGE}?export=shown{query}")
    return list(csv.DictReader(b"".join(response).decode().splitlines()))


def unread(person):
    return [notice.subject for notice in Notice.objects.unread_by(person).order_by("pk")]


# Who sees what


def test_people_see_what_happened_in_their_profiles_and_globals_what_happened_in_the_account(people, sign_in):
    make_notice(people.ov, "of the profile")
    make_notice(people.company, "of the account")
    make_notice(people.foreign_ov, "of a stranger's profile")
    make_notice(people.foreign, "of a stranger's account")

    seen = {name: shown(sign_in(getattr(people, name))) for name in ("gina", "paul", "stan")}

    assert seen == {"gina": ["of the account"], "paul": ["of the profile"], "stan": ["of the profile"]}


def test_a_global_administrator_with_a_role_in_the_profile_sees_both(people, sign_in):
    Access.objects.create(profile=people.ov, administrator=people.gina, role="standard")
    make_notice(people.ov, "of the profile")
    make_notice(people.company, "of the account")

    assert shown(sign_in(people.gina)) == ["of the account", "of the profile"]


def test_the_rule_and_the_query_agree(people):
    make_profile(people.company, "Nobody's")
    profiles = [*people.company.profiles.all(), people.foreign_ov]
    notices = [make_notice(about) for about in (*profiles, people.company, people.foreign)]

    for person in (people.gina, people.paul, people.stan, people.stranger, people.vera):
        allowed = {notice.pk for notice in notices if rules.may_view(person, notice)}
        assert set(Notice.objects.visible_to(person).values_list("pk", flat=True)) == allowed, person


# The list


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["b", "a"]),
        ("?period=60", ["b", "a", "c"]),
        ("?period=90", ["b", "a", "c", "d"]),
        ("?period=nonsense", ["b", "a"]),
        ("?period=90&priority=critical", ["a", "d"]),
        ("?period=90&priority=nonsense", ["b", "a", "c", "d"]),
        ("?period=90&q=C", ["c"]),
        ("?period=90&q=other", ["d"]),
        ("?period=90&sort=subject", ["a", "b", "c", "d"]),
        ("?period=90&sort=-subject", ["d", "c", "b", "a"]),
        ("?period=90&sort=date", ["d", "c", "a", "b"]),
        ("?sort=priority", ["a", "b"]),
        ("?period=90&sort=-profile", ["d", "b", "a", "c"]),
        ("?sort=letters", ["b", "a"]),
    ],
)
def test_the_list_shows_what_was_asked_for(people, paul, query, expected):
    other = make_profile(people.company, "Other", primary=people.paul)
    make_notice(people.ov, "c", days=59)
    make_notice(other, "d", days=89, priority=Priority.CRITICAL)
    make_notice(people.ov, "gone", days=91)
    make_notice(people.ov, "a", days=29, priority=Priority.CRITICAL)
    make_notice(people.ov, "b", days=1)

    assert shown(paul, query) == expected


def test_what_was_chosen_is_kept_until_the_next_sign_in(people, paul, sign_in):
    make_notice(people.ov, "old", days=80)

    paul.get(PAGE + "?period=90")

    assert shown(paul) == ["old"]
    paul.logout()
    assert shown(sign_in(people.paul)) == []


def test_subjects_are_shown_sorted_and_searched_in_the_readers_language(people, paul):
    make_notice(people.ov, "Anvil", ja="ん")
    make_notice(people.ov, "Zebra", ja="あ")
    paul.cookies["django_language"] = "ja"

    page = paul.get(PAGE + "?sort=subject").content.decode()

    assert page.index("あ") < page.index("ん")
    assert "Zebra" not in page
    assert len(shown(paul, "?q=ん")) == 1
    assert shown(paul, "?q=Zebra") == []


def test_what_was_not_said_in_the_readers_language_is_shown_in_english(people, paul):
    notice = make_notice(people.ov, "Only English")
    del notice.letters["ja"]
    notice.save()
    paul.cookies["django_language"] = "ja"

    assert shown(paul, "?q=Only&sort=subject") == ["Only English"]


def test_the_export_has_the_columns_of_the_list_and_the_time_of_the_account(people, paul):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    with time_machine.travel("2026-06-01T20:30:00Z", tick=False):
        make_notice(people.ov, "=HYPERLINK(1)", priority=Priority.CRITICAL)

        (row,) = exported(paul)

    assert row == {
        "Date": "2026-06-02 05:30:00 JST",
        "Profile": "Example OV",
        "Priority": "Critical",
        "Subject": "'=HYPERLINK(1)",
    }


def test_the_page_says_the_time_of_the_account(people, paul):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    with time_machine.travel("2026-06-01T20:30:00Z", tick=False):
        notice = make_notice(people.ov)

        pages = [paul.get(url).content.decode() for url in (PAGE, notice.get_absolute_url())]

    assert all("05:30 JST" in page for page in pages)


def test_markup_in_what_was_said_is_text(people, paul):
    attack = "<script>alert(1)</script>"
    notice = make_notice(
        people.ov, attack, paragraphs=[attack], facts=[[attack, attack]], action=[attack, "/"], after=[attack]
    )

    for url in (PAGE, notice.get_absolute_url()):
        page = paul.get(url).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_empty_page_says_what_will_be_there_and_that_older_ones_can_be_chosen(people, paul):
    page = paul.get(PAGE).content.decode()

    assert "No notifications yet" in page
    assert "60 or 90 days" in page
    assert "Last 90 days" in page


def test_a_time_without_notifications_is_told_from_a_search_without_success(people, paul):
    make_notice(people.ov, "old", days=80)

    assert "No notifications in this time" in paul.get(PAGE).content.decode()
    assert "Nothing matches." in paul.get(PAGE + "?period=90&q=nonsense").content.decode()


def test_the_list_has_as_many_queries_for_one_row_as_for_thirty(people, paul):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            paul.get(PAGE + "?rows=50")
        return len(captured)

    make_notice(people.ov)
    queries()
    counts = []
    for more in (0, 2, 27):
        for number in range(more):
            make_notice(make_profile(people.company, f"{more} {number}", primary=people.paul))
        counts.append(queries())

    assert counts == [counts[0]] * 3


# One notification


def test_the_details_say_what_the_mail_says(people, paul):
    notice = make_notice(
        people.ov,
        "The certificate expires",
        priority=Priority.CRITICAL,
        paragraphs=["It ends soon."],
        facts=[["Order", "7\nseven"]],
        action=["Renew the certificate", "https://portal.example/certificates/7/renew/"],
        after=["Or mark it as unused."],
    )

    page = paul.get(notice.get_absolute_url()).content.decode()

    said = (
        "Notification Details",
        "The certificate expires",
        "Critical",
        "Example OV",
        "It ends soon.",
        "7<br>seven",
        "Back",
    )
    for words in (*said, "Or mark it as unused.", "Renew the certificate"):
        assert words in page
    assert 'href="/certificates/7/renew/"' in page


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://portal.example/certificates/7/", "/certificates/7/"),
        ("https://elsewhere.example//evil.example/x", "/evil.example/x"),
        ("javascript:alert(1)", "/alert(1)"),
        ("//evil.example", "/"),
    ],
)
def test_the_button_leads_into_the_portal_whatever_is_kept(people, url, path):
    assert make_notice(people.ov, action=["Go", url]).action == ("Go", path)


def test_strangers_and_globals_without_a_role_get_no_details(people, sign_in):
    notice = make_notice(people.ov)

    for person in (people.stranger, people.gina):
        assert sign_in(person).get(notice.get_absolute_url()).status_code == 404
        assert unread(person) == ["Something happened"]


# Read and unread


def test_opening_marks_as_read_for_the_one_who_opened_it(people, paul):
    notice, _other = make_notice(people.ov, "first"), make_notice(people.ov, "second")

    for _twice in range(2):
        assert paul.get(notice.get_absolute_url()).status_code == 200

    assert unread(people.paul) == ["second"]
    assert unread(people.stan) == ["first", "second"]


def test_unread_ones_are_told_from_others(people, paul):
    make_notice(people.ov, "new one")
    paul.get(make_notice(people.ov, "old one").get_absolute_url())

    page = paul.get(PAGE).content.decode()

    assert page.count("Unread:") == 1
    assert page.index("old one") < page.index("Unread:") < page.index("new one")


def test_all_that_were_on_the_page_are_marked_as_read_and_none_that_came_after(people, paul):
    make_notice(people.ov, "first", days=2)
    newest = make_notice(people.ov, "second", days=1)
    assert paul.get(PAGE).context["newest"] == newest
    make_notice(people.ov, "meanwhile")

    response = paul.post(f"{PAGE}{newest.pk}/read/", follow=True)

    assert "All notifications were marked as read." in response.content.decode()
    assert unread(people.paul) == ["meanwhile"]
    assert unread(people.stan) == ["first", "second", "meanwhile"]


def test_a_page_that_was_left_open_makes_nothing_unread_again(people, paul):
    older, newer = make_notice(people.ov, days=2), make_notice(people.ov, days=1)

    paul.post(f"{PAGE}{newer.pk}/read/")
    paul.post(f"{PAGE}{older.pk}/read/")

    assert unread(people.paul) == []


def test_what_is_of_others_cannot_be_marked(people, sign_in):
    notice = make_notice(people.ov)

    assert sign_in(people.stranger).post(f"{PAGE}{notice.pk}/read/").status_code == 404


def test_the_button_is_there_only_while_something_is_unread(people, paul):
    notice = make_notice(people.ov)
    assert "Mark all as read" in paul.get(PAGE).content.decode()

    paul.post(f"{PAGE}{notice.pk}/read/")

    assert "Mark all as read" not in paul.get(PAGE).content.decode()


# The number in the tab


def test_the_tab_says_how_many_are_unread(people, paul):
    make_notice(people.ov, days=91)
    make_notice(people.company)
    assert "unread-count" not in paul.get("/certificates/").content.decode()

    make_notice(people.ov)
    assert "1 unread notification\n" in paul.get("/certificates/").content.decode()

    make_notice(people.ov)
    for url in ("/certificates/", PAGE):
        page = paul.get(url).content.decode()
        assert page.count("2 unread notifications") == 1, url
        assert '<span class="unread-count" aria-hidden="true">2</span>' in page


def test_many_are_not_counted_to_the_end(people, paul):
    for number in range(reading.MOST_COUNTED + 5):
        make_notice(people.ov, f"n{number}")

    page = paul.get(PAGE).content.decode()

    assert reading.count_unread(people.paul) == 100
    assert "99+" in page
    assert "more than 99 unread notifications" in page


def about_notices(client, url):
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return [row["sql"] for row in captured if "profiles_notice" in row["sql"]]


def test_a_page_counts_once_and_one_without_tabs_not_at_all(people, sign_in):
    make_notice(people.ov)

    assert len(about_notices(sign_in(people.paul), "/administration/account/")) == 1
    assert about_notices(sign_in(people.paul), "/session/") == []
    assert about_notices(sign_in(people.vera), "/administration/my-preferences/") == []


@pytest.fixture
def many_notices(people):
    """Of one profile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profiles_notice (key, kind, account_id, profile_id, priority, letters, created_at) "
            "SELECT n::text, 'test', %s, %s, 'critical', '{}', now() - n * interval '1 minute' "
            "FROM generate_series(1, 20000) n",
            [people.company.pk, people.ov.pk],
        )
        cursor.execute("ANALYZE profiles_notice")


def test_counting_looks_at_the_account_only_since_all_was_read(people, many_notices):
    reading.mark_read(Notice.objects.order_by("-created_at")[10], by=people.paul)
    unread_ones = Notice.objects.visible_to(people.paul).of_last(90).unread_by(people.paul)

    plan = unread_ones.values("pk")[:100].explain()

    assert unread_ones.count() == 10
    assert "Seq Scan on profiles_notice " not in plan


def test_who_administers_a_small_profile_does_not_wait_for_the_many_notices_of_others(people, many_notices):
    make_profile(people.company, "Small", standard=people.gina)

    plan = Notice.objects.visible_to(people.gina).of_last(90).unread_by(people.gina).values("pk")[:100].explain()

    assert "notices_of_profile" in plan


def test_those_of_a_moment_that_was_marked_are_read(people):
    with time_machine.travel("2026-06-01T20:30:00Z", tick=False):
        notice, _of_the_same_moment = make_notice(people.ov), make_notice(people.ov)

    reading.mark_read(notice, by=people.paul)

    assert unread(people.paul) == []
    assert Notice.objects.get(pk=notice.pk).created_at - notice.created_at == timedelta(0)


def test_what_a_sweep_commits_after_the_mark_stays_unread(people):
    newest = make_notice(people.ov)
    reading.mark_read(newest, by=people.paul)

    make_notice(people.ov, days=20 / 86_400)

    assert reading.count_unread(people.paul) == 1
