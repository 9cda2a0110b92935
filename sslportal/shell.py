"""The frame around every page: brand, tabs, sub-tabs."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Tab:
    """A sub-tab: its word, the view it leads to, the grant that shows it."""

    word: str | Promise
    view: str
    grant: str

    @property
    def namespace(self) -> str:
        return self.view.split(":")[0]

    @property
    def url(self) -> str:
        return reverse(self.view)


TABS: dict[str | Promise, list[Tab]] = {
    _("Certificates"): [
        Tab(_("Certificates"), "certificates:list", "orders.see"),
        Tab(_("Domains"), "domains:list", "domains.see"),
    ],
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: the brand, and the tabs that the person may use."""
    context: dict[str, Any] = {"brand": settings.PORTAL_BRAND, "is_demo": settings.PORTAL_DEMO}
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return context
    here = request.resolver_match.namespace if request.resolver_match else ""
    tabs = {word: [tab for tab in subs if person.may(tab.grant)] for word, subs in TABS.items()}
    open_tabs = [
        {"word": word, "url": subs[0].url, "subs": subs, "is_current": here in {tab.namespace for tab in subs}}
        for word, subs in tabs.items()
        if subs
    ]
    sub_tabs = next((tab["subs"] for tab in open_tabs if tab["is_current"]), [])
    return {**context, "tabs": open_tabs, "sub_tabs": sub_tabs, "here": here}
