"""The page of the demo's Internet: publish, remove, and every mistake told at its field."""

import html
import re

import pytest
from django.urls import include, path

from sslportal import urls
from sslportal.kit import internet
from sslportal.kit.internet import Entry
from sslportal.kit.internet_pages import MOST

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
urlpatterns = [*urls.urlpatterns, path("demo/", include("sslportal.kit.urls_demo"))]

PAGE = "/demo/internet/"
TXT = Entry("TXT", "_sslportal-challenge.example.com", "token")
NOT_A_NAME = "This is not a DNS name. Write it like www.example.com."
NOT_CAA = 'This is not a CAA record. Write it like 0 issue "ca.example".'
NOT_MX = "This is not an MX record. Write it like 10 mail.example.com."
ONE_LINE = "The value of a record is one line, without invisible characters."
ALONE = "A name with a CNAME record has no other records. Remove what stands there first."


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch, settings):
    settings.PORTAL_DEMO = True
    monkeypatch.setenv("PORTAL_DEMO_WORLD", str(tmp_path / "world.json"))
    return tmp_path / "world.json"


def publish(client, kind, name, value):
    return client.post(PAGE, {"kind": kind, "name": name, "value": value})


def errors(answer):
    return {field: list(told) for field, told in answer.context["form"].errors.items()}


def test_nothing_is_published_at_first(client):
    answer = client.get(PAGE)

    assert answer.status_code == 200
    assert "Nothing is published" in answer.text


@pytest.mark.parametrize(
    ("kind", "name", "value", "kept"),
    [
        ("TXT", " _SSLPortal-challenge.Example.com. ", "token", TXT),
        ("TXT", "_validation-contactemail.example.com", "it's “here” \\", None),
        ("TXT", "com", "x" * 1000, None),
        ("CAA", "example.com", '0 issue "ca.example"', None),
        ("CAA", "example.com", '128 issuewild ";"', None),
        ("CAA", "example.com", '0 issue "ca.example; account=1"', None),
        ("CNAME", "a.example.com", "B.Example.net.", Entry("CNAME", "a.example.com", "b.example.net")),
        ("MX", "example.com", "010 Mail.example.com", Entry("MX", "example.com", "10 mail.example.com")),
        ("MX", "example.com", "0 münchen.example", Entry("MX", "example.com", "0 xn--mnchen-3ya.example")),
        ("TXT", "_x.münchen.example", "y", Entry("TXT", "_x.xn--mnchen-3ya.example", "y")),
        ("FILE", "www.example.com", "one\r\ntwo", Entry("FILE", "www.example.com", "one\ntwo")),
    ],
)
def test_what_is_right_is_published(client, file, kind, name, value, kept):
    answer = publish(client, kind, name, value)

    assert (answer.status_code, answer.url) == (302, PAGE)
    assert internet.read(file) == [kept or Entry(kind, name, value)]
    assert "Published: " in client.get(PAGE).text


