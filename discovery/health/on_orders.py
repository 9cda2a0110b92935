"""What the page of an order has of its health check: the button, and what came of the last one."""

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _

from certificates.beyond import Beyond
from certificates.models import Order
from certificates.states import Status as OrderStatus
from discovery.health.states import WITH_RESULT


def health_check(order: Order) -> Beyond | None:
    """The button while the certificate is issued (E10); what came of the last one, whatever became of the certificate."""
    if not order.issued:
        return None
    url = reverse("health:page", args=[order.pk])
    offer = Beyond(_("Health Check"), "heart", url, has_button=order.status == OrderStatus.ISSUED)
    last = order.health_checks.filter(status__in=WITH_RESULT).first()
    if not last:
        return offer
    return replace(offer, says=last.says, at=last.finished_at, badge=last.verdict_badge)
