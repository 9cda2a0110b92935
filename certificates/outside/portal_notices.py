"""The notices of the request portal: mail to people without an account, and what their approvers hear of them."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import Administrator
from accounts.notices import circumstances, named
from certificates.outside import links
from profiles.notifications import telling
from profiles.notifications.telling import OwnLetter
from sslportal.kit import catalogue, mail
from sslportal.kit.catalogue import Priority, To, notice
from sslportal.kit.mail import File, Letter

if TYPE_CHECKING:
    from certificates.models import Order
    from certificates.outside.models import RequestPortal, Visit

Facts = list[tuple[str, str]]
SEE = gettext_lazy("See your request")
ASK = gettext_lazy("If you have questions, write to %(contact)s.")

CODE = notice(
    "request-portal-code",
    Priority.INFORMATIONAL,
    when="Somebody enters the request portal, and the address is to be proved.",
    to=[To.ADDRESS],
    subject=gettext_lazy("%(code)s is your code for requesting certificates"),
    lines=[
        gettext_lazy("Somebody, you probably, wants to request certificates with this address. The code is: %(code)s"),
        gettext_lazy("It counts for %(minutes)d minutes, as does the link below. Tell nobody the code."),
    ],
    action=gettext_lazy("Go on without the code"),
    after=[gettext_lazy("If it was not you, do nothing: without the code nobody gets any further.")],
    is_listed=False,
)
RECEIVED = notice(
    "request-portal-received",
    Priority.INFORMATIONAL,
    when="A request came in by the request portal.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("Your certificate request %(reference)s for %(name)s"),
    lines=[
        gettext_lazy("Your request was received, and waits for approval. Its reference is %(reference)s."),
        gettext_lazy("You are told by mail what becomes of it. The link below leads to your requests; it works once."),
    ],
    action=SEE,
    after=[ASK, gettext_lazy("If you have requested no certificate, somebody else gave your address: please tell us.")],
    is_listed=False,
)
CHANGED = notice(
    "request-portal-changed",
    Priority.INFORMATIONAL,
    when="Whoever may approve a request that came in by the request portal has changed it.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("Your certificate request for %(name)s was changed"),
    lines=[gettext_lazy("Before approving it, an administrator has changed your request. Before and after:")],
    action=SEE,
    after=[ASK],
    is_listed=False,
)
APPROVED = notice(
    "request-portal-approved",
    Priority.INFORMATIONAL,
    when="A request that came in by the request portal is approved.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("Your certificate request for %(name)s is approved"),
    lines=[
        gettext_lazy(
            "Your request is approved. The certificate is issued as soon as all checks are done, and is then mailed to you."
        )
    ],
    action=SEE,
    after=[ASK],
    is_listed=False,
)
COMMENT = notice(
    "request-portal-comment",
    Priority.INFORMATIONAL,
    when="Whoever asked for a certificate by the request portal writes something about it.",
    to=[To.APPROVERS],
    subject=gettext_lazy("A comment on the certificate request for %(name)s"),
    lines=[gettext_lazy("%(person)s writes about the request: “%(text)s”")],
    action=gettext_lazy("Look at the request"),
)
REJECTED = notice(
    "request-portal-rejected",
    Priority.CRITICAL,
    when="In place of certificate-rejected, to who asked by the request portal: the reason is told to the account.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("Your certificate request for %(name)s was rejected"),
    lines=[gettext_lazy("Your request was rejected; no certificate was issued.")],
    action=SEE,
    after=[ASK],
    is_listed=False,
)
RENEWED = notice(
    "request-portal-renewed",
    Priority.INFORMATIONAL,
    when="In place of certificate-renewed, to who asked by the request portal.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("The certificate for %(name)s is renewed"),
    lines=[
        gettext_lazy(
            "The certificate for %(name)s that expires on %(end)s is renewed by an administrator. Ask %(contact)s for the new "
            "one. You are not reminded of the end of the old one any more."
        )
    ],
    is_listed=False,
)
EXPIRING = notice(
    "request-portal-expiring",
    Priority.CRITICAL,
    when="In place of certificate-expiring, to who asked by the request portal.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("The certificate for %(name)s %(when)s"),
    lines=[
        gettext_lazy("The certificate for %(name)s, which you have requested, %(when)s (%(end)s)."),
        "%(advice)s",
        gettext_lazy(
            "If it is still needed, request another one in time, and install it on every server that uses the old one."
        ),
    ],
    action=gettext_lazy("Request a new certificate"),
    after=[ASK],
    is_listed=False,
)
CSR_NEEDED = notice(
    "request-portal-csr-needed",
    Priority.CRITICAL,
    when="In place of certificate-csr-needed, to who asked by the request portal.",
    to=[To.OUTSIDER],
    subject=gettext_lazy("The certificate request for %(name)s needs a new CSR"),
    lines=[
        gettext_lazy("The certificate cannot be issued with the CSR that you sent."),
        gettext_lazy(
            "Make a new CSR on your server and paste it on the page of the request; everything else stays as it is."
        ),
    ],
    action=gettext_lazy("Supply a new CSR"),
    after=[ASK],
    is_listed=False,
)
ENABLED = notice(
    "request-portal-enabled",
    Priority.INFORMATIONAL,
    when="The request portal is switched on.",
    to=(),
    subject=gettext_lazy("The certificate request portal is switched on"),
    lines=[gettext_lazy("%(who)s has switched it on: people without an account can request certificates at its URL.")],
    action=gettext_lazy("See the settings"),
)
DISABLED = notice(
    "request-portal-disabled",
    Priority.INFORMATIONAL,
    when="The request portal is switched off.",
    to=(),
    subject=gettext_lazy("The certificate request portal is switched off"),
    lines=[gettext_lazy("%(who)s has switched it off: its URL leads nowhere now. Requests that came in stay.")],
    action=gettext_lazy("See the settings"),
)


def code(visit: "Visit", code: str, token: str, *, minutes: int) -> None:
    """The code and the link by which an address is proved."""
    url = settings.PORTAL_URL + reverse("outside:link", args=[visit.portal.slug, token])
    with override(visit.language):
        letter = CODE.letter({"code": code, "minutes": minutes}, url=url)
    mail.post(letter, to=[visit.email], key=f"{CODE.key}:{visit.pk}", language=visit.language)


def received(order: "Order") -> None:
    _mail(RECEIVED, order, order.pk)


def changed(order: "Order", changes: dict[str, list[str]], *, entry: int) -> None:
    """What is asked for now, and what it was; `changes` as the history has them."""

    def facts() -> Facts:
        return [(_(what), f"{before or '—'} → {after or '—'}") for what, (before, after) in changes.items()]

    _mail(CHANGED, order, entry, facts)


def approved(order: "Order") -> None:
    _mail(APPROVED, order, order.pk)


def instead_of(
    kind: catalogue.Kind, order: "Order", words: dict[str, Callable[[], object]], files: list[File]
) -> OwnLetter | None:
    """What who asked for the order by the request portal gets in place of the notice of the order, if somebody did.

    Some notices are about pages that nobody outside can open, or say more of the account than they may know. Notices that
    are not for who asked stay as they are, whatever address was given; so do those to an administrator of the account.
    """
    if order.outsider is None or To.REQUESTER not in kind.to or _is_inside(order):
        return None
    others = {
        "certificate-rejected": REJECTED,
        "certificate-renewed": RENEWED,
        "certificate-expiring": EXPIRING,
        "certificate-csr-needed": CSR_NEEDED,
    }
    told = others.get(kind.key, kind)
    return OwnLetter(order.outsider.language, partial(_letter, told, order, words, list, files))


def _is_inside(order: "Order") -> bool:
    """Whether the address that was given is that of an administrator of the account."""
    people = Administrator.objects.filter(account=order.account_id, email=order.asked_by, is_active=True)
    return people.exists()


def comment(order: "Order", text: str, *, entry: int, to: Callable[[], list[str]]) -> None:
    """The requester has written something. `to` are those who may approve it."""

    def write() -> Letter:
        words = {"name": order.common_name, "person": order.asked_by, "text": text}
        return COMMENT.letter(words, url=settings.PORTAL_URL + order.get_absolute_url())

    known = {To.APPROVERS: to}
    data = {"order": order.pk, "common_name": order.common_name, "url": settings.PORTAL_URL + order.get_absolute_url()}
    telling.tell(telling.about(COMMENT, f"{order.pk}:{entry}", order.profile, write, known, data))


def switched(portal: "RequestPortal", *, by: Administrator) -> None:
    """People without an account can request certificates from now on, or no longer."""
    kind = ENABLED if portal.is_enabled else DISABLED
    url = settings.PORTAL_URL + portal.get_absolute_url()

    def write() -> Letter:
        return kind.letter({"who": lazy(named, str)(by)}, facts=circumstances(portal.account), url=url)

    telling.tell(telling.about_account(kind, uuid.uuid4(), portal.account, write, {"url": url}))


def _mail(kind: catalogue.Kind, order: "Order", key: object, facts: Callable[[], Facts] = list) -> None:
    """To who asked for the order by the request portal, in the language of their browser."""
    assert order.outsider  # noqa: S101  # only such orders get here
    language = order.outsider.language
    with override(language):
        letter = _letter(kind, order, {}, facts, [])
    mail.post(letter, to=[order.asked_by], key=f"{kind.key}:{key}", language=language)


def _letter(
    kind: catalogue.Kind,
    order: "Order",
    words: dict[str, Callable[[], object]],
    facts: Callable[[], Facts],
    files: list[File],
) -> Letter:
    """The notice in the language in use now, with what people outside may know of the order, and a link of their own."""
    assert order.outsider  # noqa: S101
    portal = getattr(order.account, "request_portal", None)
    filled: dict[str, Any] = {"name": order.common_name, "reference": order.outsider.reference}
    filled |= {"contact": portal.contact if portal else ""} | {name: value() for name, value in words.items()}
    told = [
        (_("Reference"), order.outsider.reference),
        (_("Common Name"), order.common_name),
        (_("Organization Profile"), order.profile.name),
        *facts(),
    ]
    return kind.letter(filled, facts=told, url=links.way_back(order), files=files)
