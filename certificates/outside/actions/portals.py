"""What Global Administrators do with the request portal: switch it on and off, and set it up."""

import secrets
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from certificates.outside import logos, portal_notices, rules
from certificates.outside.models import RequestPortal
from sslportal.kit import audit, clock, edits
from sslportal.kit.moves import Refused, lock, require

if TYPE_CHECKING:
    from accounts.models import Account, Administrator

SLUG_BYTES = 16


@transaction.atomic
def enable(account: "Account", *, contact: str, by: "Administrator") -> RequestPortal:
    """Switch it on; the first time it gets its address, which it keeps."""
    require(rules.may_manage(by, account))
    lock(account)  # two who switch it on at once make one
    portal = RequestPortal.objects.filter(account=account).first()
    if portal is None:
        portal = RequestPortal.objects.create(account=account, slug=_new_slug(), contact=contact)
    elif changes := edits.write(portal, {"contact": contact}):
        audit.record(portal, "edit", by=by, changes=changes)
    return _switch(portal, on=True, by=by)


def _new_slug() -> str:
    return secrets.token_hex(SLUG_BYTES)


@transaction.atomic
def disable(portal: RequestPortal, *, by: "Administrator") -> RequestPortal:
    """Switch it off: at once nobody outside sees anything of it. What came in by it stays."""
    require(rules.may_manage(by, portal.account))
    return _switch(lock(portal), on=False, by=by)


def _switch(portal: RequestPortal, *, on: bool, by: "Administrator") -> RequestPortal:
    if portal.is_enabled != on:
        portal.is_enabled, portal.updated_at = on, clock.now()
        portal.save(update_fields=["is_enabled", "updated_at"])
        audit.record(portal, "enable" if on else "disable", by=by)
        portal_notices.switched(portal, by=by)
    return portal


@transaction.atomic
def edit(portal: RequestPortal, *, by: "Administrator", logo: bytes = b"", **values: Any) -> RequestPortal:
    """Write the settings; with another logo where one is given."""
    require(rules.may_manage(by, portal.account))
    portal = lock(portal)
    if values.get("shows_logo") and not (logo or portal.logo):
        raise Refused(_("There is no logo yet: choose a file, then Upload."))
    if changes := edits.write(portal, values):
        audit.record(portal, "edit", by=by, changes=changes)
    if logo and logo != bytes(portal.logo):
        put_logo(portal, logo, by=by)
    return portal


def put_logo(portal: RequestPortal, logo: bytes, *, by: "Administrator") -> None:
    """`logo` is a PNG of our own making (certificates/outside/logos.py)."""
    require(rules.may_manage(by, portal.account))
    portal.logo, (portal.logo_width, portal.logo_height) = logo, logos.size_of(logo)
    portal.save(update_fields=["logo", "logo_width", "logo_height"])
    audit.record(portal, "put-logo", by=by)
