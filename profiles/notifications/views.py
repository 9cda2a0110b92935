"""The list of notices, one notice, and the page on which reminders are stopped."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from profiles.notifications import reading, unsubscribing
from profiles.notifications.models import Notice
from profiles.notifications.tables import NoticeTable
from sslportal.kit.access import needs, public
from sslportal.kit.tables import list_page


@needs("notices.see")
@require_safe
def notice_list(request: PersonRequest) -> HttpResponseBase:
    notices = Notice.objects.visible_to(request.user).of_last(reading.DAYS)
    context = {"newest": notices.order_by("-created_at").first(), "has_webhook": request.user.may("account.change")}
    rows = notices.with_subject().select_related("profile")
    return list_page(request, NoticeTable, rows, "profiles/notifications/list.html", context)


@needs("notices.see")
@require_safe
def details(request: PersonRequest, pk: int) -> HttpResponse:
    """Whoever looks at it has read it."""
    notice = _visible(request, pk)
    reading.open_notice(notice, by=request.user)
    return render(request, "profiles/notifications/details.html", {"notice": notice})


@needs("notices.see")
@require_POST
def mark_read(request: PersonRequest, pk: int) -> HttpResponse:
    """This one, which was the newest on the list, and all before it."""
    reading.mark_read(_visible(request, pk), by=request.user)
    messages.success(request, _("All notifications were marked as read."))
    return redirect("profiles:notifications")


def _visible(request: PersonRequest, pk: int) -> Notice:
    """The notice, where the person may see it. Raises Http404."""
    return get_object_or_404(Notice.objects.visible_to(request.user).select_related("profile"), pk=pk)


@public("the reader of the mail need not have an account; the link is signed")
@csrf_exempt  # the signature in the address is what counts, no cookie; and mail providers send no CSRF token (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stops reminders, and lets them be sent again. Looking at it changes nothing: a mail scanner that opens it does not."""
    reminders = unsubscribing.read(token)
    if reminders is None:
        return render(request, "profiles/notifications/link_refused.html", {"why": "unknown"}, status=404)
    if request.POST.get("List-Unsubscribe") == "One-Click" or request.POST.get("reminders") == "stop":
        unsubscribing.unsubscribe(reminders.address, reminders.about)
    elif request.POST.get("reminders") == "again":
        unsubscribing.subscribe_again(reminders.address, reminders.about)
    return render(request, "profiles/notifications/unsubscribe.html", {"reminders": reminders})
