"""The pages of adding domains, and what they add up to."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from domains import contacts, methods, rules
from domains.forms import SKIP, ControlForm, NamesForm
from domains.lines import Line
from domains.methods import Offer
from sslportal.kit import names
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, Wizard

STAGES = [("names", _("Domains")), ("control", _("Confirmation of control")), ("summary", _("Summary"))]


class Row(NamedTuple):
    """A name of the summary, what was chosen for it, and the page where that is changed; neither for the vetting team's."""

    line: Line
    is_skipped: bool
    offer: Offer | None
    page: str


class AddWizard(Wizard):
    """Domains that are being added."""

    kind = "domains"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.named: dict[str, Any] | None = None

    def steps(self) -> list[Step]:
        first = Step("names", _("Add Domains"), "domains/add/names.html", NamesForm)
        self.named = self.answers("names", step=first)
        if self.named is None:
            return [first]
        controls = self._controls()
        summary = Step("summary", _("New Domain Request Summary"), "domains/add/summary.html")
        answered = all(self.draft.typed(step.key) and self.answers(step.key, step=step) for step in controls)
        return [first, *controls, summary] if answered else [first, *controls]

    def _controls(self) -> list[Step]:
        """A page for each name that is not the vetting team's in any case."""
        asked = [line.name for line in self.new_lines() if not self.by_vetting(line.name)]
        known = contacts.known_of(asked)
        return [
            Step(
                f"control-{domain}",
                _("Confirmation of Control for domain %(number)d of %(count)d")
                % {"number": number, "count": len(asked)},
                "domains/add/control.html",
                ControlForm,
                {"domain": domain, "known": known[domain], "is_last": number == len(asked)},
            )
            for number, domain in enumerate(asked, 1)
        ]

    def lines(self) -> list[Line]:
        """Every name that was given, with what it is."""
        return self.named["lines"] if self.named else []

    def new_lines(self) -> list[Line]:
        return [line for line in self.lines() if line.is_new]

    def by_vetting(self, domain: str) -> bool:
        """Whether the name gets no page of its own, since the vetting team confirms it in any case (D8)."""
        assert self.named  # noqa: S101  # asked only of a wizard whose first page is answered
        return rules.needs_person(self.named["level"], is_idn=names.is_idn(domain))

    def use_for_all(self, step: Step) -> None:
        """Answer the pages after this one in the same way, where it is on offer there."""
        typed = (self.draft.typed(step.key) or {}).get("method", [""])[-1]
        for later in self.listed[self._keys().index(step.key) + 1 :]:
            if later.form is ControlForm and (value := _alike(typed, later)):
                self.draft.data[later.key] = {"method": [value]}
        self.save()

    def choices(self) -> dict[str, str]:
        """What was chosen for each name that is to be added; empty for the vetting team. Skipped names are not in it."""
        chosen = {line.name: self._choice(line.name) for line in self.new_lines()}
        return {name: choice for name, choice in chosen.items() if choice != SKIP}

    def _choice(self, domain: str) -> str:
        step = self.step(f"control-{domain}")
        answers = self.answers(step.key, step=step) if step else None
        return answers["method"] if answers else ""

    def rows(self) -> list[Row]:
        """The names that are to be added, and those that are skipped, as the summary shows them."""
        return [self._row(line) for line in self.new_lines()]

    def _row(self, line: Line) -> Row:
        step, choice = self.step(f"control-{line.name}"), self._choice(line.name)
        offers = methods.offers(line.name, step.data["known"]) if step else []
        offer = next((offer for offer in offers if offer.value == choice), None)
        return Row(line, choice == SKIP, offer, step.key if step else "")


def _alike(value: str, step: Step) -> str:
    """The same choice for the domain of the step: for an address the one of the same name at the domain itself."""
    local, at, _host = value.partition("@")
    domain = step.data["domain"]
    offers = [offer.value for offer in methods.offers(domain, step.data["known"])]
    wanted = f"{local}@{domain}" if at else value
    return wanted if wanted in offers or wanted == SKIP else ""
