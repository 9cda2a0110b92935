"""The demo: two accounts, people for every role, profiles, domains and certificates in several states."""

import secrets
import uuid
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import transaction

from accounts import terms
from accounts.actions import activation, invitations
from accounts.models import Account, Administrator, Subscription
from certificates import caa, csr, issuing
from certificates.actions import caa_checks, processing, revocation
from certificates.actions import requests as orders
from certificates.models import Order
from certificates.queries import dns_names
from certificates.states import Kind, Reason
from domains.actions import requests, vetting
from domains.actions.outcome import set_end
from domains.models import Domain
from domains.states import Method
from domains.states import Status as DomainStatus
from profiles import actions as profile_actions
from profiles import ev_actions
from profiles.models import Access, OrganizationProfile
from profiles.notifications import expiry
from profiles.states import Level, Status
from reporting import ready_made
from reporting.actions import reports, runs
from sslportal import demo_outside, demo_scans
from sslportal.kit import audit, clock, policy
from sslportal.kit.recurrence import Every

PEOPLE = [  # address, first and last name, job, what they are
    ("gina@example.com", "Gina", "Global", "IT Director", "Global Administrator"),
    ("paul@example.com", "Paul", "Primary", "Web Operations", "Primary Administrator"),
    ("stan@example.com", "Stan", "Standard", "Web Developer", "Standard Administrator"),
    ("vera@sslportal.example", "Vera", "Vetter", "Vetting", "Vetting Team"),
    ("victor@sslportal.example", "Victor", "Vetter", "Vetting", "Vetting Team"),
    ("stranger@example.org", "Sandy", "Stranger", "IT", "Global Administrator of another account"),
]


def people(passwords: dict[str, str]) -> str:
    """A line a person: address, password, what they are."""
    return "\n".join(f"{email:26} {passwords[email]}  {what}" for email, *_rest, what in PEOPLE)


def new_passwords() -> dict[str, str]:
    """A password of the demo's own for each person, by address."""
    return {email: f"{secrets.token_hex(4)}-{secrets.randbelow(90) + 10}" for email, *_rest in PEOPLE}


@transaction.atomic
def create(passwords: dict[str, str]) -> None:
    """Make the demo, once. The certificates are issued by the real code, so the process needs the CA's keys."""
    if Account.objects.exists():
        return
    company = Account.objects.create(name="Example Corporation", time_zone="Europe/London")
    foreign = Account.objects.create(name="Foreign Ltd", time_zone="Asia/Tokyo")
    _subscriptions(company, foreign)
    persons = _people(passwords, company, foreign)
    ov, ev = _profiles(company, persons)
    _foreign_profile(foreign, persons["stranger"])
    _domains(ov, ev, persons)
    _orders(ov, ev, persons)
    _newcomers(company, persons)
    _at_the_desk(company, persons)
    demo_scans.create(persons["gina"])
    _reports(persons["paul"])
    asked = _wanted(ov, "shop.example-hosting.com", comments="The shop moves to our servers in May. Olga, Hosting Ltd.")
    demo_outside.create(asked, by=persons["gina"])
    expiry.sweep()  # so that the reminders are there from the first minute on


def _reports(paul: Administrator) -> None:
    """One that is mailed each Monday, and was made once already; whoever has none sees those that are offered."""
    start = datetime.combine(clock.now().date() + timedelta(days=7 - clock.now().weekday()), time(7))
    plan = replace(
        ready_made.BY_KEY["expiring"].plan(), every=Every.WEEKLY, start=start, recipients=("webteam@example.com",)
    )
    runs.ask(reports.add(plan, by=paul), runs.ALL_FORMATS, by=paul)


def _at_the_desk(company: Account, persons: dict[str, Administrator]) -> None:
    """What waits at the vetting desk: a new profile in Japan, and one whose upgrade waits for its contract signer."""
    gina = persons["gina"]
    japan = {
        "name": "Example Japan",
        "organization": "Example Japan K.K.",
        "organization_ja": "株式会社エグザンプル",
        "address1": "2-1-1 Marunouchi",
        "locality": "Chiyoda-ku",
        "state": "Tokyo",
        "postal_code": "100-0005",
        "country": "JP",
        "phone": "+81 3 1234 5678",
    }
    profile_actions.add_profile(company, organization=japan, settings={"language": "ja"}, by=gina)
    place = {name: japan[name] for name in ("address1", "locality", "state", "postal_code", "country", "phone")}
    research = OrganizationProfile.objects.create(
        account=company,
        name="Example Research",
        organization="Example Research Ltd",
        status=Status.READY,
        requester=gina,
        **place,
        **_life(),
    )
    Access.objects.create(profile=research, administrator=gina, role=Access.Role.PRIMARY)
    people = {"job_title": "Director", **place}
    ev_actions.request_ev(
        research,
        approver={"first_name": "Gina", "last_name": "Global", "email": "gina@example.com", **people},
        signer={"first_name": "Sid", "last_name": "Signer", "email": "sid@example.com", **people},
        submission=uuid.uuid4(),
        by=gina,
    )


