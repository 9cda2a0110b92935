"""Makers of what tests need: keyword functions with defaults that work."""

import hashlib
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from types import SimpleNamespace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.contrib.auth.hashers import make_password

from accounts.models import Account, Administrator
from accounts.states import Status as PersonStatus
from accounts.webhooks.models import Delivery, Webhook
from certificates import csr, expiry, issuing
from certificates.actions import caa_checks, processing
from certificates.models import Certificate, CertificateAuthority, Issuance, Order, Outsider, RequestPortal, Revocation
from certificates.states import Reason
from certificates.states import Status as OrderStatus
from discovery import programs
from discovery.models import Finding, FoundCertificate, Scan, Schedule
from discovery.scanner import targets
from discovery.states import Status as ScanStatus
from domains.models import Attempt, Domain, Evidence
from domains.states import Method
from domains.states import Status as DomainStatus
from profiles.models import Access, OrganizationProfile
from profiles.notifications.models import Notice
from profiles.states import Level, Status
from profiles.vetting import actions as vetting
from profiles.vetting import checklists, evidence
from profiles.vetting.models import Check, VettingCase
from reporting.models import Report, Run, RunFile
from sslportal.kit import clock
from sslportal.kit.catalogue import Priority
from sslportal.kit.recurrence import Every
from sslportal.kit.sealing import seal
from tests.openssl import csr_pem

PASSWORD = "correct-horse-7!"
SECRET = "a secret of the tests"  # of webhooks
SESSION = "the-session-of-a-scan-program-in-the-tests"

_numbers = count(1)


def make_account(name="Example Corporation", **fields):
    return Account.objects.create(name=name, **fields)


def make_webhook(account, url="https://hooks.example.com/events", *, secret=SECRET, **fields):
    return Webhook.objects.create(account=account, url=url, sealed_secret=seal(secret), **({"is_on": True} | fields))


def make_delivery(webhook, event="certificate.issued", **fields):
    """A delivery that waits."""
    values = {"key": f"test:{uuid.uuid4()}", "body": json.dumps({"event": event})} | fields
    return Delivery.objects.create(webhook=webhook, event=event, **values)


def make_person(email, account=None, **fields):
    """Saved without asking whether it may be, which would be most of what many tests spend their time on."""
    values = {
        "first_name": email.split("@")[0].capitalize(),
        "last_name": "Example",
        "status": PersonStatus.ACTIVE,
        "password": _hashed(),
    }
    return Administrator.objects.create(email=email, account=account, **(values | fields))


@cache
def _hashed():
    return make_password(PASSWORD)


def make_profile(account, name="Example OV", *, primary=None, standard=None, **fields):
    values = {
        "organization": "Example Corporation",
        "address1": "1 Example Street",
        "locality": "London",
        "state": "Greater London",
        "postal_code": "EC1A 1AA",
        "country": "GB",
        "phone": "+44 20 7946 0000",
        "status": Status.READY,
    }
    profile = OrganizationProfile.objects.create(account=account, name=name, **(values | fields))
    for role, person in ((Access.Role.PRIMARY, primary), (Access.Role.STANDARD, standard)):
        if person:
            Access.objects.create(profile=profile, administrator=person, role=role)
    return profile


def make_ev_profile(account, name="Example EV", **fields):
    ev = {
        "level": Level.EV,
        "business_category": "Private Organization",
        "jurisdiction_country": "GB",
        "registration_number": "01234567",
    }
    return make_profile(account, name, **(ev | fields))


def make_domain(profile, name="example.com", *, status=DomainStatus.READY, level=Level.OV, **fields):
    """A domain; one that was ever confirmed, by a mail of now, or as the fields say."""
    was_confirmed = status not in (DomainStatus.PENDING, DomainStatus.DECLINED)
    proof = {"method": Method.MAIL, "confirmed_at": clock.now()} if was_confirmed else {}
    return Domain.objects.create(profile=profile, name=name, status=status, level=level, **(proof | fields))


def make_attempt(domain, *, method=Method.MANUAL, **fields):
    return Attempt.objects.create(
        domain=domain, profile=domain.profile, name=domain.name, level=domain.level, method=method, **fields
    )


def make_case(profile, level=Level.OV, *, checked_by=None, except_for=(), **fields):
    """An open vetting case; with `checked_by`, that person has checked everything but `except_for` today."""
    case = VettingCase.objects.create(profile=profile, level=level, **fields)
    for item in checklists.items(level) if checked_by else ():
        if item.key not in except_for:
            make_check(case, item.key, by=checked_by)
    return case


