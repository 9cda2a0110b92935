"""The pages of the request wizard, and what they add up to."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certificates.actions.requests import Wanted
from certificates.forms import ControlForm, DetailsForm, RequestForm, most_sans, sort_out
from domains import contacts, methods
from domains import rules as domain_rules
from domains.models import Domain
from domains.queries import covering, new_domains, suspended_above, uncovered
from domains.states import CONFIRMED_AT_OV, Method
from sslportal.kit import clock, names, policy
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, StepForm, Wizard

STAGES = [
    ("request", _("Request")),
    ("details", _("Details")),
    ("domains", _("Domain control")),
    ("summary", _("Summary")),
]


class OrderWizard(Wizard):
    """A request for a new certificate."""

    kind = "order"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.request: dict[str, Any] | None = None
        self.details: dict[str, Any] | None = None

    def steps(self) -> list[Step]:
        first = Step("request", _("New Certificate Request"), "certificates/new/request.html", RequestForm)
        self.request = self.answers("request", step=first)
        if self.request is None:
            return [first]
        details = Step(
            "details", _("Confirm Certificate Details"), "certificates/new/details.html", DetailsForm, self.request
        )
        self.details = self.answers("details", step=details)
        if self.details is None:
            return [first, details]
        return [first, details, *self._after_details()]

    def _after_details(self) -> list[Step]:
        new = self.new_domains()
        controls = self._controls(new)
        answered = all(self.answers(step.key, step=step) for step in controls)
        steps = [
            Step("domains", _("Confirm Domain Control"), "certificates/new/domains.html", data=new),
            *controls,
        ] if new else []  # fmt: skip
        summary = Step("summary", _("Certificate Request Summary"), "certificates/new/summary.html")
        return [*steps, summary] if answered else steps

    def _controls(self, new: list[str]) -> list[Step]:
        asked = [domain for domain in new if not self.by_vetting(domain)]
        known, wanted = contacts.known_of(asked), self.wanted_names()
        return [
            Step(
                f"control-{domain}",
                _("Confirmation of Control for domain %(number)d of %(count)d")
                % {"number": number, "count": len(asked)},
                "certificates/new/control.html",
                ControlForm,
                {
                    "domain": domain,
                    "known": known[domain],
                    "wanted": [name for name in wanted if name.registrable == domain],
                },
            )
            for number, domain in enumerate(asked, 1)
        ]

    def by_vetting(self, domain: str) -> bool:
        """Whether the domain gets no page of its own, since the vetting team confirms it in any case."""
        assert self.request  # noqa: S101  # asked only of a wizard whose first page is answered
        return domain_rules.needs_person(self.request["level"], is_idn=names.is_idn(domain))

    def wanted_names(self) -> list[names.Name]:
        assert self.details  # noqa: S101  # asked only of a wizard whose second page is answered
        return [self.details["common_name"], *self.details["sans"]]

    def new_domains(self) -> list[str]:
        assert self.request  # noqa: S101
        return new_domains(self.request["profile"], self.wanted_names())

    def keep(self, step: Step, typed: QueryDict) -> StepForm:
        """As every wizard; another CSR means other names, so that the details start from it again."""
        before = self.draft.typed("request") or {}
        form = super().keep(step, typed)
        if step.key == "request" and before.get("csr") != (self.draft.typed("request") or {}).get("csr"):
            self.draft.data.pop("details", None)
            self.save()
        return form

    def _initial(self, step: Step) -> dict[str, Any]:
        if step.key == "details" and self.draft.typed("details") is None:
            request = step.data["csr"]
            return {"common_name": request.common_name, **self._names_of(request.dns_names)}
        return super()._initial(step)

    @staticmethod
    def _names_of(dns_names: tuple[str, ...]) -> dict[str, Any]:
        """The CSR's names: proper ones are SANs already, the others wait in the box with the reason."""
        good, bad = sort_out("\n".join(dns_names), room=most_sans())
        return {"sans": list(dict.fromkeys(good)), "add_sans": "\n".join(bad)}

    def validity_label(self) -> str:
        """The validity that was chosen, in words."""
        assert self.request  # noqa: S101
        choice = policy.at(clock.now()).find_validity(self.request["hash_algorithm"], self.request["validity"])
        return choice.label if choice else ""

    def control(self) -> list[tuple[str, str]]:
        """The domains of the request that are not confirmed, each with what happens to it."""
        assert self.request  # noqa: S101
        controls, profile = self.wanted().controls, self.request["profile"]
        new = [(domain, self._how(domain, controls.get(domain, ""))) for domain in self.new_domains()]
        known = list(profile.domains.all())
        missing = uncovered(profile, self.wanted_names(), self.request["level"])
        others = dict.fromkeys(
            domain for name in missing if (domain := suspended_above(known, name) or covering(known, name))
        )
        return [*new, *((domain.name, self._standing(domain)) for domain in others)]

    def _how(self, domain: str, choice: str) -> str:
        step = self.step(f"control-{domain}")
        offers = methods.offers(domain, step.data["known"]) if step else []
        offer = next((offer for offer in offers if offer.value == choice), None)
        if offer and offer.address:
            return gettext("A mail asks %(address)s for approval.") % {"address": offer.address}
        if offer and offer.method != Method.MANUAL:
            return gettext("%(way)s: the page of the domain then says what to publish.") % {"way": offer.label}
        return gettext("The vetting team confirms control.")

    @staticmethod
    def _standing(domain: Domain) -> str:
        proof = domain.proof(policy.at(clock.now()))
        if domain.status in CONFIRMED_AT_OV and proof and not proof.covers_below:
            return gettext(
                "A file confirmed it, which proves no names below it: the certificate waits until it is confirmed anew."
            )
        return gettext("It is among your domains as %(status)s: the certificate waits until it is confirmed.") % {
            "status": domain.get_status_display()
        }

    def wanted(self) -> Wanted:
        """What the draft adds up to. For a wizard that has its summary page only."""
        assert self.request  # noqa: S101
        assert self.details  # noqa: S101
        controls = {
            step.data["domain"]: answers["method"]
            for step in self.listed
            if step.form is ControlForm and (answers := self.answers(step.key))
        }
        return Wanted(
            profile=self.request["profile"],
            level=self.request["level"],
            hash_algorithm=self.request["hash_algorithm"],
            validity=self.request["validity"],
            request=self.request["csr"],
            common_name=self.details["common_name"].ascii,
            sans=[name.ascii for name in self.details["sans"] if name != self.details["common_name"]],
            recipients=self.details["recipients"],
            comments=self.request["comments"],
            controls=controls,
        )
