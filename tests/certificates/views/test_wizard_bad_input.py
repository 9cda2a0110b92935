"""Bad input in the request wizard: one clear sentence at its field, what else was typed stays, secrets are kept nowhere."""

import subprocess
from pathlib import Path

import pytest

from profiles.states import Status as ProfileStatus
from sslportal.kit.models import Draft, HistoryEntry
from tests.certificates.csr import csr_maker as maker
from tests.certificates.csr.csr_maker import dns
from tests.factories import make_domain, make_ev_profile, make_profile
from tests.openssl import csr_pem
from tests.wizard import NEW, details, errors, first_page, send, url_of

CORPUS = Path(__file__).parent.parent / "csr" / "corpus"
GOOD = sorted([*CORPUS.glob("*/ok-*.csr"), *CORPUS.glob("tools/*.csr")])


def can_be_pasted(file):
    """A binary file cannot be pasted into a text box; tests/certificates/csr reads it as a file."""
    data = file.read_bytes()
    return b"-----" in data or data.isascii() or data[:2] == b"\xff\xfe"


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


@pytest.mark.parametrize("field", ["common_name", "add_sans", "recipients"])
def test_a_private_key_in_a_box_of_the_second_page_is_neither_kept_nor_shown(people, paul, field):
    here = url_of(send(paul, NEW, first_page(people)))
    text = (CORPUS / "defect" / "bad-private-key.csr").read_text()

    page = paul.post(here, details(**{field: text}))

    assert "exposed" in errors(page, field)[0]
    assert "PRIVATE" not in page.content.decode()
    assert "PRIVATE" not in str(Draft.objects.get().data)


@pytest.mark.parametrize("field", ["csr", "comments"])
def test_a_nul_in_a_box_is_no_fault_of_ours(people, paul, field):
    assert paul.post(NEW, first_page(people, **{field: "a\0b"})).status_code in {302, 422}


def test_a_post_without_any_field_is_told_what_is_missing(people, paul):
    page = paul.post(NEW, {})

    assert page.status_code == 422
    assert errors(page, "csr")


def test_ten_thousand_names_in_the_box_are_refused_and_the_page_can_be_left(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))
    many = " ".join(f"n{number}.example.com" for number in range(5_000))

    page = paul.post(here, details(add_sans=many))
    kept = page.context["form"]["sans"].value()
    left = send(paul, here, details(sans=kept, add_sans=page.context["form"]["add_sans"].value()), go="back")

    assert "these are 5000" in errors(page, "add_sans")[0]
    assert len(kept) < 250
    assert url_of(left).endswith("/request/")
    assert errors(paul.post(here, details(add_sans="x" * 120_000)), "add_sans")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("198.30.21.143", "is an IP address"),
        ("[2001:db8::1]", "is an IP address"),
        ("server01", "is an internal name"),
        ("intranet.local", "is an internal name"),
        ("co.uk", "is a public suffix"),
        ("*.co.uk", "is a public suffix"),
        ("w*.example.com", "wildcard in the wrong place"),
        ("a_b.example.com", "letters, digits and hyphens"),
        ("https://www.example.com/", "is a web address"),
        ("me@example.com", "is an e-mail address"),
        ("", "This field is required."),
    ],
)
def test_a_bad_name_is_told_at_its_field(people, paul, name, says):
    here = url_of(send(paul, NEW, first_page(people)))

    as_common_name = paul.post(here, details(name))
    assert says in " ".join(errors(as_common_name, "common_name"))
    assert as_common_name.context["form"]["common_name"].value() == name
    if name and "://" not in name:
        as_san = paul.post(here, details(add_sans=f"good.example.com {name}"))
        assert says in " ".join(errors(as_san, "add_sans"))
        assert as_san.context["form"]["add_sans"].value() == name
        assert as_san.context["form"]["sans"].value() == ["good.example.com"]


def test_more_than_98_sans_are_told_and_none_is_lost(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))
    many = [f"n{number}.example.com" for number in range(100)]

    page = paul.post(here, details(add_sans=" ".join(many)))

    (says,) = errors(page, "add_sans")
    assert "at most 98 SANs" in says
    assert "Remove 2," in says
    assert page.context["form"]["sans"].value() == many
    assert url_of(send(paul, here, details(sans=many[:98]))).endswith("/domains/")


def test_an_ev_wildcard_is_refused(people, paul):
    profile = make_ev_profile(people.company, primary=people.paul)
    here = url_of(send(paul, NEW, first_page(people, profile=profile.pk, level="EV")))

    page = paul.post(here, details("*.example.com"))

    assert "may not hold" in errors(page, "common_name")[0]


def test_ev_needs_an_ev_profile(people, paul):
    page = paul.post(NEW, first_page(people, level="EV"))

    assert "vetted to OV only" in errors(page, "level")[0]


