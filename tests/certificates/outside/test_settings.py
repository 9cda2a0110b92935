"""Administration → Request Portal: for Global Administrators."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from certificates.models import RequestPortal
from certificates.outside import logos
from profiles.notifications.models import Notice
from sslportal.kit import audit
from tests.certificates.outside.visiting import text_of
from tests.factories import make_person, make_portal

PATH = "/administration/request-portal/"


@pytest.fixture
def gina(people, sign_in):
    return sign_in(people.gina)


def settings(**fields):
    return {"contact": "help@example.com", "header": "", "mail_domains": "", "go": "update", **fields}


def logo(size=(300, 35), kind="PNG", name="logo.png"):
    written = io.BytesIO()
    Image.new("RGB", size, "navy").save(written, kind)
    return SimpleUploadedFile(name, written.getvalue())


def test_enabling_gives_the_url_in_a_message(people, gina):
    page = gina.get(PATH)
    assert page.context["form"]["contact"].value() == people.gina.email

    page = gina.post(PATH, {"contact": "it@example.com"}, follow=True)

    portal = RequestPortal.objects.get()
    assert (portal.account, portal.contact, portal.is_enabled) == (people.company, "it@example.com", True)
    assert portal.url in text_of(page)
    assert len(portal.slug) >= 32
    assert Client().get(f"/request/{portal.slug}/").status_code == 200
    assert [entry.verb for entry in audit.of(portal)] == ["enable"]
    assert Notice.objects.get().kind == "request-portal-enabled"


def test_the_page_shows_the_url_and_a_way_to_try_it_in_a_new_tab(people, gina):
    portal = make_portal(people.company)

    page = gina.get(PATH).content.decode()

    assert f'value="{portal.url}"' in page
    assert 'target="_blank"' in page
    assert 'rel="noopener"' in page
    assert "No organization profile is available in it yet." in page


def test_disabling_asks_first_and_keeps_the_address(people, gina):
    portal = make_portal(people.company, header="Ours")
    gina.get(f"{PATH}disable/")
    assert RequestPortal.objects.get().is_enabled

    gina.post(f"{PATH}disable/")
    assert Client().get(f"/request/{portal.slug}/").status_code == 404
    assert "Enable" in text_of(gina.get(PATH))
    gina.post(PATH, {"contact": "new@example.com"})

    again = RequestPortal.objects.get()
    assert (again.slug, again.header, again.contact, again.is_enabled) == (portal.slug, "Ours", "new@example.com", True)
    assert [entry.verb for entry in audit.of(portal)] == ["disable", "edit", "enable"]


def test_settings_are_written_and_told_in_the_history(people, gina):
    portal = make_portal(people.company)

    gina.post(
        PATH,
        settings(
            header="Certificates of Example",
            filters_domains="on",
            mail_domains="@Partner.example, bücher.example; partner.example",
            requires_captcha="on",
        ),
    )

    portal.refresh_from_db()
    assert (portal.header, portal.filters_domains, portal.requires_captcha) == ("Certificates of Example", True, True)
    assert portal.mail_domains == ["partner.example", "xn--bcher-kva.example"]
    (entry,) = audit.of(portal)
    assert set(entry.changes) == {
        "Header String", "Enable email address domain filtering", "Email Address Domains",
        "Require Captcha for certificate request portal access",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contact": "nobody"}, "contact"),
        ({"contact": ""}, "contact"),
        ({"header": "x" * 101}, "header"),
        ({"header": "a\u202eb"}, "header"),
        ({"filters_domains": "on"}, "mail_domains"),
        ({"mail_domains": "*.example.com"}, "mail_domains"),
        ({"mail_domains": "olga@example.com"}, "mail_domains"),
        ({"mail_domains": "localhost"}, "mail_domains"),
        ({"mail_domains": "192.0.2.1/24"}, "mail_domains"),
        ({"mail_domains": " ".join(f"d{n}.example" for n in range(201))}, "mail_domains"),
        ({"shows_logo": "on"}, "logo"),
        ({"go": "upload"}, "logo"),
        ({"logo": SimpleUploadedFile("x.png", b"<svg/>")}, "logo"),
        ({"logo": SimpleUploadedFile("x.png", b"")}, "logo"),
        ({"logo": SimpleUploadedFile("x.png", b"x" * (1024 * 1024 + 1))}, "logo"),
    ],
)
def test_a_bad_setting_is_refused_at_its_field(people, gina, fields, field):
    portal = make_portal(people.company)

    page = gina.post(PATH, settings(**fields))

    assert page.status_code == 422
    assert page.context["form"].errors[field]
    portal.refresh_from_db()
    assert (portal.contact, portal.header, portal.filters_domains) == ("help@example.com", "", False)


def test_a_file_that_was_cut_off_on_its_way_is_told_as_too_large(people, gina):
    make_portal(people.company)

    page = gina.post(PATH, settings(logo=SimpleUploadedFile("x.png", b"x" * (11 * 1024 * 1024))))

    assert page.context["form"].errors["logo"] == [logos.too_large()]


def test_the_logo_is_shown_outside_in_its_size_once_it_is_used(people, gina):
    portal = make_portal(people.company)
    outside = Client()

    gina.post(PATH, settings(logo=logo((600, 140), "JPEG"), go="upload"))
    assert gina.get(f"{PATH}logo.png").status_code == 200
    assert outside.get(f"/request/{portal.slug}/logo.png").status_code == 404
    gina.post(PATH, settings(shows_logo="on"))

    answer = outside.get(f"/request/{portal.slug}/logo.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
    page = " ".join(outside.get(f"/request/{portal.slug}/").content.decode().split())
    assert 'width="150" height="35"' in page


def test_a_header_with_markup_is_text_everywhere(people, gina):
    portal = make_portal(people.company)
    gina.post(PATH, settings(header='"><script>alert(1)</script>'))

    for page in (gina.get(PATH), Client().get(f"/request/{portal.slug}/"), gina.get("/administration/history/")):
        assert "<script>alert" not in page.content.decode()


@pytest.mark.parametrize("who", ["paul", "stan", "vera"])
def test_nobody_else_sees_or_changes_it(people, sign_in, who):
    make_portal(people.company, slug="theirs")
    client = sign_in(getattr(people, who))

    for tail in ("", "enabled/", "disable/", "logo.png"):
        assert client.get(PATH + tail).status_code == 403
    assert client.post(f"{PATH}disable/").status_code == 403
    assert client.post(PATH, settings(header="Mine")).status_code == 403
    assert RequestPortal.objects.get().header == ""


def test_a_global_administrator_of_another_account_has_another_one(people, sign_in):
    make_portal(people.company, slug="theirs", header="Not yours")

    page = sign_in(people.stranger).get(PATH)

    assert "Not yours" not in text_of(page)
    assert page.context["portal"] is None


def test_the_tab_is_shown_to_who_may_use_it(people, sign_in):
    assert "Request Portal" in text_of(sign_in(people.gina).get("/administration/account/"))
    assert "Request Portal" not in text_of(sign_in(people.paul).get("/administration/account/"))


def test_two_who_enable_it_make_one(people, gina, sign_in):
    other = make_person("greta@example.com", people.company, is_global=True)

    gina.post(PATH, {"contact": "a@example.com"})
    sign_in(other).post(PATH, settings(contact="b@example.com"))

    assert RequestPortal.objects.get().contact == "b@example.com"


def test_the_history_names_the_portal(people, gina):
    gina.post(PATH, {"contact": "a@example.com"})

    told = text_of(gina.get("/administration/history/"))

    assert "Request portal" in told
    assert "Switched on" in told
