"""The frame around every page: brand, tabs, sub-tabs, the Help menu, and how long the session lasts."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.middleware import seconds_left
from profiles.notifications import reading


@dataclass(frozen=True)
class Tab:
    """A sub-tab, or an entry of the Help menu: its word, the view it leads to, the grant that shows it.

    On a tab that has news it says how many notifications the person has not read.
    """

    word: str | Promise
    view: str
    grant: str
    has_news: bool = False

    @property
    def url(self) -> str:
        return reverse(self.view)

    def holds(self, path: str) -> bool:
        """Whether the page at the path is this tab's, or below it."""
        return path.startswith(self.url)


TABS: dict[str | Promise, list[Tab]] = {
    _("Certificates"): [
        Tab(_("Certificates"), "certificates:list", "orders.see"),
        Tab(_("Domains"), "domains:list", "domains.see"),
        Tab(_("Discovery Tool"), "discovery:overview", "discovery.see"),
        Tab(_("Reporting"), "reporting:list", "reports.see"),
    ],
    _("Administration"): [
        Tab(_("Profiles"), "profiles:list", "profiles.see"),
        Tab(_("Request Portal"), "request-portal:settings", "portal.manage"),
        Tab(_("Notifications"), "profiles:notifications", "notices.see", has_news=True),
        Tab(_("Administrators"), "accounts:administrators", "administrators.see"),
        Tab(_("My Preferences"), "accounts:preferences", "preferences.change"),
        Tab(_("Account"), "accounts:account", "account.see"),
        Tab(_("Account History"), "accounts:history", "history.see"),
    ],
}

HELP = [
    Tab(_("Introduction"), "accounts:introduction", "introduction.see"),
    Tab(_("Create a CSR"), "help:create-csr", "preferences.change"),
    Tab(_("Install your certificate"), "help:install", "preferences.change"),
    Tab(_("About OV and EV"), "help:ov-and-ev", "preferences.change"),
    Tab(_("About hash algorithms"), "help:hash-algorithms", "preferences.change"),
    Tab(_("About weak keys"), "help:weak-keys", "preferences.change"),
    Tab(_("What the rules are and when they change"), "help:rules", "preferences.change"),
    Tab(_("Trust this CA"), "help:trust", "preferences.change"),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: the brand, the tabs and the help that the person may use, and the time that is left."""
    context: dict[str, Any] = {"brand": settings.PORTAL_BRAND, "is_demo": settings.PORTAL_DEMO}
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return context
    tabs = {word: [tab for tab in subs if person.may(tab.grant)] for word, subs in TABS.items()}
    open_tabs: list[dict[str, Any]] = [
        {
            "word": word,
            "url": subs[0].url,
            "subs": subs,
            "is_current": any(tab.holds(request.path) for tab in subs),
            "has_news": any(tab.has_news for tab in subs),
        }
        for word, subs in tabs.items()
        if subs
    ]
    sub_tabs: list[Tab] = next((tab["subs"] for tab in open_tabs if tab["is_current"]), [])
    here = next((tab for tab in sub_tabs if tab.holds(request.path)), None)
    helping = [entry for entry in HELP if person.may(entry.grant)]
    frame = {"tabs": open_tabs, "sub_tabs": sub_tabs, "sub_tab": here, "helping": helping}
    unread = cache(partial(reading.count_unread, person))  # asked once, and only by a template that shows it
    return {**context, **frame, "unread": unread, "seconds_left": seconds_left(request)}
