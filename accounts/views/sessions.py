"""Ending sessions of one's own (A11); the list is on My Preferences."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.actions import sessions
from accounts.requests import PersonRequest
from accounts.views.second_factor import on_preferences
from sslportal.kit.access import needs


@needs("preferences.change")
@require_POST
def end(request: PersonRequest, pk: int) -> HttpResponse:
    """One of the others; the one in use ends by signing out."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    sessions.end_session(get_object_or_404(others, pk=pk), by=request.user)
    messages.success(request, _("The session was ended."))
    return redirect(on_preferences("sessions"))


@needs("preferences.change")
@require_POST
def end_others(request: PersonRequest) -> HttpResponse:
    count = sessions.end_others(request.user, str(request.session.session_key))
    says = ngettext("%(count)d other session was ended.", "%(count)d other sessions were ended.", count)
    messages.success(request, says % {"count": count})
    return redirect(on_preferences("sessions"))
