"""Domains at the vetting team's desk: confirmations to finish by hand, and domains to suspend or resume."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from domains import methods
from domains.actions import vetting
from domains.desk_forms import ApprovalForm
from domains.models import Attempt, Check, Domain, Evidence
from domains.queries import open_attempt
from domains.rules import is_in_the_teams_hands
from domains.states import Outcome, Status
from profiles.states import Level
from profiles.vetting import evidence
from sslportal.kit import audit, names
from sslportal.kit.desk import Decision, DeskAdmin, Waiting, site

APPROVE = Decision(
    "approve", gettext_lazy("Approve"), gettext_lazy("Approved"), vetting.approve, form=ApprovalForm,
    explains=gettext_lazy("The domain becomes Ready, its administrators are told by mail, and requests that waited for it "
                          "go on."),
)  # fmt: skip
DECLINE = Decision(
    "decline", gettext_lazy("Decline"), gettext_lazy("Declined"), vetting.decline, needs_reason=True,
    explains=gettext_lazy("The administrators are told by mail, with your reason. A declined upgrade or re-vetting leaves "
                          "the domain as it was."),
)  # fmt: skip
SUSPEND = Decision(
    "suspend", gettext_lazy("Suspend"), gettext_lazy("Suspended"), vetting.suspend, needs_reason=True, stays=True,
    explains=gettext_lazy("Nothing is issued for it until it is resumed. The administrators are told by mail, with your "
                          "reason. A confirmation under way ends."),
)  # fmt: skip
RESUME = Decision(
    "resume", gettext_lazy("Resume"), gettext_lazy("Resumed"), vetting.resume, stays=True,
    explains=gettext_lazy("Requests that waited for it go on, and the administrators are told by mail."),
)  # fmt: skip
AT_REST = (("resume", RESUME), ("suspend", SUSPEND))  # by the move that must lead on from the domain's status
FLAGS = {
    "mixed-script": gettext_lazy("The name mixes letters of several scripts: look whether it imitates another name."),
    "whole-script-confusable": gettext_lazy(
        "The name is written in letters that look like Latin ones: look whether it imitates another name."
    ),
}


@admin.register(Domain, site=site)
class DomainAdmin(DeskAdmin):
    """What waits is a domain whose confirmation the vetting team finishes; one that is up can be suspended."""

    list_display = ("both_forms", "profile", "level", "status", "method", "added_at", "expires_at")
    list_filter = ("status", "level", "method")
    list_select_related = ("profile",)
    search_fields = ("name", "profile__name", "profile__organization")
    ordering = ("-added_at",)
    fields = (
        "both_forms", "profile", "level", "status", "method", "requester", "added_at", "confirmed_at", "expires_at", "revet_at",
        "reason",
    )  # fmt: skip
    change_form_template = "vetting/domain.html"

    @admin.display(description=gettext_lazy("Domain Name"), ordering="name")
    def both_forms(self, obj: Domain) -> str:
        return obj.display_name

    def row(self, thing: Domain) -> Waiting:
        row = super().row(thing)
        row.kind = {
            Status.UPGRADING: _("Domain, upgrade to EV"),
            Status.RE_VETTING: _("Domain, re-vetting"),
        }.get(Status(thing.status), _("Domain"))
        row.domain = thing.name
        if thing.status == Status.UPGRADING:
            row.level = Level.EV
        return row

    def open_decisions(self, obj: Domain) -> tuple[Decision, ...]:
        waits = (APPROVE, DECLINE) if is_in_the_teams_hands(open_attempt(obj)) else ()
        return (*waits, *(decision for name, decision in AT_REST if obj.status in obj.MOVES[name].sources))

    def version(self, obj: Domain) -> str:
        attempt = open_attempt(obj)
        return f"{obj.status}-{attempt.pk if attempt else ''}-{attempt.status if attempt else ''}"

    def case(self, obj: Domain) -> dict[str, Any]:
        attempt = open_attempt(obj)
        return {
            "history": audit.story(obj, names_team=True),
            "attempt": attempt,
            "explained": methods.explain(attempt) if attempt and attempt.status == Outcome.WAITING else None,
            "attempts": attempts_of(obj),
            "flags": [FLAGS[flag] for flag in names.flags(obj.name)],
            "elsewhere": Domain.objects.filter(name=obj.name)
            .exclude(pk=obj.pk)
            .select_related("profile__account")[:20],
        }

    def get_urls(self) -> list[Any]:
        return [
            path("evidence/<int:pk>/", require_safe(self.download), name="domains_domain_evidence"),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file of evidence; to others than the team it does not exist."""
        if not self.admin_site.has_permission(request):
            raise Http404
        one = get_object_or_404(Evidence.objects.exclude(stored="").select_related("attempt"), pk=pk)
        try:
            return evidence.as_download(one)
        except evidence.Lost as lost:
            messages.error(request, str(lost))
            domain = one.attempt.domain_id
            return redirect(reverse(self._page_name(), args=[domain]) if domain else self.list_url())


def attempts_of(domain: Domain) -> Any:
    """Every attempt for the name in the profile, also those from before the domain was deleted and added again."""
    attempts = Attempt.objects.filter(profile=domain.profile_id, name=domain.name).order_by("-pk")
    return attempts.select_related("requester").prefetch_related(
        "evidence__by", Prefetch("checks", Check.objects.all()[:10], to_attr="looks")
    )[:50]
