"""The mails about certificate orders."""

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Administrator
from accounts.roles import Role
from certificates import rules
from certificates.servers.site import stem_of
from sslportal.kit import mail
from sslportal.kit.mail import File, Letter

if TYPE_CHECKING:
    from certificates.models import Certificate, Order


def issued(order: "Order", certificate: "Certificate") -> None:
    """To the requester and the order's recipients: here it is, attached."""
    with override(order.profile.language):
        letter = Letter(
            subject=_("Your certificate for %(name)s is issued") % {"name": order.common_name},
            paragraphs=[
                _(
                    "The certificate that you ordered for %(name)s is issued. It is attached; the page below "
                    "has the intermediate certificates and other formats that your server may need."
                )
                % {"name": order.common_name},
            ],
            facts=[*_facts(order), (_("Expires"), _day(order, certificate))],
            action=(_("Download the certificate"), settings.PORTAL_URL + order.get_absolute_url() + "download/"),
            files=[_attachment(order, certificate)],
        )
    _to_interested(order, letter, "order-issued")


def rejected(order: "Order") -> None:
    """To the same: the vetting team refused it, and why."""
    with override(order.profile.language):
        letter = Letter(
            subject=_("Your certificate request for %(name)s was rejected") % {"name": order.common_name},
            paragraphs=[
                _("The vetting team rejected the request. The reason: %(reason)s") % {"reason": order.reject_reason},
                _("Nothing was issued. You may send a new request once the reason is gone."),
            ],
            facts=_facts(order),
            action=_see(order),
        )
    _to_interested(order, letter, "order-rejected")


def canceled(order: "Order") -> None:
    """To the same: nothing will be issued."""
    with override(order.profile.language):
        letter = Letter(
            subject=_("The certificate request for %(name)s is canceled") % {"name": order.common_name},
            paragraphs=[_("The request was canceled; no certificate was issued.")],
            facts=_facts(order),
            action=_see(order),
        )
    _to_interested(order, letter, "order-canceled")


def revoked(order: "Order") -> None:
    """To the same: the certificate is not to be trusted any more, and why; the details are for those who see the order."""
    with override(order.profile.language):
        letter = Letter(
            subject=_("The certificate for %(name)s is revoked") % {"name": order.common_name},
            paragraphs=[
                _(
                    "The certificate was revoked, which cannot be undone. Servers that still use it need another one now."
                ),
            ],
            facts=[
                *_facts(order),
                (_("Serial Number"), order.certificate.serial_number),
                (_("Revocation Reason"), order.certificate.revocation.get_reason_display()),
            ],
            action=_see(order),
        )
    _to_interested(order, letter, "order-revoked")


def csr_needed(order: "Order", *, asked: int) -> None:
    """To the same, once each time it is asked for: nothing is issued before a new CSR is there, and why."""
    with override(order.profile.language):
        letter = Letter(
            subject=_("The certificate request for %(name)s needs a new CSR") % {"name": order.common_name},
            paragraphs=[
                _("The certificate cannot be issued with the CSR that was sent. The reason: %(reason)s")
                % {"reason": order.awaited_csr},
                _(
                    "Make a new CSR on your server and paste it on the page of the order; everything else stays as it is."
                ),
            ],
            facts=_facts(order),
            action=(_("Supply a new CSR"), settings.PORTAL_URL + order.get_absolute_url() + "new-csr/"),
        )
    _to_interested(order, letter, f"order-csr-{asked}")


def please_approve(order: "Order") -> None:
    """To those who may approve it: somebody asks for a certificate."""
    with override(order.profile.language):
        letter = Letter(
            subject=_("A certificate request for %(name)s waits for your approval") % {"name": order.common_name},
            paragraphs=[
                _("%(person)s asks for a certificate. Nothing is issued before it is approved.")
                % {"person": order.requester.get_full_name()},
            ],
            facts=_facts(order),
            action=(_("Look at the request"), settings.PORTAL_URL + order.get_absolute_url()),
        )
    candidates = Administrator.objects.filter(accesses__profile=order.profile, is_active=True)
    approvers = [person.email for person in candidates if rules.may_approve(person, order)]
    mail.post(letter, to=approvers, key=f"order-approve:{order.pk}", language=order.profile.language)


def _to_interested(order: "Order", letter: Letter, event: str) -> None:
    requester = [order.requester.email] if order.requester.is_active else _primaries(order)
    mail.post(letter, to=[*requester, *order.recipients], key=f"{event}:{order.pk}", language=order.profile.language)


def _primaries(order: "Order") -> list[str]:
    """Who looks after the order when its requester has left."""
    people = Administrator.objects.filter(accesses__profile=order.profile, accesses__role=Role.PRIMARY, is_active=True)
    return list(people.values_list("email", flat=True))


def _facts(order: "Order") -> list[tuple[str, str]]:
    return [
        (_("Order"), str(order.pk)),
        (_("Common Name"), order.common_name),
        (_("Type"), order.level),
        (_("Profile"), order.profile.name),
        (_("Requester"), order.requester.email),
    ]


def _see(order: "Order") -> tuple[str, str]:
    return _("See the order"), settings.PORTAL_URL + order.get_absolute_url()


def _day(order: "Order", certificate: "Certificate") -> str:
    return date_format(localtime(certificate.not_after, order.account.zone), "DATETIME_FORMAT")


def _attachment(order: "Order", certificate: "Certificate") -> File:
    pem = certificate.x509.public_bytes(Encoding.PEM)
    return File(f"{stem_of(order.common_name)}.crt", "application/pkix-cert", pem)
