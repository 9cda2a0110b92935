"""What the program talks with that people run on their own computer: JSON, and a secret that only it has."""

import base64
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from discovery import chunks, programs, rules
from discovery.actions import asking, finishing, intake, scans
from discovery.actions.room import NoRoom
from discovery.health import actions as checks
from discovery.health import reports
from discovery.health.models import HealthCheck
from discovery.health.rules import may_be_heard
from discovery.models import Question, Scan
from discovery.scanner.results import BadResult
from discovery.states import Status
from sslportal.kit.access import public
from sslportal.kit.moves import Refused

SECRET = re.compile(r"[A-Za-z0-9_-]{32,200}")
PLACES = 3  # that the programs of an account have at once: one that floods the portal keeps no more of it busy

Endpoint = Callable[..., JsonResponse]


class Turned(Exception):
    """The program is answered with an error: the HTTP status, and a sentence for the person who runs it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status = status
        self.sentence = sentence


def for_programs(view: Endpoint) -> Any:
    """A view that a program calls. It is no page: no cookie counts here, so that none can be misused."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except Turned as turned:
            return JsonResponse({"error": turned.sentence}, status=turned.status)
        except NoRoom as full:
            return JsonResponse({"error": str(full)}, status=413)
        except Refused as refused:
            return JsonResponse({"error": str(refused)}, status=410)
        except (BadResult, intake.NotAsked) as bad:
            sentence = _("What the program sent cannot be read: %(detail)s.") % {"detail": bad}
            return JsonResponse({"error": sentence}, status=400)

    why = "a program on a person's own computer calls it, with a secret of its own"
    return public(why)(never_cache(csrf_exempt(require_POST(answered))))


def secret(request: HttpRequest) -> str:
    """What the program proves itself with. Raises Turned where it does not."""
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not SECRET.fullmatch(value):
        raise stranger(request)
    return value


def stranger(request: HttpRequest) -> Turned:
    """Who has no secret that counts; from an address that has sent many such, another answer."""
    if not ratelimit.consume(request, action="program"):
        return Turned(429, _("Too many programs with wrong secrets run at your address. Wait a minute."))
    return Turned(
        401, _("This file was run on another computer already, or is out of date. Download it anew from the portal.")
    )


def content(request: HttpRequest) -> Any:
    """The JSON of the request. Raises Turned where it is none."""
    try:
        return json.loads(request.body)
    except RequestDataTooBig:
        raise Turned(413, _("That is too much at once.")) from None
    except (ValueError, RecursionError):
        raise Turned(400, _("That is not JSON.")) from None


def new_session(request: HttpRequest) -> str:
    """The secret that a program has made for itself."""
    given = content(request)
    value = given.get("session") if isinstance(given, dict) else None
    if not isinstance(value, str) or not SECRET.fullmatch(value):
        raise Turned(400, _("What the program sent cannot be read: %(detail)s.") % {"detail": "session"})
    return value


@for_programs
@transaction.atomic
def start(request: HttpRequest, uid: UUID) -> JsonResponse:
    """The token of the file for a session; again with the same session, at any time."""
    token, session = secret(request), new_session(request)
    try:
        if check := _check_of(uid):
            return JsonResponse({"position": checks.begin(check, token, session)})
        scan = Scan.objects.filter(uid=uid).select_related("run_by").first()
        if scan and rules.may_be_heard(scan):
            return JsonResponse({"position": _begin_scan(scan, token, session)})
    except programs.Stranger:
        pass
    raise stranger(request)


def _begin_scan(scan: Scan, token: str, session: str) -> int:
    scan = scans.begin(scan, token, session)
    asking.ask_again(scan)
    return scan.position


def _scan(request: HttpRequest, uid: UUID) -> Scan:
    """The scan whose program it is. Raises Turned, also where too many of the account's are heard already."""
    scan = Scan.objects.filter(uid=uid).select_related("account", "run_by").first()
    if scan is None or not programs.is_of(scan, secret(request)) or not rules.may_be_heard(scan):
        raise stranger(request)
    if not any(_is_free(place) for place in places(scan.account_id)):
        raise Turned(429, _("The portal hears other programs of your account now. Try again in a moment."))
    return scan


def places(account_id: int) -> list[str]:
    return [f"program {number} of account {account_id}" for number in range(PLACES)]


def _is_free(place: str) -> bool:
    """Whether nobody has it, in which case it is ours until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [place])
        return bool(cursor.fetchone()[0])


@for_programs
@transaction.atomic
def results(request: HttpRequest, uid: UUID) -> JsonResponse:
    """A chunk of what was found."""
    scan = _scan(request, uid)
    chunk = chunks.read_chunk(content(request))
    intake.take(scan, chunk.position, chunk.results)
    return JsonResponse({"questions": _open_questions(scan)})


@for_programs
@transaction.atomic
def answers(request: HttpRequest, uid: UUID) -> JsonResponse:
    """What CAs said."""
    scan = _scan(request, uid)
    given = chunks.read_answers(content(request))
    _require_open(scan)
    asking.answer(scan, given)
    return JsonResponse({"questions": _open_questions(scan)})


@for_programs
def health(request: HttpRequest, uid: UUID) -> JsonResponse:
    """What a health check has seen of a URL, or how far it is with it."""
    check = _check(request, uid)
    checks.report(check, reports.read(content(request)))
    return JsonResponse({})


def _check_of(uid: UUID) -> HealthCheck | None:
    return HealthCheck.objects.filter(uid=uid).select_related("order__profile", "by").first()


def _check(request: HttpRequest, uid: UUID) -> HealthCheck:
    check = _check_of(uid)
    if check is None or not programs.is_of(check, secret(request)) or not may_be_heard(check):
        raise stranger(request)
    return check


@for_programs
@transaction.atomic
def end(request: HttpRequest, uid: UUID) -> JsonResponse:
    """The program has come to the end, or was stopped on its way."""
    if _check_of(uid):
        return _end_check(_check(request, uid), content(request))
    scan = _scan(request, uid)
    given = content(request)
    if isinstance(given, dict) and given.get("is_finished") is True:
        is_done = finishing.finish(scan)
        if not is_done:
            _require_open(scan)
            asking.ask_again(scan)
    else:
        scans.stop(scan)
        is_done = True
    questions = [] if is_done else _open_questions(scan)
    url = f"{settings.PORTAL_URL}{scan.get_absolute_url()}"
    return JsonResponse({"is_done": is_done, "questions": questions, "url": url})


def _end_check(check: HealthCheck, given: Any) -> JsonResponse:
    """One that was stopped goes on when it is run again."""
    if isinstance(given, dict) and given.get("is_finished") is True:
        checks.complete(check)
    url = f"{settings.PORTAL_URL}{check.get_absolute_url()}"
    return JsonResponse({"is_done": True, "questions": [], "url": url})


def _require_open(scan: Scan) -> None:
    """Raises Refused where the scan is over; its status may have changed since it was fetched."""
    scan.refresh_from_db(fields=["status"])
    if not scan.is_open or scan.status == Status.WAITING:
        raise Refused(scans.over(scan))


def _open_questions(scan: Scan) -> list[dict[str, Any]]:
    return [_as_json(question) for question in asking.open_questions(scan)]


def _as_json(question: Question) -> dict[str, Any]:
    body = {"body": base64.b64encode(bytes(question.body)).decode()} if question.body else {}
    return {"id": question.pk, "url": question.url, **body}
