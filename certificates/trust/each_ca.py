"""Signing for all CAs whose keys are here, whatever is wrong with one of them."""

import logging
from collections.abc import Callable

from django.utils import timezone

from certificates import keyroom
from certificates.models import CertificateAuthority

log = logging.getLogger(__name__)


def for_each_ca(publish: Callable[[CertificateAuthority], bool]) -> bool:
    """Publish for each CA. Returns whether one of them may have more to publish.

    A key that does not open, or a token that is away, must keep no other CA from telling what was revoked. An offline
    root's key is elsewhere, and what it says is signed there.
    """
    here = keyroom.store().names()
    if not here:
        log.warning("The key store is empty: nothing can be published")
    found = CertificateAuthority.objects.filter(name__in=here, not_after__gt=timezone.now()).order_by("pk")
    more = [_publish(publish, authority) for authority in found]
    return any(more)


def _publish(publish: Callable[[CertificateAuthority], bool], authority: CertificateAuthority) -> bool:
    try:
        return publish(authority)
    except Exception:
        log.exception("Nothing could be published for %s", authority)
        return False
