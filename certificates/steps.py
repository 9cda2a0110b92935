"""The pages of the request wizard, and what they add up to."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Administrator
from certificates import csr
from certificates.actions.requests import Wanted
from certificates.forms import (
    ControlForm,
    DetailsForm,
    RecipientsForm,
    ReissueForm,
    RenewForm,
    RequestForm,
)
from certificates.models import Order
from certificates.queries import base_of
from certificates.sorting import most_sans, propose, sort_out
from certificates.states import Kind
from domains import contacts, methods
from domains import rules as domain_rules
from domains.models import Domain
from domains.queries import covering, new_domains, suspended_above, uncovered
from domains.states import CONFIRMED_AT_OV, Method
from domains.states import Status as DomainStatus
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit import clock, names, policy
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, StepForm, Wizard

Text = str | Promise

STAGES = [
    ("request", _("Request")),
    ("details", _("Details")),
    ("domains", _("Domain control")),
    ("summary", _("Summary")),
]


class OrderWizard(Wizard):
    """A request for a new certificate. `source` is the order that it follows on: there is one for a copy or a renewal.

    Raises Order.DoesNotExist where the draft's owner may not see that order.
    """

    kind = "order"
    asks_for: Kind = Kind.NEW
    title: Text = _("New Certificate Request")
    form_class: type[RequestForm] = RequestForm
    details_class: type[DetailsForm] = DetailsForm
    stages = STAGES
    finish_word: Text = _("Finish")
    is_outside = False

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.request: dict[str, Any] | None = None
        self.details: dict[str, Any] | None = None
        self.source = _source(draft)

    @property
    def profiles(self) -> QuerySet[OrganizationProfile]:
        """Those that can be chosen now."""
        assert self.draft.owner  # noqa: S101  # a draft of this kind has one
        return OrganizationProfile.objects.orderable_by(self.draft.owner)

    def steps(self) -> list[Step]:
        first = Step("request", self.title, "certificates/new/request.html", self.form_class, self.source)
        self.request = self.answers("request", step=first)
        if self.request is None:
            return [first]
        data = {**self.request, "source": self.source}
        form = RecipientsForm if self.keeps_names else self.details_class
        details = Step("details", _("Confirm Certificate Details"), "certificates/new/details.html", form, data)
        self.details = self.answers("details", step=details)
        if self.details is None:
            return [first, details]
        return [first, details, *self._after_details()]

    @property
    def keeps_names(self) -> bool:
        """Whether the CSR is that of the old order: names change with a new one only (E15)."""
        return bool(self.source and self.request and self.request["csr"].pem == self.source.csr)

    @property
    def profile_is_ov(self) -> bool:
        """Whether the old certificate is EV, and its profile EV no longer."""
        return bool(self.source and self.source.level == Level.EV and self.source.profile.level != Level.EV)

    @cached_property
    def no_longer_ev(self) -> list[Domain]:
        """Of an EV certificate that is copied or renewed as EV, the domains that are OV now: so will the certificate be.

        For one that is being upgraded the certificate waits instead.
        """
        assert self.request  # noqa: S101  # asked only of a wizard whose first two pages are answered
        if self.source is None or not self.source.level == self.request["level"] == Level.EV:
            return []
        profile = self.request["profile"]
        known, missing = list(profile.domains.all()), uncovered(profile, self.wanted_names(), Level.EV)
        domains = dict.fromkeys(domain for name in missing if (domain := covering(known, name)))
        return [domain for domain in domains if domain.level == Level.OV and domain.status != DomainStatus.UPGRADING]

    @property
    def level(self) -> str:
        """At which level the certificate will be issued (E14)."""
        assert self.request  # noqa: S101
        return Level.OV if self.no_longer_ev else self.request["level"]

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
        return domain_rules.needs_person(self.level, is_idn=names.is_idn(domain))

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

    def forget(self) -> None:
        super().forget()
        self.__dict__.pop("no_longer_ev", None)

    def _initial(self, step: Step) -> dict[str, Any]:
        if step.key == "request" and self.source and self.draft.typed("request") is None:
            return self._of_old_order(self.source)
        if step.key == "details" and self.draft.typed("details") is None:
            return self._names_to_start_from(step.data["csr"])
        return super()._initial(step)

    @staticmethod
    def _of_old_order(source: Order) -> dict[str, Any]:
        """The fields default to the old order's; EV falls back to OV where the profile is EV no longer."""
        is_ev = source.level == Level.EV and source.profile.level == Level.EV
        level = Level.EV if is_ev else Level.OV
        kept = {"profile": source.profile_id, "validity": source.validity, "comments": source.comments}
        return {**kept, "level": level}

    def _names_to_start_from(self, request: csr.Request) -> dict[str, Any]:
        """Those of the CSR and of the old order; proper ones are SANs already, others wait in the box with the reason."""
        old = [self.source.common_name, *self.source.sans] if self.source else []
        proposal = propose(request, old)
        sans = [name.ascii for name in proposal.sans]
        return {
            "common_name": proposal.common_name,
            "sans": sans[: most_sans()],
            "add_sans": "\n".join([*(text for text, _why in proposal.unfit), *sans[most_sans() :]]),
            "addresses": [name.ascii for name in proposal.addresses],
            "recipients": self.source.recipients if self.source else [],
            "note": proposal.note,
        }

    def base_domain(self, form: StepForm) -> str | None:
        """The SAN that the portal will add to the names on the page, where the confirmation covers it (E4)."""
        assert self.request  # noqa: S101
        if self.keeps_names and self.source:
            asked = [self.source.common_name, *self.source.sans]
        else:
            asked = [str(form["common_name"].value() or ""), *(form["sans"].value() or [])]
        wanted = sort_out(asked).good
        return base_of(wanted, self.request["profile"], self.request["level"]) if wanted else None

    def base_of(self, wanted: Wanted) -> str | None:
        """The same for what is wanted."""
        return base_of(self.wanted_names(), wanted.profile, wanted.level)

    def validity_label(self) -> str:
        """The validity that was chosen, in words."""
        assert self.request  # noqa: S101
        choice = policy.at(clock.now()).find_validity(self.request["hash_algorithm"], self.request["validity"])
        return choice.label if choice else ""

    def control(self, wanted: Wanted) -> list[tuple[str, str]]:
        """The domains of what is wanted that are not confirmed, each with what happens to it."""
        new = [(domain, self._how(domain, wanted.controls.get(domain, ""))) for domain in self.new_domains()]
        known = list(wanted.profile.domains.all())
        missing = uncovered(wanted.profile, self.wanted_names(), wanted.level)
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
            level=self.level,
            hash_algorithm=self.request["hash_algorithm"],
            validity=self.request["validity"],
            request=self.request["csr"],
            common_name=self.details["common_name"].ascii,
            sans=[name.ascii for name in self.details["sans"] if name != self.details["common_name"]],
            recipients=self.details.get("recipients", []),
            comments=self.request["comments"],
            controls=controls,
            kind=self.asks_for,
            source=self.source,
        )