def make_check(case, key, *, by, **fields):
    found = {
        "business_category": "Private Organization",
        "jurisdiction_country": "GB",
        "registration_number": "01234567",
    }
    item = checklists.find(case.level, key)
    data = {name: found.get(name, "") for name in item.fields}
    values = {"source": "Companies House", "checked_on": clock.now().date(), "note": "As entered.", "data": data}
    return Check.objects.create(case=case, key=key, by=by, **(values | fields))


def make_evidence(case, *, by, content=b"Called, and Ann answered."):
    """A file in the store, for the item of the address."""
    item = checklists.find(case.level, "address")
    file = evidence.Received("call.txt", "text/plain", content)
    check = vetting.record_check(case, item, source="Called", checked_on=clock.now().date(), by=by, file=file)
    return check.evidence.get()


def make_domain_evidence(attempt, *, by, content=b"Called, and Ann answered."):
    """A file in the store, for a confirmation that the vetting team finished."""
    file = evidence.Received("call.txt", "text/plain", content)
    about = {"content_type": file.content_type, "size": len(content), "sha256": file.sha256}
    return Evidence.objects.create(
        attempt=attempt, source="Called", by=by, name=file.name, stored=evidence.keep(file), **about
    )


def make_notice(
    profile, subject="Something happened", *, ja="何かがありました", days=0, priority=Priority.INFORMATIONAL, **words
):
    """A notice of `days` ago, about the profile; where that is an account, about the account."""
    account = profile if isinstance(profile, Account) else profile.account
    letter = {"subject": subject, "paragraphs": [], "facts": [], "action": None, "after": []} | words
    return Notice.objects.create(
        key=f"test:{uuid.uuid4()}",
        kind="test",
        account=account,
        profile=None if profile is account else profile,
        priority=priority,
        letters={"en": letter, "ja": letter | {"subject": ja}},
        created_at=clock.now() - timedelta(days=days),
    )


def make_people():
    company, foreign = make_account(), make_account("Foreign Ltd")
    gina = make_person("gina@example.com", company, is_global=True)
    paul = make_person("paul@example.com", company)
    stan = make_person("stan@example.com", company)
    stranger = make_person("stranger@example.org", foreign, is_global=True)
    return SimpleNamespace(
        company=company,
        foreign=foreign,
        gina=gina,
        paul=paul,
        stan=stan,
        stranger=stranger,
        vera=make_person("vera@sslportal.example", is_vetter=True),
        victor=make_person("victor@sslportal.example", is_vetter=True),
        ov=make_profile(company, primary=paul, standard=stan),
        foreign_ov=make_profile(foreign, "Foreign OV", primary=stranger),
    )


def issue(order):
    """As the workers do: CAA records are looked up, and the certificate is signed. Needs the fixture `ca`."""
    caa_checks.check(order)
    return plan_and_sign(order)


def plan_and_sign(order):
    """As the workers do once CAA records were looked up. The certificate, where one is issued now."""
    plan(order)
    return sign(order)


def plan(order):
    """What is about to be signed for the order, where nothing is in its way."""
    processing.process_order(order)
    return Issuance.objects.filter(order=order).first()


def sign(order):
    """As the `ca` worker does with all that is planned. The order's certificate, where it is issued now."""
    before = Certificate.objects.filter(order=order).exists()
    while Issuance.objects.due().exists():
        issuing.issue_planned()
    return None if before else Certificate.objects.filter(order=order).first()


def make_order(profile, requester, *, name="www.example.com", status=OrderStatus.PENDING, sans=(), **fields):
    request = csr.read(csr_pem())
    values = {
        "account": profile.account,
        "level": profile.level,
        "hash_algorithm": "SHA-256",
        "validity": "365-days",
        "csr": request.pem,
        "key_label": request.key_label,
        "key_sha256": request.key_sha256,
        "organization": profile.organization,
        "locality": profile.locality,
        "state": profile.state,
        "country": profile.country,
        "submission": uuid.uuid4(),
    }
    return Order.objects.create(
        profile=profile, requester=requester, common_name=name, sans=list(sans), status=status, **(values | fields)
    )


def make_portal(account, **fields):
    """A request portal that is on."""
    given = {"is_enabled": True, "contact": "help@example.com", "slug": f"portal-{next(_numbers)}"}
    return RequestPortal.objects.create(account=account, **(given | fields))


def make_outsider(account, email="olga@outside.example", *, was_proved=True, **fields):
    number = next(_numbers)
    given = {
        "reference": f"REF-{number}",
        "mailbox": email,
        "mail_domain": email.split("@")[1],
        "network": "192.0.2.0/24",
    }
    return Outsider.objects.create(account=account, email=email, was_proved=was_proved, **(given | fields))


def make_outside_order(profile, email="olga@outside.example", *, status=OrderStatus.APPROVE, **fields):
    """An order that came in by the request portal."""
    outsider = fields.pop("outsider", None) or make_outsider(profile.account, email)
    return make_order(profile, None, status=status, outsider=outsider, **fields)


