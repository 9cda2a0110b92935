"""What each name of a pasted list is for a profile: to be added, there already, or not a name that can be added."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from domains.models import Domain
from domains.queries import covering, proves, suspended_above
from profiles.models import OrganizationProfile
from sslportal.kit import clock, names, policy

MOST = 100  # names at a time: each gets a page of its own


@dataclass(frozen=True)
class Line:
    """One name as it was typed, the name that was meant (in ASCII; empty where none was), and why it is not added."""

    typed: str
    name: str = ""
    code: str = "new"
    says: str = ""

    @property
    def is_new(self) -> bool:
        return self.code == "new"

    @property
    def display(self) -> str:
        return names.display(self.name) if self.name else self.typed


def sort_out(profile: OrganizationProfile, pieces: list[str]) -> list[Line]:
    """A line for each piece, in order; a name that stands there twice, in whatever form, has one."""
    known, rules_now = list(profile.domains.all()), policy.at(clock.now())
    lines: dict[str, Line] = {}
    for piece in pieces:
        line = _line(piece, known, rules_now)
        lines.setdefault(line.name or line.typed, line)
    return list(lines.values())


def _line(piece: str, known: list[Domain], rules_now: policy.Rules) -> Line:
    try:
        name = names.parse(piece)
    except names.NameRefused as refusal:
        return Line(piece, code=refusal.code, says=str(refusal.message))
    if name.wildcard:
        return Line(piece, code="wildcard", says=_wildcard(name))
    there = covering(known, name)
    if there and there.name == name.base:
        return Line(piece, name.base, "there", _there(there))
    if above := suspended_above(known, name):
        return Line(piece, name.base, "suspended", _suspended(above))
    if there and proves(there, name, rules_now) and not there.is_expired:
        return Line(piece, name.base, "covered", _covered(there))
    return Line(piece, name.base)


def _wildcard(name: names.Name) -> str:
    return _("“%(name)s” is a wildcard. Add %(base)s instead: once it is confirmed, it covers its wildcards.") % {
        "name": name.unicode,
        "base": names.display(name.base),
    }


def _there(domain: Domain) -> str:
    return _("It is among the domains of this profile already, as %(status)s.") % {
        "status": domain.get_status_display()
    }


def _suspended(domain: Domain) -> str:
    return _("It cannot be added, since the vetting team suspended %(domain)s.") % {"domain": domain.display_name}


def _covered(domain: Domain) -> str:
    return _("It needs no confirmation of its own: %(domain)s covers it.") % {"domain": domain.display_name}