@pytest.mark.parametrize("field", ["profile", "level", "hash_algorithm", "validity"])
def test_a_forged_choice_is_refused(people, paul, field):
    forged = make_profile(people.foreign, "Theirs").pk if field == "profile" else "nonsense"

    page = paul.post(NEW, first_page(people, **{field: forged}))

    assert errors(page, field)
    assert not Draft.objects.filter(data__has_key="details").exists()


def test_a_profile_that_takes_no_orders_is_not_offered(people, paul):
    suspended = make_profile(people.company, "Suspended", primary=people.paul, status=ProfileStatus.SUSPENDED)

    offered = paul.get(NEW).context["form"].fields["profile"].queryset

    assert suspended not in offered
    assert people.ov in offered


def test_a_person_without_a_profile_that_takes_orders_is_told(people, sign_in):
    people.ov.status = ProfileStatus.SUSPENDED
    people.ov.save()

    page = sign_in(people.paul).get(NEW, follow=True)

    assert "None of your organization profiles takes orders now." in page.content.decode()


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*/bad-*.csr")), ids=lambda file: file.name)
def test_a_bad_csr_is_told_at_the_csr_and_what_else_was_typed_stays(people, paul, file):
    page = paul.post(NEW, first_page(people, csr=file.read_bytes().decode("utf-8", "replace")))

    assert len(errors(page, "csr")) == 1
    assert page.status_code == 422
    assert page.context["form"]["comments"].value() == "For the shop."


@pytest.mark.parametrize("name", ["bad-private-key.csr", "bad-csr-and-key.csr"])
def test_a_private_key_is_kept_and_shown_nowhere(people, paul, name, caplog):
    text = (CORPUS / "defect" / name).read_text()
    secret = text[text.index("PRIVATE KEY-----") + 40 :][:40].strip()

    page = paul.post(NEW, first_page(people, csr=text))

    assert "exposed" in errors(page, "csr")[0]
    assert secret not in page.content.decode()
    assert "csr" not in Draft.objects.get().data["request"]
    assert secret not in caplog.text
    assert not HistoryEntry.objects.filter(reason__contains=secret).exists()


@pytest.mark.parametrize("field", ["csr", "comments"])
@pytest.mark.parametrize(
    "disguise", [str, lambda text: "\0".join(text), lambda text: "> " + text.replace("\n", "\n> ")]
)
def test_a_private_key_is_found_in_disguise_and_in_the_wrong_box(people, paul, field, disguise):
    text = disguise((CORPUS / "defect" / "bad-private-key.csr").read_text())

    page = paul.post(NEW, first_page(people, **{field: text}))

    assert errors(page, field)
    assert page.context["form"][field].value() == ""
    assert field not in Draft.objects.get().data["request"]


def test_a_csr_of_a_megabyte_is_refused(people, paul):
    page = paul.post(NEW, first_page(people, csr=csr_pem() * 900))

    assert len(errors(page, "csr")) == 1
    assert "csr" not in Draft.objects.get().data["request"]


def test_no_csr(people, paul):
    assert len(errors(paul.post(NEW, first_page(people, csr="")), "csr")) == 1


@pytest.mark.parametrize("key", ["rsa:1024", "ed25519"])
def test_a_key_that_is_too_weak_or_unknown_is_refused(people, paul, key):
    assert len(errors(paul.post(NEW, first_page(people, csr=csr_pem("www.example.com", (), key))), "csr")) == 1