def make_issued(profile, requester, *, status=OrderStatus.ISSUED, name="www.example.com", days=365, age=1, **fields):
    """An order with a certificate of `days`, begun `age` days ago; of an unused or revoked one with its revocation.

    The certificate's bytes are a stand-in of our own: no CA is needed. Tests of what is in them issue a real one.
    """
    begins = clock.now() - timedelta(days=age)
    serial = f"{uuid.uuid4().int:X}"
    copied = {
        "serial_number": serial,
        "not_before": begins,
        "not_after": begins + timedelta(days=days),
        "dns_names": list(dict.fromkeys([name, *fields.get("sans", [])])),
    }
    order = make_order(profile, requester, status=status, name=name, **copied, **fields)
    certificate = Certificate.objects.create(
        order=order,
        authority=_stand_in_authority(),
        der=stand_in_der(),
        sha256=hashlib.sha256(serial.encode()).hexdigest(),
        **copied,
    )
    with clock.at(begins):
        expiry.plan([order])
    reasons = {OrderStatus.REVOKED: Reason.OTHER, OrderStatus.UNUSED: Reason.UNUSED}
    if status in reasons:
        Revocation.objects.create(certificate=certificate, order=order, reason=reasons[status], by=requester)
    return order


def _stand_in_authority():
    values = {
        "role": "issuing",
        "der": stand_in_der(),
        "not_after": clock.now() + timedelta(days=3650),
        "is_current": False,
    }
    return CertificateAuthority.objects.get_or_create(name="stand-in", defaults=values)[0]


@cache
def stand_in_der():
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def make_scan(by, *, include="192.0.2.1-192.0.2.20", status=ScanStatus.RUNNING, session=SESSION, **fields):
    """A scan that the person's computer has begun, with the session of the program."""
    fields.setdefault("total", targets.parse(include, fields.get("exclude", ""), fields.get("ports", "")).count)
    fields.setdefault("session", programs.digest(session))
    return Scan.objects.create(account=by.account, by=by, include=include, status=status, **fields)


def make_schedule(by, *, include="127.3.0.0/28", due_at=None, **fields):
    """A scan that the portal runs every night."""
    fields = {"every": Every.DAILY, "starts_on": date(2026, 1, 1), "time": time(2), **fields}
    due_at = due_at or clock.now() + timedelta(hours=1)
    return Schedule.objects.create(account=by.account, by=by, include=include, due_at=due_at, **fields)


def make_finding(by, host="192.0.2.1", *, port=443, scan=None, certificate=None, is_current=True, **fields):
    """A certificate where it was found; by default a good one with a year to live."""
    scan = scan or make_scan(by, status=ScanStatus.FINISHED, finished_at=clock.now())
    certificate = certificate or make_found(by.account)
    fields = {"not_after": certificate.not_after, "warnings": certificate.warnings, "seen_at": clock.now(), **fields}
    return Finding.objects.create(
        account=by.account, scan=scan, host=host, port=port, certificate=certificate, is_current=is_current, **fields
    )


def make_found(account, common_name="www.example.com", **fields):
    """A certificate that servers showed; what is in `der` is none."""
    number = next(_numbers)
    given = {
        "der": b"%d" % number,
        "sha256": f"{number:064x}",
        "names": [common_name],
        "issuer_name": "Example CA",
        "not_before": clock.now() - timedelta(days=30),
        "not_after": clock.now() + timedelta(days=365),
        "key_type": "RSA",
        "key_bits": 2048,
        "hash": "SHA-256",
        "revocation": "good",
        **fields,
    }
    return FoundCertificate.objects.create(account=account, common_name=common_name, **given)


def make_report(by, name="Expiring certificates", *, definition=None, **fields):
    """A report of all certificates with one column, without a schedule, unless something else is given."""
    definition = definition or {"type": "certificate", "fields": ["common_name"], "rules": [], "sort": []}
    return Report.objects.create(account=by.account, owner=by, name=name, definition=definition, **fields)


def make_scheduled_report(by, name="Expiring certificates", *, due_at=None, **fields):
    """A report that is mailed every night."""
    fields = {"every": Every.DAILY, "starts_on": date(2026, 1, 1), "time": time(2), **fields}
    return make_report(by, name, due_at=due_at or clock.now() + timedelta(hours=1), **fields)


def make_run(report, *, formats=("csv",), files=(), **fields):
    """A run of a report that is asked for, or with `status` and `files` one that was made."""
    run = Run.objects.create(
        account=report.account,
        report=report,
        reader=report.owner,
        definition=report.definition,
        formats=list(formats),
        **fields,
    )
    RunFile.objects.bulk_create(RunFile(run=run, format=one, content=b"content", size=7) for one in files)
    return run
