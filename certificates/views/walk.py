"""Walking through the request wizard, page by page: the same for administrators and for people at the request portal."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from certificates.actions.requests import Wanted
from certificates.forms import ControlForm
from certificates.models import Order
from certificates.steps import OrderWizard
from domains import contacts
from sslportal.kit.moves import Refused
from sslportal.kit.names import display
from sslportal.kit.wizard import Step, StepForm, answer

FIRST = "request"


class Walk:
    """One page that somebody asks for or sends. Who walks says a subclass: where the pages are, and who orders."""

    def __init__(self, request: HttpRequest, wizard: OrderWizard) -> None:
        self.request, self.wizard = request, wizard

    def url(self, step: Step) -> str:
        """Where the page is."""
        raise NotImplementedError

    def left(self) -> HttpResponse:
        """Where Cancel leads."""
        raise NotImplementedError

    def order(self, wanted: Wanted) -> Order:
        """Lock the draft and make the order of it. Raises Http404 where the draft is gone, and Refused."""
        raise NotImplementedError

    def finished(self, order: Order) -> HttpResponse:
        raise NotImplementedError

    def context(self, step: Step) -> dict[str, Any]:
        """What the templates need beside what is the same for all."""
        raise NotImplementedError

    def page(self, step: Step) -> HttpResponse:
        """Show the page, or take it and lead on."""
        if self.request.method != "POST":
            return self._show(step, self.wizard.form(step))
        go, form = answer(self.request, self.wizard, step)
        match go:
            case "cancel":
                return self._discard()
            case "keep":
                return HttpResponse(status=204, headers={"X-Draft": self.url(step)})
            case "back":
                return self.to(self.wizard.before(step.key) or step)
            case "mend":
                return self._show(step, form)
            case "finish":
                return self._finish()
        if step.key == "details":
            contacts.want(later.data["domain"] for later in self.wizard.listed if later.form is ControlForm)
        stays = go == "add" or "remove" in self.request.POST
        return self.to(step if stays else self.wizard.after(step.key) or self.wizard.furthest())

    def to(self, step: Step) -> HttpResponse:
        return redirect(self.url(step))

    def _show(self, step: Step, form: StepForm | None) -> HttpResponse:
        wizard = self.wizard
        context: dict[str, Any] = {
            "wizard": wizard,
            "step": step,
            "form": form,
            "stages": wizard.stages,
            "stage": "domains" if step.key.startswith("control-") else step.key,
            "is_first": step.key == FIRST,
            "urls": {one.key: self.url(one) for one in wizard.listed},
            "url": self.url(step),
        }
        if step.key == "details" and form:
            context["system_san"] = wizard.base_domain(form)
        if step.key == "domains":
            context["domains"] = [(display(domain), wizard.by_vetting(domain)) for domain in step.data]
        if step.key == "summary":
            wanted = wizard.wanted()
            context |= {"wanted": wanted, "validity_label": wizard.validity_label(), "control": wizard.control(wanted)}
            context["system_san"] = wizard.base_of(wanted)
        if step.key in ("domains", "summary"):
            context["no_longer_ev"] = wizard.no_longer_ev
        status = 422 if form and form.is_bound else 200
        return render(self.request, step.template, context | self.context(step), status=status)

    def _discard(self) -> HttpResponse:
        self.wizard.discard()
        messages.info(self.request, _("The request was discarded. Nothing was ordered."))
        return self.left()

    def _finish(self) -> HttpResponse:
        wizard = self.wizard
        if wizard.step("summary") is None:
            return self.to(wizard.furthest())
        wanted = wizard.wanted()
        if self.request.POST.get("level", wanted.level) != wanted.level:
            told = _("The certificate will be %(level)s now: this has changed while you looked at the summary.")
            messages.warning(self.request, told % {"level": wanted.level})
            return self.to(wizard.furthest())
        try:
            with transaction.atomic():
                order = self.order(wanted)
                wizard.draft.delete()
        except Http404:  # Finish sent twice at once: for the second there is no draft, but its page leads to the order
            return self.to(wizard.furthest())
        except Refused as refusal:  # the last domain of the subscription went to somebody else, say
            messages.warning(self.request, str(refusal))
            return self.to(wizard.furthest())
        return self.finished(order)
