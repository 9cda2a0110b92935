"""Entering the request portal: an address is given, proved by a code or a link where that is asked for, and the hour begins."""

import hmac
import secrets
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from certificates.outside import limits, portal_notices, rules, visits
from certificates.outside.limits import Source
from certificates.outside.models import Outsider, RequestPortal, Visit
from sslportal.kit import clock, tokens
from sslportal.kit.models import Draft, Link
from sslportal.kit.moves import lock

ENTRY = "request-portal-entry"  # of links in the mail with the code
DIGITS = 6
COUNTS_FOR = timedelta(minutes=15)
TRIES = 5


def enter(portal: RequestPortal, email: str, *, proves: bool, before: Visit | None = None) -> tuple[Visit, str]:
    """Somebody gives an address: a visit, and the key for its cookie.

    Where the address is to be proved, a mail with a code goes to it, unless the filter keeps it out: whoever asks is not
    told which. `before` is the visit that this browser had earlier. Raises TooMany.
    """
    source = limits.source_of(email)
    _require_room(portal, source)  # those of a flood wait for nobody
    with transaction.atomic():
        portal = lock(portal)  # so that visits are counted one after the other
        _require_room(portal, source)
        return _begin(portal, source, proves=proves, before=before)


def _require_room(portal: RequestPortal, source: Source) -> None:
    counted = Visit.objects.filter(portal=portal, is_by_link=False)
    limits.require_room(counted, source, limits.ENTERING, limits.TOO_OFTEN, portal.contact)


def _begin(portal: RequestPortal, source: Source, *, proves: bool, before: Visit | None) -> tuple[Visit, str]:
    visit, key = visits.begin(portal, **asdict(source))
    if before and before.email == visit.email and not before.is_proved:
        _take_over(visit, before)
    if proves or portal.filters_domains:
        _send_code(visit)
    return visit, key


def _send_code(visit: Visit) -> None:
    """Make a code, and mail it with a link; none for an address that the filter keeps out, so that no guess can be right."""
    visit.code_until = clock.now() + COUNTS_FOR
    if rules.admits_address(visit.portal, visit.mail_domain):
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        visit.code = _sealed(visit, code)
        portal_notices.code(visit, code, tokens.issue(ENTRY, visit.pk, COUNTS_FOR), minutes=COUNTS_FOR.seconds // 60)
    visit.save(update_fields=["code", "code_until"])


def _sealed(visit: Visit, code: str) -> str:
    return salted_hmac("request-portal-code", f"{visit.pk}:{code}", algorithm="sha256").hexdigest()


@transaction.atomic
def prove(visit: Visit, typed: str) -> bool:
    """Whether the code is that in the mail, within its time and tries. If so the address is proved, for an hour from now."""
    visit = lock(visit)
    if visit.code_until is None or visit.code_until <= clock.now() or visit.code_tries >= TRIES:
        return False
    Visit.objects.filter(pk=visit.pk).update(code_tries=F("code_tries") + 1)
    if not (visit.code and hmac.compare_digest(visit.code, _sealed(visit, typed))):
        return False
    tokens.withdraw(ENTRY, visit.pk)
    visit.is_proved, visit.code, visit.expires_at = True, "", clock.now() + visits.LIVES
    visit.save(update_fields=["is_proved", "code", "expires_at"])
    _find_draft(visit)
    return True


def address_of(portal: RequestPortal, link: Link) -> str:
    """Whose address the link proves. Raises LinkRefused where the portal does not let them in (any more)."""
    return _known(portal, link).email


@transaction.atomic
def enter_by_link(portal: RequestPortal, link: Link) -> tuple[Visit, str]:
    """The link in the mail with the code was used: a visit with a proved address. Raises LinkRefused."""
    asked = _known(portal, link)
    Visit.objects.select_for_update(no_key=True).get(pk=asked.pk)  # before its links, as proving does
    tokens.use(link)
    Visit.objects.filter(pk=asked.pk).update(code="")
    return _open(portal, asked)


@transaction.atomic
def return_by_link(portal: RequestPortal, link: Link) -> tuple[Visit, str]:
    """The link in a mail about a request was used. Raises LinkRefused."""
    outsider = _known(portal, link)
    tokens.use(link)
    return _open(portal, outsider)


def _known(portal: RequestPortal, link: Link) -> Visit | Outsider:
    """Who entered, or who asked for the order, that the link is about."""
    known: Visit | Outsider | None
    if link.purpose == ENTRY:
        known = Visit.objects.filter(pk=link.subject_id, portal=portal).first()
    else:
        known = Outsider.objects.filter(pk=link.subject_id, account=portal.account_id).first()
    if known is None or not rules.admits_address(portal, known.mail_domain):
        raise tokens.LinkRefused("unknown")
    return known


def _open(portal: RequestPortal, known: Visit | Outsider) -> tuple[Visit, str]:
    source = asdict(limits.source_of(known.email))
    visit, key = visits.begin(portal, is_by_link=True, is_proved=True, **source)
    _find_draft(visit)
    return visit, key


def _find_draft(visit: Visit) -> None:
    """What was typed earlier by whoever proved the same address, where nothing is typed yet in this visit."""
    if visit.draft_id:
        return
    earlier = Visit.objects.filter(portal=visit.portal, email=visit.email, is_proved=True, draft__isnull=False)
    if found := earlier.exclude(pk=visit.pk).order_by("-pk").first():
        _take_over(visit, found)


def _take_over(visit: Visit, earlier: Visit) -> None:
    """Move the earlier visit's draft, where it has it still: it may have been sent, or taken over, at this moment."""
    if earlier.draft_id is None:
        return
    draft = Draft.objects.select_for_update().filter(pk=earlier.draft_id).first()  # before visits, as submitting does
    if draft and Visit.objects.filter(pk=earlier.pk, draft=draft).update(draft=None):
        visit.draft = draft
        visit.save(update_fields=["draft"])


def leave(visit: Visit) -> None:
    """The visitor has finished: the cookie is of no use from now on."""
    Visit.objects.filter(pk=visit.pk).update(expires_at=clock.now())


def count_step(visit: Visit) -> None:
    """A page was sent. Raises TooMany: one visit does not keep the portal busy without end."""
    if not Visit.objects.filter(pk=visit.pk, steps__lt=limits.MOST_STEPS).update(steps=F("steps") + 1):
        raise limits.too_often(visit.portal)
