"""Outgoing mail at the vetting team's desk: what did not get away, why, and sending it again. Nobody reads it there."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from sslportal.kit import audit, outbox
from sslportal.kit.desk import LookOnly, site
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import Refused

Status = OutgoingMail.Status


class StateFilter(admin.SimpleListFilter):
    """By status, and by what is worth a look."""

    title = gettext_lazy("Status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("failed", Status.FAILED.label),
            ("uncertain", pgettext("mail", "Uncertain")),
            ("long", _("Waiting long")),
            ("waiting", Status.WAITING.label),
            ("sent", Status.SENT.label),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.value() or ""
        special = {"uncertain": outbox.uncertain, "long": outbox.waiting_long}
        known = {value for value, _word in self.lookup_choices}
        if chosen not in known:
            return queryset
        return queryset.filter(special[chosen]() if chosen in special else Q(status=chosen))


@admin.register(OutgoingMail, site=site)
class OutgoingMailAdmin(LookOnly):
    """The list, and the page of one mail with the button to send it again. Letters hold links: their text is not shown."""

    list_display = ("to", "subject", "state", "attempts", "last_error", "created_at")
    list_filter = (StateFilter,)
    search_fields = ("to", "subject")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = readonly_fields = (
        "to", "subject", "state", "attempts", "last_error", "created_at", "next_try_at", "refused_at", "handed_at", "sent_at",
    )  # fmt: skip
    change_list_template = "vetting/mails.html"
    change_form_template = "vetting/mail.html"

    @admin.display(description=gettext_lazy("Status"), ordering="status")
    def state(self, mail: OutgoingMail) -> str:
        return pgettext("mail", "Uncertain") if outbox.is_uncertain(mail) else mail.get_status_display()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"server_trouble": outbox.server_trouble(), **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        mail = self.get_object(request, object_id)
        context = {}
        if mail:
            context = {
                "state": self.state(mail),
                "is_uncertain": outbox.is_uncertain(mail),
                "can_be_sent_again": outbox.can_be_sent_again(mail),
                "history": audit.story(mail, names_team=True),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        again = self.admin_site.admin_view(require_POST(self.send_again))
        return [path("<int:pk>/send-again/", again, name="kit_outgoingmail_again"), *super().get_urls()]

    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = get_object_or_404(OutgoingMail, pk=pk)
        try:
            outbox.send_again(mail, by=request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("The mail to %(address)s is on its way again.") % {"address": mail.to})
        return redirect("vetting:kit_outgoingmail_change", pk)