def _source(draft: Draft) -> Order | None:
    if "source" not in draft.data or draft.owner is None:
        return None
    return Order.objects.visible_to(draft.owner).get(pk=draft.data["source"])


class ReissueWizard(OrderWizard):
    """A copy of a certificate with another key (E14)."""

    kind = "re-issue"
    asks_for = Kind.REISSUE
    title = _("Re-Issue Certificate")
    form_class = ReissueForm
    finish_word = _("Approve")


class RenewWizard(OrderWizard):
    """A certificate that follows on another one (E15)."""

    kind = "renew"
    asks_for = Kind.RENEWAL
    title = _("Renew Certificate")
    form_class = RenewForm
    finish_word = _("Approve")


WIZARDS: dict[str, type[OrderWizard]] = {wizard.kind: wizard for wizard in (OrderWizard, ReissueWizard, RenewWizard)}


def drafts_of(person: Administrator) -> list[Draft]:
    """The person's unfinished requests, the latest first; not those that follow on an order that they no longer see."""
    drafts = list(Draft.objects.filter(owner=person, kind__in=WIZARDS).order_by("-updated_at"))
    sources = {draft.data["source"] for draft in drafts if "source" in draft.data}
    seen = (
        set(Order.objects.visible_to(person).filter(pk__in=sources).values_list("pk", flat=True)) if sources else set()
    )
    return [draft for draft in drafts if draft.data.get("source") in {None, *seen}]


def wizard_for(draft: Draft) -> OrderWizard:
    """The wizard that the draft belongs to. Raises Order.DoesNotExist as that does."""
    return WIZARDS[draft.kind](draft)
