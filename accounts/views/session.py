"""How long the session lasts without activity: asked by the pages themselves, which warn before it ends."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.middleware import note_activity, seconds_left
from sslportal.kit.access import public


@public("a page asks whether its reader is still signed in")
@never_cache
def left(request: HttpRequest) -> JsonResponse:
    """The seconds that are left; 401 where nobody is signed in any more. Asking counts as no activity."""
    if not request.user.is_authenticated:
        return JsonResponse({"left": 0}, status=401)
    return JsonResponse({"left": seconds_left(request)})


@public("a page asks whether its reader is still signed in")
@require_POST
def stay(request: HttpRequest) -> HttpResponseBase:
    """The person is there: the time begins anew."""
    if request.user.is_authenticated:
        note_activity(request)
    return left(request)
