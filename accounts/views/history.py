"""Account History: who did what, when, and from where (B9)."""

from django.db.models import Case, CharField, F, TextField, Value, When
from django.db.models.functions import Cast
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from accounts.tables import HistoryTable
from sslportal.kit.access import needs
from sslportal.kit.models import HistoryEntry
from sslportal.kit.tables import list_page


@needs("history.see")
@require_safe
def history(request: PersonRequest) -> HttpResponseBase:
    """The rows of the own account. Those of the vetting team are there without names and addresses, also for a search."""
    rows = HistoryEntry.objects.filter(account_id=request.user.account_id)
    rows = rows.annotate(shown_actor=_unless_team("actor"), shown_origin=_unless_team("origin"))
    rows = rows.alias(edited=Cast("changes", TextField()))
    return list_page(request, HistoryTable, rows, "accounts/history.html", {})


def _unless_team(field: str) -> Case:
    return Case(When(is_team=True, then=Value("")), default=F(field), output_field=CharField())
