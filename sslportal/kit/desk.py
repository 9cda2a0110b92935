"""The vetting team's desk: Django admin with a site of its own, where every button calls an action."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sslportal.kit.moves import Refused


class VettingSite(AdminSite):
    """Signing in is the portal's; who may enter is the vetting team."""

    site_header = _("Vetting")
    site_title = _("Vetting")
    index_title = _("Waiting for a decision")
    index_template = "vetting/index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may("vetting.decide")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_login")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The queues: of every kind what waits for a person, oldest first."""
        queues = [
            {"title": admin.model._meta.verbose_name_plural, "waiting": admin.waiting()[:50], "admin": admin}
            for admin in self._registry.values()
            if isinstance(admin, DeskAdmin)
        ]
        return super().index(request, {"queues": queues, **(extra_context or {})})


site = VettingSite(name="vetting")


class DecisionForm(forms.Form):
    """The reason, where the decision needs one: the customer reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the reason: the customer reads it.")},
    )


class Decision:
    """A button of the desk: its word, the action behind it, and whether it asks for a reason."""

    def __init__(self, key: str, word: Any, says: Any, action: Any, *, needs_reason: bool = False) -> None:
        self.key, self.word, self.says, self.action, self.needs_reason = key, word, says, action, needs_reason


class LookOnly(ModelAdmin):
    """A list and pages to look at. Nothing is edited, added or deleted by hand."""

    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """As Django's; a NUL in the address, which PostgreSQL cannot compare with, is dropped."""
        asked = request.GET.copy()
        for name in [name for name, value in asked.items() if "\0" in value]:
            del asked[name]
        request.GET = asked  # type: ignore[assignment]  # QueryDict, mutable or not
        heading = {"title": str(self.opts.verbose_name_plural).capitalize()}
        return super().changelist_view(request, {**heading, **(extra_context or {})})


class DeskAdmin(LookOnly):
    """The same with the decisions of the vetting team."""

    decisions: tuple[Decision, ...] = ()
    change_form_template = "vetting/case.html"

    def waiting(self) -> Any:
        """What waits for a person, oldest first."""
        return self.model._default_manager.awaiting_vetting()

    def open_decisions(self, obj: Any) -> tuple[Decision, ...]:
        """The decisions that are open on the thing."""
        return self.decisions if self.waiting().filter(pk=obj.pk).exists() else ()

    def get_urls(self) -> list[Any]:
        return [
            path("<int:pk>/decide/<slug:key>/", self.admin_site.admin_view(self.decide), name=self._url_name()),
            *super().get_urls(),
        ]

    def _url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_decide"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        obj = self.get_object(request, object_id)
        context = {
            "decisions": self.open_decisions(obj) if obj else (),
            "decide_url": f"vetting:{self._url_name()}",
            "show_close": False,
            **(self.case(obj) if obj else {}),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def case(self, obj: Any) -> dict[str, Any]:
        """What else the page of the thing shows."""
        return {}

    def decide(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """Ask, then decide."""
        obj = get_object_or_404(self.model, pk=pk)
        decision = next((one for one in self.open_decisions(obj) if one.key == key), None)
        page = redirect(f"vetting:{self.opts.app_label}_{self.opts.model_name}_change", pk)
        if decision is None:
            messages.warning(request, _("This no longer waits for a decision."))
            return page
        form_class = DecisionForm if decision.needs_reason else forms.Form
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method != "POST" or not form.is_valid():
            context = {**self.admin_site.each_context(request), "object": obj, "decision": decision, "form": form}
            return TemplateResponse(request, "vetting/decide.html", {**context, "title": decision.word})
        self._carry_out(request, obj, decision, form)
        return redirect("vetting:index")

    def _carry_out(self, request: HttpRequest, obj: Model, decision: Decision, form: forms.Form) -> None:
        try:
            decision.action(obj, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, gettext("%(decision)s: %(thing)s") % {"decision": decision.says, "thing": obj})
