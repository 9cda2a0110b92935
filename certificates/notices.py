"""The notices about certificate orders (I3)."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Administrator
from certificates import rules
from certificates.outside import portal_notices
from certificates.servers.site import stem_of
from certificates.states import Kind
from profiles.notifications import telling
from profiles.notifications.expiry import Ending
from profiles.notifications.moments import when
from profiles.notifications.telling import News
from profiles.queries import primary_addresses
from sslportal.kit import catalogue
from sslportal.kit.catalogue import Priority, To, notice
from sslportal.kit.mail import File, Letter

if TYPE_CHECKING:
    from certificates.models import Certificate, Order

OF_THE_ORDER = (To.REQUESTER, To.RECIPIENTS, To.APPROVER, To.PROFILE_LIST)
INFORMATIONAL = (*OF_THE_ORDER, To.PRIMARIES_IF_INFORMED)
CRITICAL = (*OF_THE_ORDER, To.PRIMARIES)
SEE = gettext_lazy("See the order")

APPROVE = notice(
    "certificate-approve",
    Priority.INFORMATIONAL,
    when="Somebody who may not approve it alone asks for a certificate.",
    to=[To.APPROVERS],
    subject=gettext_lazy("A certificate request for %(name)s waits for your approval"),
    lines=[gettext_lazy("%(person)s asks for a certificate. Nothing is issued before it is approved.")],
    action=gettext_lazy("Look at the request"),
)
ISSUED = notice(
    "certificate-issued",
    Priority.INFORMATIONAL,
    when="A certificate is issued. It is attached.",
    to=INFORMATIONAL,
    subject=gettext_lazy("Your certificate for %(name)s is issued"),
    lines=[
        gettext_lazy(
            "The certificate that you ordered for %(name)s is issued. The page below has it, with the intermediate "
            "certificates and the other formats that your server may need."
        )
    ],
    attached=gettext_lazy("The certificate is attached."),
    action=gettext_lazy("Download the certificate"),
)
RENEWED = notice(
    "certificate-renewed",
    Priority.INFORMATIONAL,
    when="The certificate that renews another one is issued: there are no more reminders of the old one's end.",
    to=INFORMATIONAL,
    subject=gettext_lazy("The certificate for %(name)s is renewed"),
    lines=[
        gettext_lazy(
            "The certificate for %(name)s that expires on %(end)s is renewed by order %(renewal)d. You are not reminded of "
            "its end any more."
        ),
        gettext_lazy(
            "Install the new certificate on your servers before that day: the old one does not renew itself there."
        ),
    ],
    action=gettext_lazy("Download the new certificate"),
)
EXPIRING = notice(
    "certificate-expiring",
    Priority.CRITICAL,
    when="At each of the moments that the profile has chosen, the day before the end, and on that day; if the portal was "
    "down meanwhile, once about the present state. Not for certificates that are renewed, unused or revoked.",
    to=CRITICAL,
    subject=gettext_lazy("The certificate for %(name)s %(when)s"),
    lines=[
        gettext_lazy("The certificate for %(name)s of %(organization)s %(when)s (%(end)s)."),
        "%(advice)s",
        gettext_lazy(
            "Renew it, and install the new certificate on every server that uses it: a renewed certificate does not get there "
            "by itself."
        ),
    ],
    action=gettext_lazy("Renew the certificate"),
    after=[
        gettext_lazy("You no longer need it? Mark it as unused on its page, and nobody is reminded any more."),
    ],
)
REVOKED = notice(
    "certificate-revoked",
    Priority.CRITICAL,
    when="A certificate is revoked.",
    to=CRITICAL,
    subject=gettext_lazy("The certificate for %(name)s is revoked"),
    lines=[
        gettext_lazy(
            "The certificate was revoked, which cannot be undone. Servers that still use it need another one now."
        )
    ],
    action=SEE,
)
REJECTED = notice(
    "certificate-rejected",
    Priority.CRITICAL,
    when="The vetting team rejects a request.",
    to=CRITICAL,
    subject=gettext_lazy("Your certificate request for %(name)s was rejected"),
    lines=[
        gettext_lazy("The vetting team rejected the request. The reason: %(reason)s"),
        gettext_lazy("Nothing was issued. You may send a new request once the reason is gone."),
    ],
    action=SEE,
)
CANCELED = notice(
    "certificate-canceled",
    Priority.INFORMATIONAL,
    when="A request is canceled.",
    to=INFORMATIONAL,
    subject=gettext_lazy("The certificate request for %(name)s is canceled"),
    lines=[gettext_lazy("The request was canceled; no certificate was issued.")],
    action=SEE,
)
CSR_NEEDED = notice(
    "certificate-csr-needed",
    Priority.CRITICAL,
    when="The vetting team, or the portal itself, cannot have a certificate issued with the CSR that was sent.",
    to=CRITICAL,
    subject=gettext_lazy("The certificate request for %(name)s needs a new CSR"),
    lines=[
        gettext_lazy("The certificate cannot be issued with the CSR that was sent. The reason: %(reason)s"),
        gettext_lazy(
            "Make a new CSR on your server and paste it on the page of the order; everything else stays as it is."
        ),
    ],
    action=gettext_lazy("Supply a new CSR"),
)


def issued(certificates: "Sequence[Certificate]") -> None:
    """Here they are, attached; and those that renew another one end the reminders of that."""
    orders = [certificate.order for certificate in certificates]
    prefetch_related_objects(orders, "profile__accesses__administrator", "source")
    telling.tell_all([_issued(certificate.order, certificate) for certificate in certificates])
    telling.tell_all([_renewed(order.source, order) for order in orders if order.source and order.kind == Kind.RENEWAL])


def _issued(order: "Order", certificate: "Certificate") -> News:
    facts = [(gettext_lazy("Expires"), lambda: _moment(order, certificate))]
    return _news(ISSUED, order, facts=facts, page="download/", files=[_attachment(order, certificate)])


def _renewed(order: "Order", by: "Order") -> News:
    """Another certificate has taken its place."""
    key, url = f"{order.pk}:{by.pk}", _url(by, "download/")
    return _news(RENEWED, order, key=key, url=url, end=partial(_day, order), renewal=lambda: by.pk)


def rejected(order: "Order") -> None:
    """The vetting team refused it, and why."""
    _tell(REJECTED, order, reason=lambda: order.reject_reason)


def canceled(order: "Order") -> None:
    """Nothing will be issued."""
    _tell(CANCELED, order)


def revoked(order: "Order") -> None:
    """It is not to be trusted any more, and why; the details are for those who see the order."""
    facts = [
        (gettext_lazy("Serial Number"), lambda: order.certificate.serial_number),
        (gettext_lazy("Revocation Reason"), lambda: order.certificate.revocation.get_reason_display()),
    ]
    _tell(REVOKED, order, facts=facts)


def csr_needed(order: "Order", *, asked: int) -> None:
    """Nothing is issued before a new CSR is there, and why; once each time it is asked for."""
    _tell(CSR_NEEDED, order, key=f"{order.pk}:{asked}", page="new-csr/", reason=lambda: order.awaited_csr)


def please_approve(order: "Order") -> None:
    """Somebody asks for a certificate."""
    _tell(APPROVE, order, person=lambda: order.requester.get_full_name() if order.requester else order.asked_by)


def ending(order: "Order", moment: int, days: int) -> Ending:
    """What is said of its end at the moment that has come, when so many days are left. Less than none: it is past."""
    assert order.not_after  # noqa: S101  # it was issued
    news = _news(
        EXPIRING,
        order,
        key=f"{order.pk}:{moment}",
        page="renew/",
        when=partial(when, days),
        end=partial(_day, order),
        organization=lambda: order.profile.organization_here,
        advice=lambda: _("It is refused by browsers now.") if days < 0 else "",
    )
    return Ending(news, order.common_name, order.not_after, _url(order, "renew/"), about(order))


def about(order: "Order") -> str:
    """By what the reminders of its end are stopped."""
    return f"order:{order.pk}"


def _tell(kind: catalogue.Kind, order: "Order", **more: Any) -> None:
    telling.tell(_news(kind, order, **more))


def _news(
    kind: catalogue.Kind,
    order: "Order",
    *,
    key: object = None,
    facts: Iterable[tuple[object, Callable[[], object]]] = (),
    page: str = "",
    url: str = "",
    files: Iterable[File] = (),
    **words: Callable[[], object],
) -> News:
    """News of the order; `words` and `facts` are asked for in each language, `page` is one of those below its own."""

    def write() -> Letter:
        filled = {"name": order.common_name} | {name: value() for name, value in words.items()}
        told = [*_facts(order), *((str(word), str(fact())) for word, fact in facts)]
        return kind.letter(filled, facts=told, url=url or _url(order, page), files=list(files))

    news = telling.about(kind, key or order.pk, order.profile, write, _addresses(order), _data(order))
    if own := portal_notices.instead_of(kind, order, words, list(files)):
        news.own_letters[order.asked_by] = own
    return news


def _addresses(order: "Order") -> dict[To, Callable[[], Iterable[str]]]:
    profile, primaries = order.profile, partial(primary_addresses, order.profile)
    return {
        To.REQUESTER: lambda: primaries() if order.requester and not order.requester.is_active else [order.asked_by],
        To.RECIPIENTS: lambda: order.recipients,
        To.APPROVER: lambda: _approver(order) if profile.copies_approver else [],
        To.PROFILE_LIST: lambda: profile.certificate_recipients,
        To.PRIMARIES: primaries,
        To.PRIMARIES_IF_INFORMED: lambda: primaries() if profile.informs_primaries else [],
        To.APPROVERS: partial(approvers, order),
    }


def _approver(order: "Order") -> list[str]:
    return [order.approver.email] if order.approver and order.approver.is_active else []


def approvers(order: "Order") -> list[str]:
    """The addresses of those who may approve it."""
    candidates = Administrator.objects.filter(accesses__profile=order.profile, is_active=True)
    return [person.email for person in candidates if rules.may_approve(person, order)]


def _data(order: "Order") -> dict[str, Any]:
    """For the webhook."""
    return {
        "order": order.pk,
        "common_name": order.common_name,
        "type": order.level,
        "status": order.status,
        "profile": order.profile.name,
        "serial_number": order.serial_number,
        "expires": order.not_after.isoformat() if order.not_after else None,
        "url": _url(order),
    }


def _facts(order: "Order") -> list[tuple[str, str]]:
    return [
        (_("Order"), str(order.pk)),
        (_("Common Name"), order.common_name),
        (_("Type"), order.level),
        (_("Profile"), order.profile.name),
        (_("Requester"), requester_words(order)),
    ]


def requester_words(order: "Order") -> str:
    """Who asked for it, with a mark where it was by the request portal."""
    return _("%(address)s (request portal)") % {"address": order.asked_by} if order.is_from_outside else order.asked_by


def _url(order: "Order", page: str = "") -> str:
    return settings.PORTAL_URL + order.get_absolute_url() + page


def _day(order: "Order") -> str:
    return date_format(localtime(order.not_after, order.profile.account.zone), "DATE_FORMAT") if order.not_after else ""


def _moment(order: "Order", certificate: "Certificate") -> str:
    return date_format(localtime(certificate.not_after, order.profile.account.zone), "DATETIME_FORMAT")


def _attachment(order: "Order", certificate: "Certificate") -> File:
    pem = certificate.x509.public_bytes(Encoding.PEM)
    return File(f"{stem_of(order.common_name)}.crt", "application/pkix-cert", pem)
