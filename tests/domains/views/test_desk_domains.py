"""Domains at the vetting team's desk: what waits, how it is approved or declined, suspending, and what to look at."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domains.actions import answers, requests, vetting
from domains.methods import Finding
from domains.models import Check, Domain, Evidence
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import clock, names
from tests.factories import make_attempt, make_domain, make_domain_evidence, make_ev_profile
from tests.profiles.vetting.files import JPEG, OTHER, PDF, PNG

DESK = "/vetting/domains/domain/"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def evidence_root(settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return settings.EVIDENCE_ROOT


@pytest.fixture
def vera(people, sign_in):
    return sign_in(people.vera)


@pytest.fixture
def ev(people):
    return make_ev_profile(people.company, primary=people.paul)


@pytest.fixture
def waiting(people):
    """A new domain that the vetting team is to confirm."""
    return requests.add_domain(people.ov, "example-new.com", level=Level.OV, choice="manual", by=people.paul)


@pytest.fixture
def proved(people, ev):
    """An upgrade whose control a DNS record has proved."""
    domain = make_domain(ev)
    requests.upgrade_domain(domain, choice="dns", by=people.paul)
    answers.record_check(domain.attempts.get(), Finding("found", "found", "TXT"))
    return fresh(domain)


@pytest.fixture
def re_vetting(people):
    day, now = timedelta(days=1), clock.now()
    domain = make_domain(
        people.ov, "example-old.com", status=Status.EXPIRING, revet_at=now - day, expires_at=now + 9 * day
    )
    requests.reconfirm(domain, choice="manual", by=people.paul)
    return fresh(domain)


def fresh(domain):
    return Domain.objects.get(pk=domain.pk)


def url(domain, key=""):
    return f"{DESK}{domain.pk}/decide/{key}/" if key else f"{DESK}{domain.pk}/change/"


def decide(client, domain, key, **sent):
    """Open the page of the decision, and send it."""
    seen = client.get(url(domain, key)).context["seen"]
    return client.post(url(domain, key), {"seen": seen, **sent}, follow=True)


def open_decisions(client, domain):
    return [str(decision.word) for decision in client.get(url(domain)).context["decisions"]]


def says(response):
    return [str(message) for message in response.context["messages"]]


# The queue


def test_the_queue_tells_the_kinds_apart_and_leaves_out_what_a_worker_or_a_reader_does(
    people, vera, waiting, proved, re_vetting
):
    for choice in ("dns", "file", "admin@by-others.com"):
        requests.add_domain(people.ov, "by-others.com", level=Level.OV, choice=choice, by=people.paul)
    make_domain(people.ov, "ready.example")

    rows = {str(row.thing): (row.kind, row.level) for row in vera.get("/vetting/").context["queue"]}

    assert rows == {
        "example-new.com": ("Domain", "OV"),
        "example.com": ("Domain, upgrade to EV", "EV"),
        "example-old.com": ("Domain, re-vetting", "OV"),
    }


def test_a_row_leads_to_the_domain(vera, waiting):
    assert f'href="{url(waiting)}"' in vera.get("/vetting/").content.decode()


# The page


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.PENDING, []),
        (Status.READY, ["Suspend"]),
        (Status.EXPIRING, ["Suspend"]),
        (Status.UPGRADING, ["Suspend"]),
        (Status.RE_VETTING, ["Suspend"]),
        (Status.SUSPENDED, ["Resume"]),
        (Status.EXPIRED, []),
        (Status.DECLINED, []),
    ],
)
def test_the_decisions_at_rest_are_those_of_the_status(people, vera, status, word):
    domain = make_domain(people.ov, status=status)
    make_attempt(domain, method=Method.MAIL, address="admin@example.com")

    assert open_decisions(vera, domain) == word


def test_what_waits_can_be_approved_and_declined(vera, waiting, proved, re_vetting):
    assert open_decisions(vera, waiting) == ["Approve", "Decline"]
    assert open_decisions(vera, proved) == ["Approve", "Decline", "Suspend"]
    assert open_decisions(vera, re_vetting) == ["Approve", "Decline", "Suspend"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("xn--pple-43d.com", "The name mixes letters of several scripts"),
        (names.parse("аррӏе.com").ascii, "The name is written in letters that look like Latin ones"),
    ],
)
def test_a_name_that_may_imitate_another_is_flagged_and_shown_in_both_forms(people, vera, name, told):
    domain = requests.add_domain(people.ov, name, level=Level.OV, choice="manual", by=people.paul)

    page = vera.get(url(domain)).content.decode()

    assert told in page
    assert names.display(name) in page
    assert "(" in names.display(name)


@pytest.mark.parametrize("name", ["example.com", "xn--exmple-cua.com", "xn--eckwd4c7c.xn--zckzah.jp"])
def test_an_honest_name_is_not_flagged(people, vera, name):
    page = vera.get(url(make_domain(people.ov, name))).content.decode()

    assert "imitates another name" not in page


def test_the_same_name_elsewhere_is_told(people, vera, waiting):
    other = make_domain(people.foreign_ov, "example-new.com")
    make_domain(people.foreign_ov, "www.example-new.com")

    page = vera.get(url(waiting))

    assert list(page.context["elsewhere"]) == [other]
    assert "Foreign Ltd, Foreign OV" in page.content.decode()
    assert "The same domain elsewhere" not in vera.get(url(make_domain(people.ov))).content.decode()


def test_the_attempts_are_told_with_what_was_seen_and_nothing_of_it_is_trusted(people, vera):
    domain = requests.add_domain(people.ov, "example-new.com", level=Level.OV, choice="dns", by=people.paul)
    answers.record_check(
        domain.attempts.get(), Finding("missing", "other", "TXT _x.example-new.com", "192.0.2.53", [HOSTILE], HOSTILE)
    )
    requests.reconfirm(domain, choice="manual", by=people.paul)

    page = vera.get(url(domain)).content.decode()

    for told in ("DNS record", "Withdrawn", "Manually Validate", "192.0.2.53", "&lt;script&gt;alert(1)"):
        assert told in page
    assert HOSTILE not in page


def test_the_attempts_from_before_a_domain_was_deleted_are_told_too(people, vera, waiting):
    vetting.decline(waiting, reason="Not yours.", by=people.victor)
    requests.delete_domain(fresh(waiting), by=people.paul)
    again = requests.add_domain(people.ov, "example-new.com", level=Level.OV, choice="manual", by=people.paul)

    assert [one.status for one in vera.get(url(again)).context["attempts"]] == ["waiting", "denied"]


def test_the_page_takes_as_many_queries_for_many_attempts_as_for_few(people, vera, waiting):
    def attempt():
        one = make_attempt(waiting, method=Method.DNS, value="x", status=Outcome.WITHDRAWN, requester=people.paul)
        Check.objects.create(attempt=one, question="Q", verdict="missing", code="nothing")
        make_domain_evidence(one, by=people.victor)

    attempt()
    vera.get(url(waiting))
    with CaptureQueriesContext(connection) as few:
        vera.get(url(waiting))
    for _ in range(3):
        attempt()
    with CaptureQueriesContext(connection) as many:
        vera.get(url(waiting))

    assert len(many) == len(few)


# Approving


def offered(client, domain):
    form = client.get(url(domain, "approve")).context["form"]
    return [value for value, _word in form.fields["proved_by"].choices]


@pytest.mark.parametrize(
    ("policy", "methods"),
    [
        ("private", ["", "dns", "dns-contact", "file", "mail", "manual", "whois"]),
        ("public-trust", ["", "dns", "dns-contact", "file", "mail"]),
    ],
)
def test_the_methods_are_those_that_count_by_the_policy(vera, waiting, settings, policy, methods):
    settings.PORTAL_POLICY = policy

    assert sorted(offered(vera, waiting)) == methods


def test_where_control_is_proved_already_only_that_proof_counts(vera, proved):
    assert offered(vera, proved) == ["dns"]

    decide(vera, proved, "approve", proved_by="dns", source="The register of companies.")

    assert (fresh(proved).status, fresh(proved).level, fresh(proved).method) == (Status.READY, Level.EV, Method.DNS)


def test_the_method_must_be_chosen_and_the_source_named(vera, waiting):
    response = decide(vera, waiting, "approve", proved_by="", source=" ")

    assert response.context["form"].errors == {
        "proved_by": ["Choose the method by which control was proved."],
        "source": ["This field is required."],
    }
    assert fresh(waiting).status == Status.PENDING


def test_the_teams_word_cannot_be_forged_under_public_trust(vera, waiting, settings):
    settings.PORTAL_POLICY = "public-trust"

    response = decide(vera, waiting, "approve", proved_by="manual", source="Called.")

    assert response.context["form"].errors["proved_by"]
    assert fresh(waiting).status == Status.PENDING


def test_approving_makes_it_ready_with_the_method_and_what_was_written_down(people, vera, waiting):
    response = decide(vera, waiting, "approve", proved_by="dns", source="dig, 10:15", note="Two\r\nlines.")

    proof = Evidence.objects.get()
    assert says(response) == ["Approved: example-new.com"]
    assert (fresh(waiting).status, fresh(waiting).method) == (Status.READY, Method.DNS)
    assert (proof.source, proof.note, proof.by) == ("dig, 10:15", "Two\nlines.", people.vera)
    page = vera.get(url(waiting)).content.decode()
    assert "dig, 10:15" in page
    assert "Two<br>lines." in page
    assert "Vera Example" in page


# Evidence


def upload(content, name="mail.pdf", content_type="application/pdf"):
    return SimpleUploadedFile(name, content, content_type)


@pytest.mark.parametrize(
    ("content", "content_type"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")]
)
def test_a_file_is_kept_with_the_approval_and_given_back_to_the_team_only(
    people, vera, sign_in, waiting, content, content_type
):
    decide(vera, waiting, "approve", proved_by="mail", source="Post", file=upload(content, "../<b>Ann</b>.pdf"))

    proof = Evidence.objects.get()
    where = f"{DESK}evidence/{proof.pk}/"
    page = vera.get(url(waiting)).content.decode()
    assert f'href="{where}"' in page
    assert "<b>Ann" not in page
    response = vera.get(where)
    assert (response.content, response["Content-Type"]) == (content, content_type)
    assert response["Content-Disposition"].startswith(f'attachment; filename="domain-evidence-{proof.pk}.')
    assert response["X-Content-Type-Options"] == "nosniff"
    for person in ("paul", "gina", "stranger"):
        assert sign_in(getattr(people, person)).get(where).status_code == 404
    vera.logout()
    assert vera.get(where).headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("what", sorted(OTHER))
def test_a_file_of_another_kind_is_refused_at_the_field_and_nothing_is_approved(vera, waiting, what, evidence_root):
    response = decide(vera, waiting, "approve", proved_by="mail", source="Post", file=upload(OTHER[what]))

    assert response.context["form"].errors["file"]
    assert response.context["form"]["source"].value() == "Post"
    assert fresh(waiting).status == Status.PENDING
    assert not evidence_root.exists() or not any(evidence_root.rglob("*.*"))


def test_a_file_that_was_altered_in_the_store_is_told(people, vera, waiting, evidence_root):
    proof = make_domain_evidence(waiting.attempts.get(), by=people.vera)
    [stored] = [path for path in evidence_root.rglob("*") if path.is_file()]
    stored.chmod(0o600)
    stored.write_bytes(b"Something else.")

    response = vera.get(f"{DESK}evidence/{proof.pk}/", follow=True)

    assert response.redirect_chain[-1][0] == url(waiting)
    assert len(says(response)) == 1


@pytest.mark.parametrize("path", ["evidence/999999/", "999999/decide/approve/"])
def test_what_is_not_there_is_not_found(vera, path):
    assert vera.get(f"{DESK}{path}").status_code == 404


def test_evidence_without_a_file_has_nothing_to_download(people, vera, waiting):
    vetting.approve(waiting, source="Called", proved_by="dns", by=people.vera)

    assert vera.get(f"{DESK}evidence/{Evidence.objects.get().pk}/").status_code == 404


# Declining


def test_a_declined_new_domain_is_declined_with_the_reason(vera, waiting):
    response = decide(vera, waiting, "decline", reason="Not registered to you.")

    assert says(response) == ["Declined: example-new.com"]
    assert (fresh(waiting).status, fresh(waiting).reason) == (Status.DECLINED, "Not registered to you.")


def test_a_declined_upgrade_is_ready_at_ov_with_the_reason(vera, proved):
    decide(vera, proved, "decline", reason="The company is dissolved.")

    domain = fresh(proved)
    assert (domain.status, domain.level, domain.reason) == (Status.READY, Level.OV, "The company is dissolved.")


def test_a_declined_re_vetting_is_expiring_with_the_reason(vera, re_vetting):
    decide(vera, re_vetting, "decline", reason="Nobody answered.")

    assert (fresh(re_vetting).status, fresh(re_vetting).reason) == (Status.EXPIRING, "Nobody answered.")


@pytest.mark.parametrize("key", ["decline", "suspend"])
def test_a_reason_is_needed(vera, re_vetting, key):
    response = decide(vera, re_vetting, key, reason="  ")

    assert response.context["form"].errors["reason"] == ["Write the reason: the customer reads it."]
    assert fresh(re_vetting).status == Status.RE_VETTING


# Suspending


def test_suspending_and_resuming_stay_on_the_page_of_the_domain(people, vera):
    domain = make_domain(people.ov)

    response = decide(vera, domain, "suspend", reason="A complaint.")
    assert (response.redirect_chain[-1][0], says(response)) == (url(domain), ["Suspended: example.com"])
    assert (fresh(domain).status, fresh(domain).reason) == (Status.SUSPENDED, "A complaint.")
    assert "A complaint." in response.content.decode()
    response = decide(vera, domain, "resume")

    assert says(response) == ["Resumed: example.com"]
    assert (fresh(domain).status, fresh(domain).reason) == (Status.READY, "")


def test_suspending_ends_what_was_under_way(vera, proved):
    decide(vera, proved, "suspend", reason="A complaint.")

    assert [one.status for one in proved.attempts.all()] == [Outcome.WITHDRAWN]


# Stale pages


def test_what_was_decided_meanwhile_is_not_decided_again(people, vera, waiting):
    seen = vera.get(url(waiting, "approve")).context["seen"]
    vetting.decline(waiting, reason="No.", by=people.victor)

    sent = {"seen": seen, "proved_by": "dns", "source": "Called"}
    response = vera.post(url(waiting, "approve"), sent, follow=True)

    assert says(response) == ["This no longer waits for a decision."]
    assert fresh(waiting).status == Status.DECLINED


@pytest.mark.parametrize("seen", ["", "ready-7-waiting"])
def test_a_page_that_shows_what_is_no_longer_so_decides_nothing(vera, waiting, seen):
    sent = {"seen": seen, "proved_by": "dns", "source": "Called"}

    response = vera.post(url(waiting, "approve"), sent, follow=True)

    assert says(response) == ["This has changed since you opened the page. Look at it again, then decide."]
    assert fresh(waiting).status == Status.PENDING


def test_another_attempt_is_not_decided_by_the_page_of_the_first(people, vera, re_vetting):
    seen = vera.get(url(re_vetting, "approve")).context["seen"]
    vetting.decline(re_vetting, reason="No.", by=people.victor)
    requests.reconfirm(fresh(re_vetting), choice="manual", by=people.paul)

    vera.post(url(re_vetting, "approve"), {"seen": seen, "proved_by": "dns", "source": "Called"})

    assert fresh(re_vetting).status == Status.RE_VETTING


# Who


@pytest.mark.parametrize("person", ["gina", "paul", "stranger"])
@pytest.mark.parametrize("key", ["approve", "decline", "suspend"])
def test_customers_decide_nothing(people, sign_in, waiting, person, key):
    client = sign_in(getattr(people, person))

    response = client.post(url(waiting, key), {"proved_by": "dns", "source": "x", "reason": "x"})

    assert response.status_code in {302, 403, 404}
    assert fresh(waiting).status == Status.PENDING


# The list


def test_the_list_shows_idns_in_both_forms_and_finds_by_name(people, vera):
    make_domain(people.ov, "xn--exmple-cua.com")
    make_domain(people.foreign_ov, "foreign.example")

    page = vera.get(DESK, {"q": "exmple"}).content.decode()

    assert "xn--exmple-cua.com (exämple.com)" in page
    assert "foreign.example" not in page
    assert len(re.findall("<h1", page)) == 1
