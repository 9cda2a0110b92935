"""The Introduction in a browser: stepping, and whether it comes again."""

import pytest
from playwright.sync_api import expect

from accounts.introduction import SLIDES

pytestmark = pytest.mark.browser

PERSON = "stranger@example.org"


def sign_in(page, portal, next_url=""):
    page.goto(f"{portal.url}/sign-in/{next_url}")
    page.get_by_label("Email").fill(PERSON)
    page.get_by_label("Password").fill(portal.people[PERSON])
    page.get_by_role("button", name="Sign In").click()


def expect_slide(page, number):
    """Just this slide is seen, and its position is told."""
    expect(page.locator(".slide:visible h2")).to_have_text([str(SLIDES[number - 1].title)])
    expect(page.locator(".slide-steps [role=status]")).to_contain_text(f"Slide {number} of {len(SLIDES)}")


@pytest.fixture
def introduction(page, portal):
    """The Introduction as it stands at an address, its script running; whoever reads it has asked for it."""
    page.set_default_timeout(15_000)
    portal.execute("UPDATE accounts_administrator SET shows_introduction = true WHERE email = %s", PERSON)
    sign_in(page, portal, "?next=/domains/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Introduction")
    page.wait_for_load_state("networkidle")
    return page


def test_the_arrows_step_without_loading_a_page(introduction):
    introduction.evaluate("window.isStillHere = true")

    introduction.get_by_role("link", name="Next").click()
    introduction.get_by_role("link", name="Next").click()
    expect_slide(introduction, 3)
    introduction.get_by_role("link", name="Previous").click()
    expect_slide(introduction, 2)

    assert introduction.evaluate("window.isStillHere")


def test_the_arrow_keys_step_and_stop_at_both_ends(introduction):
    introduction.keyboard.press("ArrowLeft")
    expect_slide(introduction, 1)

    for _slide in range(len(SLIDES) + 2):
        introduction.keyboard.press("ArrowRight")

    expect_slide(introduction, len(SLIDES))
    expect(introduction.get_by_role("link", name="Next")).to_have_attribute("aria-disabled", "true")
    introduction.keyboard.press("ArrowLeft")
    expect_slide(introduction, len(SLIDES) - 1)
    expect(introduction.get_by_role("link", name="Next")).not_to_have_attribute("aria-disabled", "true")


def test_the_address_is_that_of_the_slide(introduction):
    introduction.keyboard.press("ArrowRight")
    introduction.reload()

    expect_slide(introduction, 2)


def test_without_a_script_the_arrows_are_links(browser, portal, introduction):
    cookies = introduction.context.cookies()
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto(f"{portal.url}/introduction/?next=/domains/")

    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Next").click()

    expect_slide(page, 3)
    page.get_by_role("button", name="Close").click()
    assert page.url == f"{portal.url}/domains/"
    plain.close()


def test_a_cleared_box_is_kept_at_once_and_the_next_sign_in_has_no_introduction(introduction, portal):
    with introduction.expect_response(lambda response: response.request.method == "POST") as kept:
        introduction.get_by_label("Show this again after the next sign-in").uncheck()
    assert kept.value.status == 204

    introduction.get_by_role("button", name="Sign Out").click()  # without Close
    sign_in(introduction, portal)
    expect(introduction.get_by_role("heading", level=1)).to_contain_text("Certificates")

    introduction.get_by_text("Help", exact=True).click()
    introduction.get_by_role("link", name="Introduction").click()
    expect(introduction.get_by_label("Show this again after the next sign-in")).not_to_be_checked()


def test_closing_leads_to_the_page_that_was_asked_for(introduction, portal):
    introduction.get_by_role("button", name="Close").click()

    expect(introduction.get_by_role("heading", level=1)).to_contain_text("Domains")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(introduction, width):
    introduction.set_viewport_size({"width": width, "height": 800})

    for number in range(1, len(SLIDES) + 1):
        expect_slide(introduction, number)
        assert introduction.evaluate("document.documentElement.scrollWidth") <= width
        introduction.keyboard.press("ArrowRight")