@pytest.mark.parametrize("file", [file for file in GOOD if can_be_pasted(file)], ids=lambda file: file.name)
def test_what_real_tools_write_is_accepted(people, paul, file):
    data = file.read_bytes()
    page = send(paul, NEW, first_page(people, csr=data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig")))

    assert url_of(page).endswith("/details/")


def test_ready_made_markup_in_a_csr_is_shown_as_text(people, paul):
    subject = "/CN=www.example.com/O=<b>x<\\/b>"
    pem = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", subject],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    shown = paul.post(f"{NEW}read-csr/", {"csr": pem, "profile": people.ov.pk}).content.decode()

    assert "<b>x" not in shown
    assert "&lt;b&gt;x" in shown


def test_the_wizard_stays_usable_with_a_csr_of_five_thousand_names(people, paul):
    names = [dns(b"%03x.jp" % number) for number in range(4_990)]
    page = send(
        paul, NEW, first_page(people, csr=maker.pem(maker.make_csr(attributes=maker.alternative_names(*names))))
    )
    here, form = url_of(page), page.context["form"]
    assert form["common_name"].value() == "000.jp"
    assert len(form["sans"].value()) == 196  # enough to choose from; the rest waits in the box
    assert len(page.content) < 200_000

    page = paul.post(here, details("000.jp", sans=form["sans"].value(), add_sans=form["add_sans"].value()))
    assert "these are 4989. Remove 4891, or order a second certificate." in errors(page, "add_sans")[0]
    assert len(page.content) < 200_000

    page = send(paul, here, details("000.jp", sans=form["sans"].value()), remove="all")
    assert not page.context["form"]["sans"].value()
    assert url_of(send(paul, here, details("000.jp", add_sans="www.000.jp"))).endswith("/domains/")


def test_a_csr_of_five_thousand_bad_names_tells_some_and_can_be_mended(people, paul):
    names = [dns(b"%03x_jp" % number) for number in range(4_990)]
    page = send(
        paul, NEW, first_page(people, csr=maker.pem(maker.make_csr(attributes=maker.alternative_names(*names))))
    )
    assert len(page.content) < 60_000

    page = paul.post(url_of(page), details(add_sans=page.context["form"]["add_sans"].value()))

    assert len(errors(page, "add_sans")) == 20
    assert page.context["form"]["add_sans"].value().count("\n") == 4_989


def test_64_kb_of_comments_are_refused_and_stay_on_the_page(people, paul):
    text = "comment " * 8_192

    page = paul.post(NEW, first_page(people, comments=text))

    assert "at most 4000 characters" in errors(page, "comments")[0]
    assert page.context["form"]["comments"].value() == text


def test_64_kb_of_text_around_a_csr_is_too_much(people, paul):
    page = paul.post(NEW, first_page(people, csr="# comment\n" * 6_554 + csr_pem()))

    assert "too large to be a CSR" in errors(page, "csr")[0]


@pytest.mark.parametrize(
    "text", ["www.bank.test\0.example.com", "www\x07.example.com", "www.example.com\u202e", "a\nb"]
)
def test_control_characters_in_the_names_of_a_csr_are_refused(people, paul, text):
    pem = maker.pem(maker.make_csr(attributes=maker.alternative_names(dns(text.encode()))))

    page = paul.post(NEW, first_page(people, csr=pem))

    assert "invisible control characters" in errors(page, "csr")[0]


@pytest.mark.parametrize("field", ["common_name", "add_sans"])
@pytest.mark.parametrize("text", ["www\x07.example.com", "www.exa\u202emple.com", "www.example.com\x1b[0m"])
def test_control_characters_in_a_typed_name_are_never_taken(people, paul, field, text):
    here = url_of(send(paul, NEW, first_page(people)))

    page = paul.post(here, details(**{field: text}))

    assert len(errors(page, field)) >= 1
    assert page.context["form"]["sans"].value() == []


def test_a_nul_in_a_typed_name_is_dropped_and_what_is_ordered_is_what_is_shown(people, paul):
    make_domain(people.ov)
    here = url_of(send(paul, NEW, first_page(people)))

    page = send(paul, here, details("www\0.example.com", add_sans="a\0.example.com"))

    assert url_of(page).endswith("/summary/")
    assert (page.context["wanted"].common_name, page.context["wanted"].sans) == ("www.example.com", ["a.example.com"])


@pytest.mark.parametrize("name", ["example.com.", "EXAMPLE.com", "*.example.com", " www.example.com "])
def test_odd_but_proper_names_are_taken(people, paul, name):
    make_domain(people.ov)
    here = url_of(send(paul, NEW, first_page(people)))

    assert url_of(send(paul, here, details("a.example.com", add_sans=name))).endswith("/summary/")


@pytest.mark.parametrize(
    "name", ["*.", "*.com", "f*.example.com", "*.*.example.com", "www.*.example.com", "*example.com", "**.example.com"]
)
def test_odd_wildcards_are_refused(people, paul, name):
    here = url_of(send(paul, NEW, first_page(people)))

    assert errors(paul.post(here, details(name)), "common_name")
    assert errors(paul.post(here, details(add_sans=name)), "add_sans")


def test_all_wildcards_of_an_ev_request_are_told(people, paul):
    profile = make_ev_profile(people.company, primary=people.paul)
    here = url_of(send(paul, NEW, first_page(people, profile=profile.pk, level="EV")))

    page = paul.post(here, details(sans=["*.a.example.com", "b.example.com", "*.c.example.com"]))

    told = errors(page, "sans")
    assert [told[0][:15], told[1][:15]] == ["*.a.example.com", "*.c.example.com"]


def test_forged_names_in_the_list_are_refused(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))

    page = paul.post(here, details(sans=["<b>", "10.0.0.1"], removed=["<i>"], addresses=["<u>"]))

    assert errors(page, "sans")
    assert "<b>" not in page.content.decode()
    assert "<i>" not in page.content.decode()
    assert "<u>" not in page.content.decode()
