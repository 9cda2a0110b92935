"""Requesting a certificate page by page: nothing typed is lost, nothing is ordered twice, bad input is told at its field."""

import subprocess
from pathlib import Path

import pytest

from certificates.models import Order
from certificates.states import Status
from domains.models import Domain
from profiles.states import Status as ProfileStatus
from sslportal.kit.models import Draft, HistoryEntry, OutgoingMail
from tests.factories import make_domain, make_ev_profile, make_profile
from tests.openssl import csr_pem

CORPUS = Path(__file__).parent.parent / "csr" / "corpus"
NEW = "/certificates/new/"
GOOD = sorted([*CORPUS.glob("*/ok-*.csr"), *CORPUS.glob("tools/*.csr")])


def can_be_pasted(file):
    """A binary file cannot be pasted into a text box; tests/certificates/csr reads it as a file."""
    data = file.read_bytes()
    return b"-----" in data or data.isascii() or data[:2] == b"\xff\xfe"


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def first_page(people, **fields):
    values = {
        "profile": people.ov.pk, "level": "OV", "hash_algorithm": "SHA-256", "validity": "365-days",
        "csr": csr_pem(), "comments": "For the shop.",
    }  # fmt: skip
    return values | fields


def send(client, url, data=None, **more):
    """Send a page and return the page that it leads to, or the page itself with its errors."""
    return client.post(url, {**(data or {}), **more}, follow=True)


def url_of(response):
    return response.redirect_chain[-1][0]


def errors(response, field):
    return [str(error) for error in response.context["form"].errors.get(field, [])]


def details(name="www.example.com", **fields):
    return {"common_name": name, "sans": [], "add_sans": "", "recipients": "", **fields}


def test_the_whole_way_with_a_new_domain(people, paul):
    page = send(paul, NEW, first_page(people))
    assert page.context["form"]["common_name"].value() == "www.example.com"
    page = send(paul, url_of(page), details("www.example-new.com", recipients="web@example.com; ops@example.com"))
    assert page.context["domains"] == [("example-new.com", False)]
    page = send(paul, url_of(page))
    assert "Confirmation of Control for domain 1 of 1" in page.content.decode()
    page = send(paul, url_of(page), method="hostmaster@example-new.com")
    assert "Certificate Request Summary" in page.content.decode()
    page = send(paul, url_of(page), go="finish")

    order = Order.objects.get()
    assert url_of(page) == f"/certificates/{order.pk}/submitted/"
    assert (order.common_name, order.comments, order.status) == ("www.example-new.com", "For the shop.", Status.PENDING)
    assert order.recipients == ["web@example.com", "ops@example.com"]
    assert Domain.objects.get().status == "pending"
    assert OutgoingMail.objects.get().to == "hostmaster@example-new.com"
    assert not Draft.objects.exists()


def test_a_confirmed_domain_needs_no_page(people, paul):
    make_domain(people.ov)

    page = send(paul, NEW, first_page(people))
    page = send(paul, url_of(page), details())

    assert url_of(page).endswith("/summary/")


def test_finish_sent_twice_orders_once(people, paul):
    make_domain(people.ov)
    page = send(paul, url_of(send(paul, NEW, first_page(people))), details())
    summary = url_of(page)

    answers = [send(paul, summary, go="finish") for _ in range(2)]

    assert Order.objects.count() == 1
    assert url_of(answers[0]) == url_of(answers[1])


def test_each_new_domain_has_its_page_and_idns_have_none(people, paul):
    page = send(paul, NEW, first_page(people))
    page = send(
        paul,
        url_of(page),
        details("a.example-one.com", add_sans="b.example-two.com, www.exämple.com *.a.example-one.com"),
    )
    assert dict(page.context["domains"]) == {
        "example-one.com": False, "example-two.com": False, "xn--exmple-cua.com (exämple.com)": True,
    }  # fmt: skip
    page = send(paul, url_of(page))
    assert "domain 1 of 2" in page.content.decode()
    page = send(paul, url_of(page), method="manual")
    assert "domain 2 of 2" in page.content.decode()
    page = send(paul, url_of(page), method="admin@example-two.com")
    send(paul, url_of(page), go="finish")

    methods = {domain.name: domain.attempts.get().method for domain in Domain.objects.all()}
    assert methods == {"example-one.com": "manual", "example-two.com": "mail", "xn--exmple-cua.com": "manual"}


