"""Organization profiles at the vetting team's desk: the case, its checklist and evidence, the decisions."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from profiles.models import EvRequest, OrganizationProfile
from profiles.states import Level, Status
from profiles.vetting import actions, evidence
from profiles.vetting.checklists import Item, Line, checklist, find, incomplete, title_of
from profiles.vetting.forms import CheckForm
from profiles.vetting.models import Check, Evidence, VettingCase
from profiles.vetting.queries import open_case
from profiles.vetting.states import DECIDABLE
from sslportal.kit import audit
from sslportal.kit.desk import SHOWN, Decision, DeskAdmin, Waiting, site
from sslportal.kit.moves import MovedOn, Refused
from sslportal.kit.uploads import too_large


def _of_case(action: Callable[..., Any]) -> Callable[..., Any]:
    """The action on the profile's open case. Raises MovedOn where there is none any more."""

    def act(profile: OrganizationProfile, **given: Any) -> Any:
        case = open_case(profile)
        if case is None:
            raise MovedOn(_("Somebody was faster: “%(thing)s” is no longer waiting.") % {"thing": profile})
        return action(case, **given)

    return act


TAKE = Decision(
    "take", gettext_lazy("Take"), gettext_lazy("Taken"), _of_case(actions.take), stays=True, is_aside=True,
    explains=gettext_lazy("The queue shows your name beside it, so that nobody else begins."),
)  # fmt: skip
RELEASE = Decision(
    "release", gettext_lazy("Give back"), gettext_lazy("Given back"), _of_case(actions.release), stays=True,
    is_aside=True,
    explains=gettext_lazy("Somebody else can take it."),
)  # fmt: skip
FIRST = Decision(
    "first-approve", gettext_lazy("First approval"), gettext_lazy("First approval"), _of_case(actions.first_approve),
    explains=gettext_lazy("You have looked at everything on the checklist. The final approval must be given by somebody "
                          "who collected none of the evidence."),
)  # fmt: skip
APPROVE = Decision(
    "approve", gettext_lazy("Approve"), gettext_lazy("Approved"), _of_case(actions.approve),
    explains=gettext_lazy("The profile becomes Ready, and its administrators are told by mail."),
)  # fmt: skip
FINAL = Decision(
    "approve", gettext_lazy("Final approval"), gettext_lazy("Approved"), _of_case(actions.approve),
    explains=gettext_lazy("The profile becomes Ready at EV, and its administrators are told by mail."),
)  # fmt: skip
DECLINE = Decision(
    "decline", gettext_lazy("Decline"), gettext_lazy("Declined"), _of_case(actions.decline), needs_reason=True,
    explains=gettext_lazy("The administrators are told by mail, with your reason. A declined upgrade leaves the profile "
                          "Ready at OV; otherwise no certificates can be requested for it."),
)  # fmt: skip
SUSPEND = Decision(
    "suspend", gettext_lazy("Suspend"), gettext_lazy("Suspended"), actions.suspend, needs_reason=True, stays=True,
    explains=gettext_lazy("Nothing is issued for it until it is resumed. The administrators are told by mail, with your "
                          "reason. A re-vetting under way ends."),
)  # fmt: skip
RESUME = Decision(
    "resume", gettext_lazy("Resume"), gettext_lazy("Resumed"), actions.resume, stays=True,
    explains=gettext_lazy("Requests that waited for it go on, and the administrators are told by mail."),
)  # fmt: skip
REVET = Decision(
    "revet", gettext_lazy("Start re-vetting"), gettext_lazy("Re-vetting started"), actions.start_revetting, stays=True,
    is_aside=True,
    explains=gettext_lazy("The profile comes into the queue. Certificates can be requested for it meanwhile."),
)  # fmt: skip
AT_REST = (  # what can be done without a case, by the move that must lead on from the profile's status
    ("resume", RESUME),
    ("revet", REVET),
    ("suspend", SUSPEND),
)