def _subscriptions(company: Account, foreign: Account) -> None:
    today = clock.now().date()
    for account, product, domains in ((company, "SSL OV and EV, 25 domains", 25), (foreign, "SSL OV, 5 domains", 5)):
        Subscription.objects.create(
            account=account,
            product=product,
            domains=domains,
            starts_on=today - timedelta(days=30),
            ends_on=today + timedelta(days=335),
        )


def _newcomers(company: Account, persons: dict[str, Administrator]) -> None:
    """Somebody who is invited, and a customer whose account waits to be set up: both have mail in the outbox."""
    invited = {
        "first_name": "Nina",
        "last_name": "Newcomer",
        "email": "nina@example.com",
        "job_title": "Web Operations",
    }
    invitations.invite(
        company, contact={**invited, "phone": "+44 20 7946 0000"}, is_global=False, access={}, by=persons["gina"]
    )
    today = clock.now().date()
    activation.activate_account(
        "Northwind Traders",
        contact={
            "first_name": "Ada",
            "last_name": "Admin",
            "email": "ada@northwind.example",
            "job_title": "IT",
            "phone": "",
        },
        organization={"name": "Northwind", "organization": "Northwind Traders Limited", "country": "GB"},
        product="SSL OV and EV, 10 domains",
        domains=10,
        starts_on=today,
        ends_on=today + timedelta(days=365),
        language="en",
        by=persons["vera"],
    )


def _people(passwords: dict[str, str], company: Account, foreign: Account) -> dict[str, Administrator]:
    persons = {}
    for email, first, last, job, what in PEOPLE:
        vets = what == "Vetting Team"
        key = email.split("@")[0]
        persons[key] = Administrator.objects.create_user(
            email,
            passwords[email],
            first_name=first,
            last_name=last,
            job_title=job,
            phone="+44 20 7946 0000",
            terms_version=terms.VERSION,
            terms_accepted_at=clock.now(),
            is_vetter=vets,
            is_global=what.startswith("Global"),
            account=None if vets else foreign if key == "stranger" else company,
        )
    return persons


def _profiles(company: Account, persons: dict[str, Administrator]) -> tuple[OrganizationProfile, OrganizationProfile]:
    address = {
        "account": company,
        "organization": "Example Corporation",
        "address1": "1 Example Street",
        "locality": "London",
        "state": "Greater London",
        "postal_code": "EC1A 1AA",
        "country": "GB",
        "phone": "+44 20 7946 0000",
        "status": Status.READY,
    }
    ov = OrganizationProfile.objects.create(name="Example OV", **address, **_life())
    ev = OrganizationProfile.objects.create(
        name="Example EV",
        level=Level.EV,
        business_category="Private Organization",
        jurisdiction_country="GB",
        registration_number="01234567",
        ev_expires_at=clock.now() + timedelta(days=policy.at(clock.now()).ev_profile_reuse_days),
        **address,
        **_life(),
    )
    Access.objects.create(profile=ov, administrator=persons["paul"], role=Access.Role.PRIMARY)
    Access.objects.create(profile=ov, administrator=persons["stan"], role=Access.Role.STANDARD)
    Access.objects.create(profile=ev, administrator=persons["gina"], role=Access.Role.PRIMARY)
    Access.objects.create(profile=ov, administrator=persons["gina"], role=Access.Role.PRIMARY)
    return ov, ev


def _life() -> dict[str, datetime]:
    now = clock.now()
    rules = policy.at(now)
    expires_at = now + timedelta(days=rules.profile_reuse_days)
    return {"expires_at": expires_at, "revet_at": expires_at - timedelta(days=rules.profile_revet_days_before)}


def _foreign_profile(foreign: Account, stranger: Administrator) -> None:
    profile = OrganizationProfile.objects.create(
        account=foreign,
        name="Foreign OV",
        organization="Foreign Ltd",
        organization_ja="フォーリン株式会社",
        address1="2-1-1 Marunouchi",
        locality="Chiyoda-ku",
        state="Tokyo",
        postal_code="100-0005",
        country="JP",
        phone="+81 3 1234 5678",
        status=Status.READY,
        language="ja",
        **_life(),
    )
    Access.objects.create(profile=profile, administrator=stranger, role=Access.Role.PRIMARY)
    _domain(profile, "example.org", stranger)


def _domains(ov: OrganizationProfile, ev: OrganizationProfile, persons: dict[str, Administrator]) -> None:
    paul, gina, vera = persons["paul"], persons["gina"], persons["vera"]
    with clock.at(_days_ago(420)):
        old = _domain(ov, "example.com", paul)
    _confirm(old)
    _domain(ev, "example.net", gina, Level.EV)
    with clock.at(_days_ago(375)):
        _domain(ov, "example-shop.com", paul, status=DomainStatus.EXPIRING)
    with clock.at(_days_ago(460)):
        _domain(ov, "example-archive.com", paul, status=DomainStatus.EXPIRED)
    for name, choice in (
        ("example-news.com", "hostmaster@example-news.com"),
        ("example-events.com", "dns"),
        ("xn--exmple-cua.com", ""),
        ("example-bank.com", "manual"),
    ):
        requests.add_domain(ov, name, level=Level.OV, choice=choice, by=paul)
    refused = ov.domains.get(name="example-bank.com")
    vetting.decline(refused, reason="The register of companies knows no bank of this name.", by=vera)