@pytest.mark.parametrize(
    ("kind", "name", "value", "told"),
    [
        ("TXT", "", "", {"name": ["This field is required."], "value": ["This field is required."]}),
        ("A", "example.com", "127.0.0.1", {"kind": ["Select a valid choice. A is not one of the available choices."]}),
        ("CAA", "-a.example.com", "issue", {"name": [NOT_A_NAME], "value": [NOT_CAA]}),
        *(
            ("TXT", name, "x", {"name": [NOT_A_NAME]})
            for name in ("a..b", "a-.b", "a b", "*.a", "a/b", "a:80", "☃.com")
        ),
        *(("TXT", name, "x", {"name": [NOT_A_NAME]}) for name in ("a" * 64, ".".join(["a" * 63] * 4), ".", "<b>")),
        *(("CAA", "a.com", caa, {"value": [NOT_CAA]}) for caa in ("0 issue x", '256 issue ";"', '0 is-sue ";"', '"x"')),
        ("CNAME", "a.com", "not a name", {"value": [NOT_A_NAME]}),
        *(("MX", "a.com", mx, {"value": [NOT_MX]}) for mx in ("mail.a.com", "65536 mail.a.com", "10 a b", "10 -")),
        ("TXT", "a.com", "one\ntwo", {"value": [ONE_LINE]}),
        ("TXT", "a.com", "a\u202eb", {"value": [ONE_LINE]}),
        ("TXT", "a.com", "x" * 1001, {"value": ["Ensure this value has at most 1000 characters (it has 1001)."]}),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(client, file, kind, name, value, told):
    answer = publish(client, kind, name, value)

    assert answer.status_code == 422
    assert errors(answer) == told
    assert internet.read(file) == []
    assert f'value="{html.escape(name)}"' in answer.text or not name
    assert f">\n{html.escape(value)}</textarea>" in answer.text


def test_an_alias_stands_alone_but_a_file_may_be_beside_it(client, file):
    publish(client, "CNAME", "a.example.com", "b.example.com")

    beside = publish(client, "TXT", "a.example.com", "x")
    publish(client, "FILE", "a.example.com", "x")
    publish(client, "TXT", "c.example.com", "x")
    over = publish(client, "CNAME", "c.example.com", "b.example.com")
    publish(client, "CNAME", "a.example.com", "d.example.com")

    assert [errors(beside), errors(over)] == [{"name": [ALONE]}] * 2
    assert [(entry.kind, entry.value) for entry in internet.read(file)] == [
        ("FILE", "x"),
        ("TXT", "x"),
        ("CNAME", "d.example.com"),
    ]


def test_a_full_file_takes_no_more(client, file, monkeypatch):
    monkeypatch.setattr("sslportal.kit.internet_pages.MOST", 2)
    for value in ("one", "two"):
        publish(client, "TXT", "a.example.com", value)

    answer = publish(client, "TXT", "a.example.com", "three")

    assert MOST == 500
    assert errors(answer) == {"__all__": ["The demo keeps 2 entries. Remove some first."]}
    assert len(internet.read(file)) == 2


def test_a_link_fills_the_form_in(client):
    answer = client.get(PAGE, {"kind": "FILE", "name": "www.example.com", "value": '"><b>'})

    assert '<option value="FILE" selected>File on the web server</option>' in answer.text
    assert 'name="name" value="www.example.com"' in answer.text
    assert "&quot;&gt;&lt;b&gt;</textarea>" in answer.text


def test_an_entry_is_shown_and_can_be_removed(client, file):
    internet.publish(file, TXT)
    internet.publish(file, Entry("FILE", "www.example.com", "<b>"))
    shown = client.get(PAGE).text

    answer = client.post("/demo/internet/remove/", {"entry": TXT.key})

    assert [TXT.name in shown, TXT.value in shown, "&lt;b&gt;" in shown] == [True] * 3
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert [entry.name for entry in internet.read(file)] == ["www.example.com"]
    assert f"Removed: TXT, {TXT.name}" in client.get(PAGE).text


def test_an_entry_that_is_gone_already_is_no_mistake(client):
    assert client.post("/demo/internet/remove/", {"entry": TXT.key}).status_code == 302


def test_forms_need_their_token(client):
    client.handler.enforce_csrf_checks = True

    assert publish(client, "TXT", "a.example.com", "x").status_code == 403
    assert client.post("/demo/internet/remove/", {"entry": "x"}).status_code == 403


def test_where_the_demo_asks_other_servers_the_page_says_so(client, monkeypatch):
    monkeypatch.delenv("PORTAL_DEMO_WORLD")

    assert "There is nothing to publish here." in client.get(PAGE).text
    assert publish(client, "TXT", "a.example.com", "x").status_code == 200
    assert client.post("/demo/internet/remove/", {"entry": "x"}).status_code == 302


def test_the_outbox_and_the_internet_lead_to_one_another_and_every_page_to_both(client):
    links = {
        page: re.findall(r'href="(/demo/\w+/)"', client.get(page).text) for page in (PAGE, "/demo/outbox/", "/sign-in/")
    }

    both = ["/demo/outbox/", PAGE]
    assert links == {PAGE: [both[0], *both], "/demo/outbox/": [both[1], *both], "/sign-in/": both}