@admin.register(OrganizationProfile, site=site)
class ProfileAdmin(DeskAdmin):
    """What waits is an open case; a profile without one can be suspended, resumed, or vetted again."""

    list_display = ("name", "organization", "account", "country", "level", "status", "created_at", "expires_at")
    list_filter = ("status", "level")
    list_select_related = ("account",)
    search_fields = ("name", "organization", "organization_ja", "account__name", "registration_number")
    ordering = ("-created_at",)
    fields = (
        "organization", "organization_ja", "address1", "address2", "locality", "state", "postal_code", "country", "phone",
        "fax", "account", "name", "requester", "level", "created_at", "expires_at", "revet_at",
    )  # fmt: skip
    ev_fields = (
        "ev_expires_at", "business_category", "jurisdiction_country", "jurisdiction_state", "jurisdiction_locality",
        "registration_number",
    )  # fmt: skip
    change_form_template = "vetting/profile.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields + (self.ev_fields if obj and obj.level == Level.EV else ())

    def waiting(self) -> Any:
        return VettingCase.objects.awaiting_vetting().select_related("profile", "taken_by")

    def queue(self) -> list[Waiting]:
        return [self.row(case) for case in self.waiting()[: SHOWN + 1]]

    def row(self, thing: VettingCase) -> Waiting:
        url = reverse(self._page_name(), args=[thing.profile_id])
        kind = _("Re-vetting") if thing.is_revetting else _("Organization profile")
        if thing.level == Level.EV and not thing.is_revetting:
            kind = _("Upgrade to EV")
        return Waiting(thing.profile, kind, url, thing.profile, thing.level, thing.opened_at, taken_by=thing.taken_by)

    def open_decisions(self, obj: OrganizationProfile) -> tuple[Decision, ...]:
        case = open_case(obj)
        at_rest = tuple(decision for name, decision in AT_REST if obj.status in obj.MOVES[name].sources)
        return (*(_of_the(case) if case and obj.status in DECIDABLE else ()), *at_rest)

    def version(self, obj: OrganizationProfile) -> str:
        """The status, the case with its approval and holder, and the newest check: what the vetter has looked at."""
        case = open_case(obj)
        newest = Check.objects.filter(case__profile=obj).order_by("-pk").values_list("pk", flat=True).first()
        about_case = (case.pk, case.taken_by_id, case.first_approver_id) if case else ()
        return "-".join(map(str, (obj.status, *about_case, newest)))

    def case(self, obj: OrganizationProfile) -> dict[str, Any]:
        """The page: beside the organization its case, the contacts, and the buttons that lead on."""
        case = open_case(obj)
        lines = checklist(case) if case else []
        missing = incomplete(lines)
        decisions = [one for one in self.open_decisions(obj) if not (missing and one in (APPROVE, FINAL, FIRST))]
        return {
            "case": case,
            "lines": lines,
            "missing": missing,
            "decisions": decisions,
            "ev_request": _ev_request(obj),
            "earlier": _earlier(obj, lines),
            "history": audit.story(obj, names_team=True),
        }

    def get_urls(self) -> list[Any]:
        at = "profiles_organizationprofile"
        guarded = self.admin_site.admin_view
        return [
            path("<int:pk>/check/<slug:key>/", guarded(require_http_methods(["GET", "HEAD", "POST"])(self.check_item)),
                 name=f"{at}_check"),
            path("evidence/<int:pk>/", require_safe(self.download), name=f"{at}_evidence"),
            *super().get_urls(),
        ]  # fmt: skip

    def check_item(self, request: PersonRequest, pk: int, key: str) -> HttpResponse:
        """Write down what was found about one item."""
        profile = get_object_or_404(OrganizationProfile, pk=pk)
        case = open_case(profile)
        item = find(case.level, key) if case else None
        if case is None or item is None:
            messages.warning(request, _("This no longer waits for a decision."))
            return redirect(self._page_name(), pk)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        line = next(line for line in checklist(case) if line.item == item)
        form = CheckForm(*sent, case=case, line=line, dropped="file" in too_large(request))
        if form.is_bound and form.is_valid() and self._record(request, case, item, form):
            return redirect(f"{reverse(self._page_name(), args=[pk])}#{item.key}")
        return self._check_page(request, case, line, form)

    def _record(self, request: PersonRequest, case: VettingCase, item: Item, form: CheckForm) -> bool:
        try:
            actions.record_check(case, item, by=request.user, **form.check())
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return False
        messages.success(request, _("Written down: %(item)s") % {"item": item.title})
        return True

    def _check_page(self, request: HttpRequest, case: VettingCase, line: Line, form: CheckForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": line.item.title,
            "case": case,
            "profile": case.profile,
            "line": line,
            "form": form,
            "earlier": _all_checks(case.profile).filter(key=line.item.key),
            "ev_request": _ev_request(case.profile),
            "back": f"{reverse(self._page_name(), args=[case.profile_id])}#{line.item.key}",
        }
        return TemplateResponse(request, "vetting/check.html", context, status=422 if form.errors else 200)

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file, to be saved and never shown by the browser; to others than the team it does not exist."""
        if not self.admin_site.has_permission(request):
            raise Http404
        one = get_object_or_404(Evidence.objects.exclude(stored="").select_related("check_of__case"), pk=pk)
        try:
            return evidence.as_download(one)
        except evidence.Lost as lost:
            messages.error(request, str(lost))
            return redirect(self._page_name(), one.check_of.case.profile_id)


def _of_the(case: VettingCase) -> tuple[Decision, ...]:
    approving = APPROVE if case.level == Level.OV else FINAL if case.first_approver else FIRST
    return (RELEASE if case.taken_by else TAKE, approving, DECLINE)


def _ev_request(profile: OrganizationProfile) -> EvRequest | None:
    """The upgrade that is open, or else the one that led to EV."""
    requests = profile.ev_requests.select_related("approver", "signer", "requester").order_by("-pk")
    shown = (*EvRequest.OPEN, EvRequest.Status.APPROVED) if profile.status != Status.PENDING else ()
    return requests.filter(status__in=shown).first()


def _all_checks(profile: OrganizationProfile) -> Any:
    return Check.objects.filter(case__profile=profile).select_related("by").prefetch_related("evidence")


def _earlier(profile: OrganizationProfile, lines: list[Line]) -> list[tuple[Any, Check]]:
    """What was checked and does not count in the open case: superseded, or of another case; each with its item's title."""
    counting = [line.check.pk for line in lines if line.check]
    return [(title_of(one.key), one) for one in _all_checks(profile).exclude(pk__in=counting)[:50]]