def _domain(
    profile: OrganizationProfile,
    name: str,
    by: Administrator,
    level: str = Level.OV,
    status: str = DomainStatus.READY,
) -> Domain:
    """A domain that was confirmed by mail at the moment of the clock; `status` is what time has made of it since."""
    domain = Domain.objects.create(profile=profile, name=name, level=level, status=status, requester=by)
    audit.record(domain, "add", by=by, after=DomainStatus.PENDING)
    audit.record(domain, "confirm", by=by, before=DomainStatus.PENDING, after=DomainStatus.READY)
    _confirm(domain)
    return domain


def _confirm(domain: Domain) -> None:
    """Make the moment of the clock that of its confirmation."""
    domain.method, domain.confirmed_at = Method.MAIL, clock.now()
    set_end(domain)
    domain.save()


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def _orders(ov: OrganizationProfile, ev: OrganizationProfile, persons: dict[str, Administrator]) -> None:
    paul, stan, gina, vera = persons["paul"], persons["stan"], persons["gina"], persons["vera"]
    with clock.at(_days_ago(400)):
        _issued(ov, paul, "old.example.com")
    processing.expire_certificates()
    with clock.at(_days_ago(358)):
        _issued(ov, paul, "shop.example.com", sans=["static.shop.example.com"])
    with clock.at(_days_ago(340)):
        ending = _issued(ov, paul, "vpn.example.com")
    with clock.at(_days_ago(300)):
        asked = _order(ov, stan, "mail.example.com", sans=["imap.example.com", "smtp.example.com"], validity="730-days")
        _issue(orders.approve_order(asked, by=paul))
    with clock.at(_days_ago(200)):
        stolen = _issued(ov, paul, "api.example.com")
    with clock.at(_days_ago(60)):
        revocation.mark_unused(_issued(ov, paul, "beta.example.com"), by=paul)
    with clock.at(_days_ago(20)):
        _issued(ov, paul, "www.example.com", sans=["example.com", "blog.example.com"], validity="730-days")
        _issued(ov, paul, "*.dev.example.com")
    with clock.at(_days_ago(10)):
        revocation.revoke_order(stolen, reason=Reason.KEY, by=paul)
        _issued(ov, paul, "api.example.com", kind=Kind.REISSUE, source=stolen)
    with clock.at(_days_ago(5)):
        _issued(ov, paul, "vpn.example.com", kind=Kind.RENEWAL, source=ending)
    with clock.at(_days_ago(3)):
        _issued(ev, gina, "www.example.net")
        canceled = _order(ov, stan, "test.example.com")
        orders.cancel_order(canceled, by=stan)
    rejected = _order(ov, paul, "login.xn--pple-43d.example.com")
    orders.reject_order(
        rejected, reason="The name imitates another company's. Order it under a name of your own.", by=vera
    )
    wanting = _order(ov, paul, "erp.example.com")
    orders.ask_for_csr(wanting, reason="This key is in use for another company already. Make a new one.", by=vera)
    _order(ov, paul, "news.example-news.com")
    _order(ov, paul, "portal.xn--pple-43d.example.com", comments="For the fruit campaign in spring.")
    _order(ov, stan, "intranet.example.com", comments="Replaces the old self-signed one.")


def _issued(profile: OrganizationProfile, by: Administrator, name: str, **more: Any) -> Order:
    order = _order(profile, by, name, **more)
    _issue(order)
    return order


def _issue(order: Order) -> None:
    """As the workers do, at the moment of the clock; the demo's DNS is asked while the demo's one transaction is open."""
    verdicts = caa.check_now(dns_names(order), settings.CAA_NAMES)
    caa_checks.keep(order, verdicts, at=clock.now())
    issuing.issue_planned()


def _order(profile: OrganizationProfile, by: Administrator, name: str, **more: Any) -> Order:
    return orders.submit_order(_wanted(profile, name, **more), submission=uuid.uuid4(), by=by)


def _wanted(
    profile: OrganizationProfile,
    name: str,
    *,
    sans: list[str] | None = None,
    validity: str = "365-days",
    comments: str = "",
    kind: Kind = Kind.NEW,
    source: Order | None = None,
) -> orders.Wanted:
    return orders.Wanted(
        profile=profile,
        level=profile.level,
        hash_algorithm="SHA-256",
        validity=validity,
        request=csr.read(_new_csr(name)),
        common_name=name,
        sans=sans or [],
        comments=comments,
        kind=kind,
        source=source,
    )


def _new_csr(name: str) -> bytes:
    """A CSR as a customer's server would make it; its key is thrown away."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = ec.generate_private_key(ec.SECP256R1())
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
