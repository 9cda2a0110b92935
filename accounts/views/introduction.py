"""The Introduction: slides that show what to do first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.actions.introduction import show_introduction_again
from accounts.introduction import SLIDES, note_seen
from accounts.models import Administrator
from sslportal.kit.access import needs
from sslportal.kit.leading import next_address


@needs("introduction.see")
def slides(request: HttpRequest) -> HttpResponse:
    """Show the slide asked for. Close, or a change of the checkbox, keeps whether the slides come again."""
    note_seen(request)
    if request.method != "POST":
        context = _slides(request.user, request.GET.get("slide", ""))  # type: ignore[arg-type]
        return render(request, "accounts/introduction.html", {**context, "next": next_address(request)})
    show_introduction_again(request.user, "again" in request.POST)  # type: ignore[arg-type]
    if request.POST.get("go") == "keep":
        return HttpResponse(status=204)
    return redirect(next_address(request) or reverse("home"))


def _slides(person: Administrator, asked: str) -> dict[str, Any]:
    """All slides, with the page that each leads the person to; which is shown, and which come before and after it."""
    last = len(SLIDES)
    shown = int(asked) if asked in map(str, range(1, last + 1)) else 1
    return {
        "slides": [(slide, reverse(slide.view) if slide.leads_on(person) else "") for slide in SLIDES],
        "shown": shown,
        "before": shown - 1,
        "after": shown + 1 if shown < last else 0,
    }
