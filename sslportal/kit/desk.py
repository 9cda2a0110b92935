"""The vetting team's desk: Django admin with a site of its own, where every button calls an action."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sslportal.kit import clock, outbox
from sslportal.kit.moves import Refused
from sslportal.kit.uploads import too_large

SHOWN = 100


@dataclass
class Waiting:
    """A row of the queue: a thing that waits for a person of the vetting team, since when, and what waits for it."""

    thing: Any
    kind: str
    url: str
    profile: Any
    level: str
    since: datetime
    domain: str = ""  # of the profile's orders, only those for names in this domain wait for it
    taken_by: Any = None
    blocks: int = 0
    why: Any = ""  # where the thing does not say it itself

    @property
    def days(self) -> int:
        return (clock.now() - self.since).days


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

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Passwords are changed under My Preferences, for the team as for everybody."""
        return redirect("accounts:preferences")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:preferences")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The queue: what waits for a person, of every kind, oldest first."""
        desks = [admin for admin in self._registry.values() if isinstance(admin, DeskAdmin)]
        waiting = sorted((row for admin in desks for row in admin.queue()), key=lambda row: row.since)
        queue = waiting[:SHOWN]
        for admin in desks:
            admin.count_blocked(queue)
        lists = [(admin.opts.verbose_name_plural, admin.list_url()) for admin in desks]
        context = {"queue": queue, "is_cut": len(waiting) > SHOWN, "lists": lists, "mail": outbox.in_trouble()}
        return super().index(request, {**context, **(extra_context or {})})


site = VettingSite(name="vetting")


class DecisionForm(forms.Form):
    """The reason, where the decision needs one: the customer reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the reason: the customer reads it.")},
    )


@dataclass(frozen=True)
class Decision:
    """A button of the desk: its word, what is said afterwards, the action behind it, and whether it asks for a reason.

    `explains` says what will happen; `stays` returns to the page of the thing, for there is more to do; `is_aside` is what
    is no answer to what is being asked.
    """

    key: str
    word: Any
    says: Any
    action: Any
    needs_reason: bool = False
    explains: Any = ""
    stays: bool = False
    is_aside: bool = False
    form: Any = None  # asks for more than a reason; called with what was sent, the thing, and the dropped fields


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

    def queue(self) -> list[Waiting]:
        """The oldest of what waits, as rows of the one queue; one more than are shown, to know whether there are more."""
        return [
            self.row(thing) for thing in self.waiting().select_related("profile").order_by("updated_at")[: SHOWN + 1]
        ]

    def row(self, thing: Any) -> Waiting:
        url = reverse(self._page_name(), args=[thing.pk])
        kind = str(self.opts.verbose_name).capitalize()
        return Waiting(thing, kind, url, thing.profile, thing.level, thing.updated_at)

    def count_blocked(self, rows: Iterable[Waiting]) -> None:
        """Add to each row how many of this kind wait for it."""

    def list_url(self) -> str:
        return reverse(f"vetting:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def version(self, obj: Any) -> str:
        """What the decision rests on, where it may change between the page that asks and the answer."""
        return ""

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

    def _page_name(self) -> str:
        return f"vetting:{self.opts.app_label}_{self.opts.model_name}_change"

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
        page = redirect(self._page_name(), pk)
        if decision is None:
            messages.warning(request, _("This no longer waits for a decision."))
            return page
        seen = self.version(obj)
        if request.method == "POST" and request.POST.get("seen", "") != seen:
            messages.warning(request, _("This has changed since you opened the page. Look at it again, then decide."))
            return page
        form = _form(request, decision, obj)
        if request.method != "POST" or not form.is_valid():
            context = {**self.admin_site.each_context(request), "object": obj, "decision": decision, "form": form}
            context |= {"title": decision.word, "seen": seen, "back": page.url}
            return TemplateResponse(request, "vetting/decide.html", context)
        is_done = self._carry_out(request, obj, decision, form)
        return page if decision.stays or not is_done else redirect("vetting:index")

    def _carry_out(self, request: HttpRequest, obj: Model, decision: Decision, form: forms.Form) -> bool:
        try:
            decision.action(obj, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return False
        else:
            messages.success(request, gettext("%(decision)s: %(thing)s") % {"decision": decision.says, "thing": obj})
            return True


def _form(request: HttpRequest, decision: Decision, obj: Model) -> forms.Form:
    """The decision's own form, or one for the reason, or one that asks for nothing."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    if decision.form:
        own: forms.Form = decision.form(*sent, thing=obj, dropped=too_large(request))
        return own
    return (DecisionForm if decision.needs_reason else forms.Form)(*sent)
