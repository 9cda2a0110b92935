"""The warning before the session ends, in a browser with two tabs. Time passes on both sides: the browser's clock is moved,
and the moment of the last activity in the session's row."""

import json

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.core.signing import JSONSerializer
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PERSON = "stan@example.com"


class Evening:
    """A person who has signed in, with two tabs, and a way to let time pass without doing anything."""

    def __init__(self, portal, context):
        self.portal, self.context = portal, context
        context.set_default_timeout(15_000)
        context.clock.install()
        self.tab, self.other = context.new_page(), context.new_page()
        self.tab.goto(f"{portal.url}/sign-in/")
        self.tab.get_by_label("Email").fill(PERSON)
        self.tab.get_by_label("Password").fill(portal.people[PERSON])
        self.tab.get_by_role("button", name="Sign In").click()
        for page, path in ((self.tab, "/certificates/new/"), (self.other, "/domains/")):
            page.goto(portal.url + path)
            page.wait_for_load_state("networkidle")

    def pass_by(self, minutes, *, for_browser=True):
        self._age(minutes * 60)
        if for_browser:
            self.context.clock.fast_forward(int(minutes * 60_000))

    def _age(self, seconds):
        key = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "sslportal_session")
        ((data,),) = self.portal.execute("SELECT session_data FROM django_session WHERE session_key = %s", key)
        signed = {"key": self.portal.state.secret_key.read_text(), "salt": SessionStore.key_salt.fget(SessionStore())}
        session = signing.loads(data, serializer=JSONSerializer, **signed)
        session["seen_at"] -= seconds
        data = signing.dumps(session, serializer=JSONSerializer, compress=True, **signed)
        self.portal.execute("UPDATE django_session SET session_data = %s WHERE session_key = %s", data, key)

    def seconds_left(self):
        return json.loads(self.context.request.get(f"{self.portal.url}/session/").text())["left"]


@pytest.fixture
def evening(portal, context):
    return Evening(portal, context)


def warning(page):
    return page.get_by_role("dialog", name="You will be signed out in")


def test_the_warning_comes_two_minutes_before_the_end_and_counts_down(evening):
    evening.pass_by(27)
    expect(warning(evening.tab)).not_to_be_visible()

    evening.pass_by(1.2)

    expect(warning(evening.tab)).to_be_visible()
    expect(warning(evening.tab).locator("h2")).to_contain_text("1:4")
    expect(warning(evening.tab).locator("h2")).to_contain_text("1:3", timeout=15_000)
    expect(warning(evening.tab).get_by_role("button", name="Stay signed in")).to_be_focused()


def test_staying_in_one_tab_closes_the_warning_in_the_other(evening):
    evening.pass_by(28.5)
    expect(warning(evening.tab)).to_be_visible()
    expect(warning(evening.other)).to_be_visible()

    warning(evening.tab).get_by_role("button", name="Stay signed in").click()

    expect(warning(evening.tab)).not_to_be_visible()
    expect(warning(evening.other)).not_to_be_visible()
    assert evening.seconds_left() > 29 * 60


def test_escape_stays_too(evening):
    evening.pass_by(28.5)
    expect(warning(evening.tab)).to_be_visible()

    evening.tab.keyboard.press("Escape")

    expect(warning(evening.tab)).not_to_be_visible()
    assert evening.seconds_left() > 29 * 60


def test_a_tab_asks_before_it_warns(evening):
    """The browser thinks that the time is nearly up; the server knows of something that was done elsewhere."""
    evening.context.clock.fast_forward(int(28.5 * 60_000))

    evening.tab.wait_for_timeout(2000)
    expect(warning(evening.tab)).not_to_be_visible()


def test_at_the_end_the_page_leads_to_the_sign_in_page_and_back(evening):
    evening.pass_by(28.5)
    expect(warning(evening.tab)).to_be_visible()

    evening.pass_by(2)

    for page, path in ((evening.tab, "/certificates/new/"), (evening.other, "/domains/")):
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign In")
        expect(page.get_by_text("after 30 minutes without activity")).to_have_count(1)
        expect(page.locator("[name=next]")).to_have_value(path)


def test_a_computer_that_slept_too_long_is_led_to_the_sign_in_page_as_it_wakes(evening):
    evening.pass_by(90)

    expect(evening.tab.get_by_role("heading", level=1)).to_have_text("Sign In")


def test_typing_keeps_the_session(evening):
    evening.pass_by(20)

    with evening.tab.expect_response("**/session/stay/") as stayed:
        evening.tab.get_by_label("Comments").press("a")

    assert stayed.value.json() == {"left": 30 * 60}


def test_the_warning_offers_to_sign_out(evening):
    evening.pass_by(28.5)

    warning(evening.tab).get_by_role("button", name="Sign Out").click()

    expect(evening.tab.get_by_role("heading", level=1)).to_have_text("Sign In")
