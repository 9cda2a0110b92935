"""Reports that most accounts need, ready to be added."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from certificates.states import Status as OrderStatus
from domains.states import Status as DomainStatus
from reporting import definition
from reporting.actions.reports import Plan
from reporting.fields import Text

SOON = 60  # days


@dataclass(frozen=True)
class ReadyMade:
    """`defined` is a definition as JSON."""

    key: str
    icon: str
    name: Text
    description: Text
    defined: dict[str, Any]

    def plan(self) -> Plan:
        """In the words of the language in use."""
        return Plan(str(self.name), str(self.description), definition.from_json(self.defined))


def _rule(field: str, condition: str, value: Any, joined: str = "") -> dict[str, Any]:
    return {"field": field, "condition": condition, "value": value, "joined": joined}


ALL = (
    ReadyMade(
        "expiring",
        "clock",
        _("Certificates that expire within 60 days"),
        _("What is in force and ends soon, the nearest end first, and whether it is renewed already."),
        {
            "type": "certificate",
            "fields": ["common_name", "level", "expires", "days_left", "renewed", "requester", "profile", "number"],
            "rules": [_rule("status", "is", [OrderStatus.ISSUED]), _rule("expires", "next", SOON, "and")],
            "sort": [{"field": "expires", "descending": False}],
        },
    ),
    ReadyMade(
        "by-status",
        "chart-bar",
        _("Certificates by status"),
        _("All certificates of your profiles, with a chart of how many have which status in the PDF."),
        {
            "type": "certificate",
            "fields": ["status", "common_name", "level", "issued", "expires", "requester", "profile", "number"],
            "rules": [],
            "sort": [{"field": "status", "descending": False}, {"field": "expires", "descending": False}],
        },
    ),
    ReadyMade(
        "re-confirm",
        "globe-alt",
        _("Domains to confirm again"),
        _("Domains whose confirmation ends within 60 days or has ended, the nearest end first."),
        {
            "type": "domain",
            "fields": ["name", "status", "level", "expires", "days_left", "method", "requester", "profile"],
            "rules": [_rule("expires", "next", SOON), _rule("status", "is", [DomainStatus.EXPIRED], "or")],
            "sort": [{"field": "expires", "descending": False}],
        },
    ),
)
BY_KEY = {one.key: one for one in ALL}
