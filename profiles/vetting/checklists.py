"""What must be found out about an organization before it is vetted to a level, and how much of it a case has.

The sections are those of the Baseline Requirements 2.2.6 (BR) and the EV Guidelines 2.0.2 (EVG).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.models import EvRequest
from profiles.states import Level
from profiles.vetting.models import Check, VettingCase
from sslportal.kit import clock, policy
from sslportal.kit.moves import Badge, Text

OV, EV = frozenset({Level.OV}), frozenset({Level.EV})
JURISDICTION = ("jurisdiction_country", "jurisdiction_state", "jurisdiction_locality", "registration_number")
TERMS = "terms"


@dataclass(frozen=True)
class Item:
    """One line of a checklist.

    `by_call` says that a note of the conversation is evidence enough, `of_case` that what was found for an earlier case
    says nothing, `fields` which fields of the profile are found out with it.
    """

    key: str
    title: Text
    evidence: Text
    section: str
    levels: frozenset[Level]
    by_call: bool = False
    of_case: bool = False
    fields: tuple[str, ...] = ()


ITEMS = (
    Item("existence", _("Existence of the organization"),
         _("A register of the authorities, a database of companies that is kept up to date, a visit, or an attestation "
           "letter shows the organization under exactly this name."), "BR 3.2.2.1", OV),
    Item("address", _("Address"),
         _("The same sources show the address as one where the organization exists or works. For the address alone a "
           "utility bill, a bank statement or a tax document will do too."), "BR 3.2.2.1", OV),
    Item("legal", _("Legal existence"),
         _("The agency with which the organization is registered shows it under exactly this name, formed validly and "
           "not as inactive, dissolved or invalid."), "EVG 3.2.2.2", EV),
    Item("jurisdiction", _("Jurisdiction and registration number"),
         _("The record of the same agency. Name state and locality only if the agency works at that level; without a "
           "number, the day of formation (YYYY-MM-DD)."), "EVG 3.2.2.2.1, 7.1.4.2.4, 7.1.4.2.5", EV,
         fields=JURISDICTION),
    Item("category", _("Business category"),
         _("The legal form in the register tells which of the four categories it is."), "EVG 4.1.1, 7.1.4.2.3", EV,
         fields=("business_category",)),
    Item("physical", _("Physical existence"),
         _("A register or database of companies, or a visit with photographs, shows that business is done at the "
           "address. A letter box or an agent's address is none."), "EVG 3.2.2.4", EV),
    Item("operational", _("Operational existence"),
         _("Three years in the register, an entry in a database of companies or of the tax authorities, or an account "
           "that the bank confirms."), "EVG 3.2.2.6", EV),
    Item("phone", _("Call-back by phone"),
         _("A number from an independent source, never the one that the applicant gave, was called and answered by the "
           "organization. Note the number, where it is from, who answered and when."), "BR 3.2.5, EVG 3.2.2.5",
         OV | EV, by_call=True),
    Item("authority", _("Authority of the requester"),
         _("Over the verified number, the organization confirms that the requester works for it and may request "
           "certificates. Note whom you asked."), "BR 3.2.5", OV, by_call=True, of_case=True),
    Item("approver", _("Requester/approver"),
         _("Name, title and employment are confirmed, and somebody else than the approver says that the approver may "
           "request and approve EV certificates."), "EVG 3.2.2.8", EV, by_call=True, of_case=True),
    Item("signer", _("Contract signer"),
         _("Name, title and employment are confirmed, and that the signer may enter into the contract: by a resolution, "
           "a professional's letter, a register, or the organization itself."), "EVG 3.2.2.8, 3.2.2.9", EV,
         by_call=True, of_case=True),
    Item(TERMS, _("EV terms accepted"),
         _("The portal fills this in when the contract signer accepts. Else: the contract, signed."), "EVG 3.2.2.9", EV),
    Item("denied", _("Denied lists"),
         _("Organization, contract signer and approver stand on no list of denied persons, nor does the country on one "
           "with which business is forbidden."), "EVG 3.2.2.12.2", EV, of_case=True),
)  # fmt: skip


class State(models.TextChoices):
    MISSING = "missing", _("Missing")
    OUTDATED = "outdated", _("Too old")
    COMPLETE = "complete", _("Complete")


@dataclass
class Line:
    """An item as it stands in a case: the check that counts, or the terms that were accepted."""

    BADGES = {
        State.MISSING: Badge("waiting", "minus-circle"),
        State.OUTDATED: Badge("warning", "exclamation-triangle"),
        State.COMPLETE: Badge("good", "check-circle"),
    }

    item: Item
    check: Check | None = None
    terms: EvRequest | None = None
    until: datetime | None = None  # from then on the check is too old

    @property
    def status(self) -> State:
        if self.terms:
            return State.COMPLETE
        if self.check is None:
            return State.MISSING
        return State.COMPLETE if self.until and clock.now() < self.until else State.OUTDATED

    def get_status_display(self) -> str:
        return str(self.status.label)

    @property
    def is_complete(self) -> bool:
        return self.status == State.COMPLETE

    def __str__(self) -> str:
        """What is wrong with it, for a sentence that lists what is missing."""
        return f"{self.item.title} ({self.get_status_display()})"


def items(level: str) -> list[Item]:
    return [item for item in ITEMS if level in item.levels]


def find(level: str, key: str) -> Item | None:
    return next((item for item in items(level) if item.key == key), None)


def title_of(key: str) -> Text:
    return next(item.title for item in ITEMS if item.key == key)


def beginning_of(day: date) -> datetime:
    """The moment from which a check of that day grows old."""
    return datetime.combine(day, time(), UTC)


def checklist(case: VettingCase) -> list[Line]:
    """Every item of the case's level, with what counts for it."""
    wanted = items(case.level)
    shared = [item.key for item in wanted if not item.of_case]
    checks = {one.key: one for one in Check.objects.counting_for(case, shared, [item.key for item in wanted])}
    age = timedelta(days=policy.at(clock.now()).evidence_days(case.level))
    terms = _accepted_terms(case) if case.level == Level.EV else None
    return [_line(item, checks.get(item.key), terms, age) for item in wanted]


def _line(item: Item, check: Check | None, terms: EvRequest | None, age: timedelta) -> Line:
    if item.key == TERMS and terms:
        return Line(item, terms=terms)
    return Line(item, check, until=beginning_of(check.checked_on) + age if check else None)


def _accepted_terms(case: VettingCase) -> EvRequest | None:
    """The acceptance behind the case: of the open request, or where an EV profile is vetted again, of the last one."""
    answered = EvRequest.Status.APPROVED if case.is_revetting else EvRequest.Status.VETTING
    accepted = case.profile.ev_requests.filter(status=answered).exclude(terms_version="")
    return accepted.select_related("signer").order_by("-pk").first()


def incomplete(lines: list[Line]) -> list[Line]:
    return [line for line in lines if not line.is_complete]
