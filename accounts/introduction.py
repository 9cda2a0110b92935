"""The Introduction: when it comes first after signing in, and what its slides say."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Administrator

DUE = "introduction_due"


@dataclass(frozen=True)
class Slide:
    """One slide. The key is also its picture's name; `view` and `grant` are of the page that it leads to."""

    key: str
    title: str | Promise
    sentences: tuple[str | Promise, ...]
    shows: str | Promise
    word: str | Promise = ""
    view: str = ""
    grant: str = ""

    @property
    def picture(self) -> str:
        """The static file, in the language in use."""
        language = "ja" if get_language() == "ja" else "en"
        return f"img/introduction/{language}/{self.key}.webp"

    def leads_on(self, person: Administrator) -> bool:
        """Whether there is a page to go to that the person may use."""
        return bool(self.view) and person.may(self.grant)


SLIDES = (
    Slide(
        "portal",
        _("One place for your certificates"),
        (
            _("Here your organization requests, receives and looks after its TLS certificates."),
            _("Global Administrators look after the account, its profiles and its people."),
            _(
                "In each organization profile, Primary Administrators request, approve and revoke certificates,"
                " and Standard Administrators request them."
            ),
        ),
        _("The list of certificates: each order with its name, type, dates and status"),
        _("See the certificates"),
        "certificates:list",
        "orders.see",
    ),
    Slide(
        "profile",
        _("First, an organization profile"),
        (
            _("A profile holds the name and the place of your organization, as certificates show them."),
            _("The vetting team checks them. Once the profile is Ready, you can request certificates with it."),
        ),
        _("The details of a certificate, with the organization and its place out of the profile"),
    ),
    Slide(
        "domains",
        _("Then your domains"),
        (
            _(
                "Show that your organization controls its domains: by a mail, a DNS record, a file, or the vetting team."
            ),
            _("A domain that is Ready covers every name below it, so that certificates for them need no waiting."),
        ),
        _("The list of domains: each with its type, its status and the day until which it is confirmed"),
        _("See the domains"),
        "domains:list",
        "domains.see",
    ),
    Slide(
        "request",
        _("Request a certificate"),
        (
            _("Make a key and a CSR on your server, and paste the CSR here. The key never leaves the server."),
            _("The portal reads the CSR at once and says what to mend before you go on."),
        ),
        _("The first page of a request: profile, type, validity and the box for the CSR"),
        _("Request a certificate"),
        "certificates:new",
        "orders.request",
    ),
    Slide(
        "approve",
        _("Approved, it is issued by itself"),
        (
            _("A request by somebody who may approve goes on at once; others wait as Approve for somebody who may."),
            _("Then it is Pending, and within minutes Issued. If it has to wait, its page says for what."),
        ),
        _("A request that waits for approval, with the buttons Approve and Cancel"),
    ),
    Slide(
        "download",
        _("Download and install"),
        (
            _("Download the certificate together with its intermediates, in the form that your server reads."),
            _("The certificate also comes with the mail that tells of issuing."),
        ),
        _("The download page: a text box with the certificate and its chain, and files to choose from"),
    ),
    Slide(
        "order",
        _("Keep it in order"),
        (
            _("Mail reminds you before a certificate expires. Renew it in time, and install the new one."),
            _("Revoke a certificate at once if others may know its key. That cannot be undone."),
        ),
        _("The list of certificates by expiry, with the days that are left"),
    ),
    Slide(
        "people",
        _("People and security"),
        (
            _("Global Administrators invite colleagues and choose what each may do in which profile."),
            _("Add a second factor to your sign-in, so that a password alone opens nothing."),
            _("The account history tells who did what, and when."),
        ),
        _("The list of administrators, with their addresses and status"),
        _("Open My Preferences"),
        "accounts:preferences",
        "preferences.change",
    ),
)


def signed_in(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """After signing in the Introduction comes first, where it is wanted."""
    request.session[DUE] = True


def is_due(request: HttpRequest) -> bool:
    """Whether the Introduction comes first now: until it was seen, after each sign-in."""
    person = request.user
    return bool(request.session.get(DUE) and person.shows_introduction and person.may("introduction.see"))  # type: ignore[union-attr]


def note_seen(request: HttpRequest) -> None:
    """It was shown: this sign-in needs it no more."""
    request.session.pop(DUE, None)
