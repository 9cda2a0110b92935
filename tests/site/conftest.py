"""The portal with one of each thing in it."""

from datetime import timedelta

import pytest

from accounts.models import Activation
from certificates.outside import links
from certificates.outside.actions import entering
from certificates.states import Status
from profiles.notifications import unsubscribing
from sslportal.kit import clock, tokens
from sslportal.kit.models import Draft, OutgoingMail
from tests.ev import ask
from tests.factories import (
    make_account,
    make_attempt,
    make_case,
    make_delivery,
    make_domain,
    make_domain_evidence,
    make_evidence,
    make_finding,
    make_issued,
    make_notice,
    make_order,
    make_outside_order,
    make_portal,
    make_profile,
    make_run,
    make_schedule,
    make_scheduled_report,
    make_webhook,
)


@pytest.fixture
def known(people, settings, tmp_path):
    """One of each thing, in a profile of paul and stan in which gina has no role."""
    domain = make_domain(people.ov, "example-new.com", status="pending")
    attempt = make_attempt(domain, method="manual", address="admin@example-new.com")
    draft = Draft.objects.create(kind="set-up")
    setup = Activation.objects.create(account=make_account("New"), draft=draft, email="new@example.net")
    upgraded = make_profile(people.company, "Upgraded", primary=people.paul, standard=people.stan)
    settings.EVIDENCE_ROOT = tmp_path
    by_file = make_attempt(make_domain(people.ov, "files.example", status="pending"), method="file", value="abc")
    pending = make_profile(people.company, "Pending", status="pending")
    day = timedelta(days=1)
    issued = make_issued(people.ov, people.stan, days=60)
    finding = make_finding(people.gina)
    report = make_scheduled_report(people.paul)
    portal = make_portal(people.company)
    outside = make_outside_order(people.ov)
    visit, _key = entering.enter(portal, "x@example.com", proves=False)
    return {
        "scan": finding.scan_id,
        "finding": finding.pk,
        "report": report.pk,
        "report_draft": Draft.objects.create(kind="report", owner=people.paul).pk,
        "run": make_run(report, status="finished", finished_at=clock.now(), total=0, files=["csv"]).pk,
        "schedule": make_schedule(people.gina).pk,
        "case": pending.pk,
        "evidence": make_evidence(make_case(pending), by=people.vera).pk,
        "setup": tokens.issue("set-up", setup.pk, day),
        "invitation": tokens.issue("invitation", people.stan.pk, day),
        "reset": tokens.issue("reset-password", people.stan.pk, day),
        "adding": Draft.objects.create(kind="administrator", owner=people.gina).pk,
        "editing": Draft.objects.create(kind=f"administrator-{people.stan.pk}", owner=people.gina).pk,
        "person": people.stan.pk,
        "delivery": make_delivery(make_webhook(people.company)).pk,
        "account": people.company.pk,
        "profile": people.ov.pk,
        "upgrading": Draft.objects.create(kind=f"ev-{people.ov.pk}", owner=people.gina).pk,
        "upgraded": upgraded.pk,
        "ev_terms": tokens.issue("sign-ev-terms", ask(upgraded, people.paul).pk, day),
        "draft": Draft.objects.create(kind="order", owner=people.paul).pk,
        "issued": issued.pk,
        "seal": issued.seal,
        "reissue_draft": Draft.objects.create(kind="re-issue", owner=people.paul, data={"source": issued.pk}).pk,
        "order": make_order(people.ov, people.stan, status=Status.APPROVE).pk,
        "portal": portal.slug,
        "outside_order": outside.pk,
        "reference": outside.outsider.reference,
        "entry": tokens.issue(entering.ENTRY, visit.pk, day),
        "way_back": links.way_back(outside).split("/")[-2],
        "domain": domain.pk,
        "by_file": by_file.domain_id,
        "domain_evidence": make_domain_evidence(attempt, by=people.vera).pk,
        "domains_draft": Draft.objects.create(kind="domains", owner=people.paul).pk,
        "mail": OutgoingMail.objects.create(key="test", to="x@example.com", subject="Test", message_id="<x@x>").pk,
        "notice": make_notice(people.ov).pk,
        "account_notice": make_notice(people.company).pk,
        "unsubscribe": unsubscribing.url("x@example.com", f"order:{issued.pk}", "x.example.com").split("/")[-2],
        "token": tokens.issue("confirm-domain", attempt.pk, timedelta(days=1)),
    }
