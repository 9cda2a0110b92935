"""The dated rules in words, for the page "What the rules are" and for `manage.py policy show`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sslportal.kit.policy import Change, Method, Row, Rules, Validity

POLICIES = {
    "private": _("The rules of the users' guide, for a CA that a company runs for itself."),
    "public-trust": _("The rules of the CA/Browser Forum, for a CA that browsers trust."),
}
PARTS: dict[str | Promise, dict[str, str | Promise]] = {
    _("Hash algorithms and validity"): {
        "hash-algorithms": _("Hash algorithms"),
        "sha-1-expiry-dates": _("Expiry dates of SHA-1 certificates"),
        "validity-days": _("Validity periods on offer"),
        "max-validity-days": _("Longest validity period"),
    },
    _("Keys and names"): {
        "min-rsa-bits": _("Shortest RSA key"),
        "ec-curves": _("Curves of ECDSA keys"),
        "max-sans": _("Names beside the common name, at most"),
        "internal-names-expire-before": _("Certificates with internal names expire before"),
        "ev-wildcards-allowed": _("Wildcards in EV certificates"),
    },
    _("Vetting and how long it counts"): {
        "profile-reuse-days": _("Vetting of an organization counts for"),
        "profile-revet-days-before": _("A profile is Expiring, before its end, for"),
        "domain-reuse-days": _("Confirmation of a domain counts for"),
        "domain-revet-days-before": _("A domain is Expiring, before its end, for"),
        "ev-reuse-days": _("Evidence for EV counts for"),
        "ev-two-people": _("Two people vet for EV"),
        "signer-link-lifetime-days": _("The link to the Contract Signer is valid for"),
    },
    _("Confirmation of domain control"): {
        "method.mail": _("Mail to an administrative address"),
        "method.dns-contact": _("Mail to a contact named in DNS"),
        "method.whois": _("Mail to a contact named in WHOIS"),
        "method.dns": _("DNS record"),
        "method.file": _("File on the web server"),
        "method.manual": _("Confirmation by the vetting team"),
        "confirmation-lifetime-days": _("A link, record or file can confirm for"),
        "dns-record-renews": _("A DNS record that is still there confirms again"),
    },
    _("After issuing"): {
        "hold-allowed": _("Certificates can be put on hold, as Unused"),
    },
}
NAMES = {what: name for names in PARTS.values() for what, name in names.items()}


@dataclass(frozen=True)
class Told:
    """One rule in words: what holds, since when, where that stands, and what comes next."""

    what: str
    name: str
    value: str
    since: date | None
    source: str
    note: str
    next: Change | None
    next_value: str


def parts(rules: Rules) -> Iterator[tuple[str, list[Told]]]:
    """Every rule, part by part."""
    for title, names in PARTS.items():
        yield str(title), [tell(rules, what) for what in names]


def tell(rules: Rules, what: str) -> Told:
    """The rule in words. Where it has ended: since when, and where that stands."""
    row, last, coming = rules.row(what), rules.last_row(what), rules.next_change(what)
    return Told(
        what=what,
        name=str(NAMES[what]),
        value=value_of(row),
        since=row.since if row else last.until if last else None,
        source=source_of(last) if last else "",
        note=gettext(last.note) if last and last.note else "",
        next=coming,
        next_value=value_of(coming.row) if coming else "",
    )


def value_of(row: Row | None) -> str:
    """The value in the language in use now; of no row, that there is nothing."""
    if row is None:
        return gettext("Not allowed")
    return ", ".join(_value(row.what, value) for value in (row.value if isinstance(row.value, tuple) else (row.value,)))


def _value(what: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, Method):
        return _method(value)
    if isinstance(value, date):
        return date_format(value)
    if what.endswith("bits"):
        return ngettext("%(count)d bit", "%(count)d bits", value) % {"count": value}
    return Validity(what, days=value).label if "days" in what else str(value)


def _method(method: Method) -> str:
    if method.by_another_method:
        return gettext("Allowed, by one of the other methods")
    reach = (
        gettext("Allowed, covers the names below too")
        if method.covers_below
        else gettext("Allowed, for just that name")
    )
    return gettext("%(allowed)s; discouraged") % {"allowed": reach} if method.discouraged else reach


def source_of(row: Row) -> str:
    """Where the rule stands. Documents and their sections are called as they call themselves."""
    return "; ".join(_place(place) for place in row.source.split("; "))


def _place(place: str) -> str:
    if place == "ours":
        return gettext("our own decision")
    if place.startswith("guide, "):
        return gettext("users' guide, “%(section)s”") % {"section": place.removeprefix("guide, ")}
    return place