def test_an_ev_request_asks_no_one_for_new_domains(people, paul):
    profile = make_ev_profile(people.company, primary=people.paul)

    page = send(paul, NEW, first_page(people, profile=profile.pk, level="EV"))
    page = send(paul, url_of(page), details())
    assert page.context["domains"] == [("example.com", True)]
    page = send(paul, url_of(page))

    assert url_of(page).endswith("/summary/")


def test_back_keeps_what_was_typed_even_if_wrong(people, paul):
    page = send(paul, NEW, first_page(people))
    here = url_of(page)

    page = send(paul, here, details("not a name", add_sans="10.0.0.1", recipients="nonsense"), go="back")
    assert url_of(page).endswith("/request/")
    assert page.context["form"]["comments"].value() == "For the shop."
    form = paul.get(here).context["form"]

    assert form["common_name"].value() == "not a name"
    assert form["add_sans"].value() == "10.0.0.1"
    assert form["recipients"].value() == "nonsense"


def test_what_is_typed_is_kept_while_one_types(people, paul):
    answer = paul.post(NEW, first_page(people, csr="half of a CS", go="keep"))
    assert answer.status_code == 204

    paul.post(answer["X-Draft"], first_page(people, csr="half of a CSR", go="keep"))

    assert paul.get(answer["X-Draft"]).context["form"]["csr"].value() == "half of a CSR"
    assert Draft.objects.count() == 1


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


def test_cancel_discards_the_draft(people, paul):
    page = send(paul, NEW, first_page(people))

    send(paul, url_of(page), go="cancel")

    assert not Draft.objects.exists()
    assert not Order.objects.exists()


def test_cancel_on_the_first_page_writes_nothing(people, paul):
    send(paul, NEW, first_page(people), go="cancel")

    assert not Draft.objects.exists()


def test_a_draft_is_taken_up_where_it_was_left(people, paul):
    page = send(paul, NEW, first_page(people))
    draft = Draft.objects.get()

    listed = paul.get("/certificates/").content.decode()

    assert f"{NEW}{draft.pk}/" in listed
    assert paul.get(f"{NEW}{draft.pk}/").headers["Location"] == url_of(page)


def test_a_draft_is_its_owners_only(people, paul, sign_in):
    page = send(paul, NEW, first_page(people))

    assert sign_in(people.stan).get(url_of(page)).status_code == 404


def test_a_page_whose_turn_has_not_come_leads_back(people, paul):
    page = send(paul, NEW, first_page(people))

    assert paul.get(url_of(page).replace("details", "summary")).headers["Location"] == url_of(page)


def test_another_csr_brings_other_names(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))
    send(paul, here, details("www.example.com"), go="back")

    page = send(paul, here.replace("details", "request"), first_page(people, csr=csr_pem("shop.example.com")))

    assert page.context["form"]["common_name"].value() == "shop.example.com"


def test_the_sans_of_the_csr_are_the_start(people, paul):
    pem = csr_pem("www.example.com", ("www.example.com", "blog.example.com", "intranet"))

    form = send(paul, NEW, first_page(people, csr=pem)).context["form"]

    assert form["sans"].value() == ["blog.example.com"]
    assert form["add_sans"].value() == "intranet"


def test_names_are_added_and_removed_without_leaving_the_page(people, paul):
    here = url_of(send(paul, NEW, first_page(people)))

    page = send(paul, here, details(add_sans="b.example.com;C.Example.com\nb.example.com"), go="add")
    assert page.context["form"]["sans"].value() == ["b.example.com", "c.example.com"]
    page = send(paul, here, details(sans=["b.example.com", "c.example.com"]), remove="b.example.com")

    assert page.context["form"]["sans"].value() == ["c.example.com"]
    assert url_of(page) == here


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
    if name:
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


def test_the_csr_is_read_while_one_is_there(people, paul):
    good = paul.post(f"{NEW}read-csr/", {"csr": csr_pem("www.example.com", ("a.example.com",))}).content.decode()
    bad = paul.post(f"{NEW}read-csr/", {"csr": "nonsense"}).content.decode()

    assert "RSA 2048" in good
    assert "a.example.com" in good
    assert "error" in bad
    assert not Draft.objects.exists()


def test_ready_made_markup_in_a_csr_is_shown_as_text(people, paul):
    subject = "/CN=www.example.com/O=<b>x<\\/b>"
    pem = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", subject],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    shown = paul.post(f"{NEW}read-csr/", {"csr": pem}).content.decode()

    assert "<b>x" not in shown
    assert "&lt;b&gt;x" in shown
