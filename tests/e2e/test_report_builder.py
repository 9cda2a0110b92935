"""Making a report in a browser: fields are moved by hand, rules and preview follow what is chosen."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import sign_in

pytestmark = pytest.mark.processes


@pytest.fixture
def builder(portal, page):
    """The page of the fields, of gina's new report."""
    sign_in(portal, page, "gina@example.com", portal.people["gina@example.com"])
    page.goto(f"{portal.url}/reporting/new/")
    page.get_by_label("Report Name").fill("Made by hand")
    press(page, "Continue")
    return page


def press(page, name):
    page.get_by_role("button", name=name, exact=True).last.click()


def field(page, which, name):
    return page.locator(f"[data-list={which}]").get_by_label(name, exact=True)


def selected(page):
    return page.locator("[data-list=selected] li")


def test_fields_move_without_asking_the_server(builder):
    page = builder
    page.on("request", lambda request: pytest.fail(request.url) if request.is_navigation_request() else None)
    names = ["Common Name", "Type", "Status", "Ordered", "Expires", "Days left", "Profile"]
    status = page.locator("[data-columns] [role=status]")
    expect(selected(page)).to_have_text(names)

    field(page, "available", "Hash").check()
    press(page, "Add")
    expect(selected(page)).to_have_text([*names, "Hash"])
    expect(status).to_have_text("Hash: 8 of 8 of the selected fields")
    field(page, "selected", "Type").check()
    field(page, "selected", "Status").check()
    press(page, "Up")
    expect(selected(page)).to_have_text(["Type", "Status", "Common Name", *names[3:], "Hash"])
    press(page, "Remove")
    expect(selected(page)).to_have_text(["Common Name", *names[3:], "Hash"])
    expect(page.locator("[data-list=available] li").nth(2)).to_have_text("Type")


def test_fields_move_by_the_keyboard_and_by_dragging(builder):
    page = builder
    moved = field(page, "selected", "Type")

    moved.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(moved).to_be_focused()
    expect(selected(page).nth(0)).to_have_text("Type")
    status = page.locator("[data-list=selected] [data-field=status]")
    page.locator("[data-field=hash]").drag_to(status, target_position={"x": 40, "y": 2})
    expect(selected(page).nth(2)).to_have_text("Hash")
    page.locator("[data-list=selected] [data-field=common_name]").drag_to(page.locator("[data-field=number]"))
    press(page, "Continue")

    expect(page.locator("#preview th")).to_have_text(
        ["Type", "Hash", "Status", "Ordered", "Expires", "Days left", "Profile"]
    )


def test_rules_and_preview_follow_what_is_chosen(builder):
    page = builder
    press(page, "Continue")
    address = page.url
    words = page.locator(".rule-words")
    expect(words).to_have_text("All records")

    press(page, "Add a rule")
    expect(page.locator("#id_rule-0-field")).to_be_focused()
    page.locator("#id_rule-0-field").select_option(label="Common Name")
    expect(page.locator("#id_rule-0-field")).to_be_focused()
    expect(page.locator("#preview")).to_contain_text("Rule 1: Please enter a text to compare with.")
    page.locator("#id_rule-0-condition").select_option(label="contains")
    page.locator("#id_rule-0-value").fill("no-such-name")
    page.locator("#id_rule-0-value").press("Enter")
    expect(words).to_have_text("Common Name contains “no-such-name”")
    expect(page.locator("#id_rule-0-value")).to_be_focused()
    expect(page.locator("[data-rules-status]")).to_have_text("0 records")
    press(page, "OR: add a rule")
    page.locator("#id_rule-1-field").select_option(label="Status")
    page.locator("#rule-1").get_by_label("Issued", exact=True).check()
    expect(words).to_have_text("Common Name contains “no-such-name” OR Status is one of Issued")
    expect(page.locator("#preview td").first).to_be_visible()
    press(page, "Remove rule 1")
    expect(words).to_have_text("Status is one of Issued")
    expect(page.locator("#id_rule-0-field")).to_be_focused()

    assert page.url == address
    page.reload()
    expect(words).to_have_text("Status is one of Issued")
