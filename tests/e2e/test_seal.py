"""The script of a site seal on websites of others, in a browser: under a strict policy, and where it does not belong."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import sign_in
from tests.web_server import Page, WebServer

pytestmark = pytest.mark.processes

COVERED = "https://shop.example.com"  # a website of the demo's Example Corporation


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A web server of somebody, at 127.0.0.2."""
    with WebServer(tmp_path_factory.mktemp("elsewhere")) as server:
        yield server


@pytest.fixture
def create(portal, page):
    """Create a seal as paul does, on the page of the order for shop.example.com; returns the script in the box."""

    def create(size, colors="Light"):
        order, _seal = portal.execute("SELECT id, seal FROM certificates_order WHERE common_name = 'shop.example.com'")[
            0
        ]
        if not page.url.startswith(portal.url):
            sign_in(portal, page, "paul@example.com", portal.people["paul@example.com"])
        page.goto(f"{portal.url}/certificates/{order}/site-seal/")
        page.get_by_label(size).check()
        page.get_by_label(colors, exact=True).check()
        page.get_by_role("button", name="Create").click()
        expect(page.locator(".seal-preview img")).to_be_visible()
        return page.locator("#script textarea").input_value()

    return create


def website(script, policy):
    """A page that shows the seal, as strict as it can be."""
    headers = {
        "Content-Type": "text/html",
        "Content-Security-Policy": policy,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Referrer-Policy": "no-referrer",
    }
    return {"headers": headers, "body": f"<!doctype html><title>Shop</title><h1>Shop</h1>{script}"}


def strict(portal):
    return f"default-src 'none'; img-src {portal.url}; sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin"


def put(server, page):
    server.pages["/"] = Page(page["body"].encode(), headers=tuple(page["headers"].items()))


def shown(picture):
    """The size of the picture that came, in pixels; nothing came where it is 0."""
    picture.evaluate("picture => picture.decode().catch(() => null)")
    return picture.evaluate("picture => [picture.naturalWidth, picture.naturalHeight]")


def listen(page):
    """What the browser complains about from now on."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    return said


@pytest.mark.parametrize(
    ("size", "pixels"),
    [("Small", [160, 40]), ("Medium", [200, 60]), ("Large", [270, 96])],
    ids=["small", "medium", "large"],
)
def test_the_script_works_where_only_pictures_of_the_portal_are_let_in(portal, page, elsewhere, create, size, pixels):
    put(elsewhere, website(create(size), strict(portal)))
    complaints = listen(page)

    page.goto(elsewhere.url("/"))

    assert shown(page.locator("img")) == pixels
    assert complaints == []


def test_without_leave_for_the_picture_the_policy_keeps_it_away(page, elsewhere, create):
    put(elsewhere, website(create("Small"), "default-src 'none'"))

    page.goto(elsewhere.url("/"))

    assert shown(page.locator("img")) == [0, 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_script_can_follow_the_visitors_colors(portal, page, elsewhere, create, scheme):
    script = create("Medium", "Light or dark, as the visitor's system is set")
    put(elsewhere, website(script, strict(portal)))
    page.emulate_media(color_scheme=scheme)

    page.goto(elsewhere.url("/"))

    assert shown(page.locator("img")) == [200, 60]
    assert f"/medium-{scheme}-en.svg" in page.locator("img").evaluate("picture => picture.currentSrc")


def test_the_seal_leads_to_a_page_that_says_where_it_does_not_belong(portal, page, elsewhere, create):
    put(elsewhere, website(create("Medium"), strict(portal)))
    page.goto(elsewhere.url("/"))

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Site Seal").click()

    seal = opened.value
    expect(seal.get_by_role("heading", level=1)).to_have_text("Site Seal")
    expect(seal.get_by_role("alert")).to_contain_text("This certificate does not cover 127.0.0.2.")
    expect(seal.get_by_text("shop.example.com", exact=True).last).to_be_visible()
    assert seal.evaluate("window.opener") is None


def test_on_a_website_that_the_certificate_covers_the_page_says_so(portal, page, create):
    script = create("Medium")
    page.context.route(f"{COVERED}/", lambda route: route.fulfill(**website(script, strict(portal))))
    page.goto(f"{COVERED}/")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Site Seal").click()

    seal = opened.value
    expect(seal.locator(".state .status")).to_have_text(re.compile("Valid"))
    expect(seal.get_by_text("You came here from shop.example.com, which this certificate covers.")).to_be_visible()
    expect(seal.get_by_role("alert")).to_have_count(0)


def test_a_seal_that_nobody_knows_is_a_picture_too(portal, page, elsewhere):
    address = f"{portal.url}/seal/00000000-0000-0000-0000-000000000000/small-dark-ja.svg"
    put(elsewhere, website(f'<img src="{address}">', strict(portal)))

    page.goto(elsewhere.url("/"))

    assert shown(page.locator("img")) == [160, 40]
