"""The captcha of the entrance: the browser does a piece of work, which counts once. Nobody else is asked for it (ALTCHA)."""

import hashlib
import json
import logging
from base64 import b64decode
from typing import Any

import altcha
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_altcha import AltchaField, get_altcha_challenge, get_hmac_key

from certificates.outside.models import SpentCaptcha

log = logging.getLogger(__name__)

MOST_NUMBER = 100_000  # tries at most: about half a second in a browser, where the default takes eight
COUNTS_FOR = 20 * 60 * 1000  # milliseconds
LONGEST = 2_000  # characters of an answer
# The widget puts its style sheet into the page by itself: it is let in by its hash, and only where there is a captcha.
# A test compares it with the widget that is installed.
STYLE = "'sha256-pg+oQARqMq4wCazyrsMt8HY89BJkXkEFkwNWxg2iPdg='"
POLICY = {"style-src": [STYLE], "worker-src": ["'self'", "blob:"]}


def challenge() -> dict[str, Any]:
    """Something to work at."""
    return dict(vars(get_altcha_challenge(max_number=MOST_NUMBER, expires=COUNTS_FOR)))


class CaptchaField(AltchaField):
    """The widget and its answer. Which answers were given is kept in PostgreSQL: the cache may lose them."""

    def __init__(self, challenge_url: str) -> None:
        super().__init__(
            label=gettext_lazy("Captcha"),
            challengeurl=challenge_url,
            auto="onload",
            hidefooter=True,
            hidelogo=True,
            maxnumber=MOST_NUMBER,
            strings=json.dumps(_words(), ensure_ascii=False),
        )

    def validate(self, value: Any) -> None:
        if not value:
            raise ValidationError(_("Wait until the check has ended, then send the form again."), code="required")
        if not _is_solved(str(value)):
            raise ValidationError(_("The check has failed or is too old. It begins anew now."), code="invalid")

    @staticmethod
    def spend(value: str) -> None:
        """The answer counts from now on no more. Raises ValidationError where it did not before."""
        work = json.loads(b64decode(value))["challenge"]
        _row, is_new = SpentCaptcha.objects.get_or_create(digest=hashlib.sha256(str(work).encode()).digest())
        if not is_new:
            raise ValidationError(_("The check has failed or is too old. It begins anew now."), code="replay")


def _is_solved(value: str) -> bool:
    if len(value) > LONGEST:
        return False
    try:
        solved, _why = altcha.verify_solution(value, get_hmac_key(), check_expires=True)
    except Exception:  # the answer is anybody's: it may hold any JSON, and the library trusts the types in it
        log.info("an answer to a captcha could not be read", exc_info=True)
        return False
    return bool(solved)


def _words() -> dict[str, str]:
    """What the widget says, in the language in use now."""
    return {
        "label": _("I am not a robot"),
        "verifying": _("Checking…"),
        "verified": _("Checked"),
        "error": _("The check has failed. Try again."),
        "expired": _("The check is too old. Try again."),
        "waitAlert": _("Checking… please wait."),
    }


class WithCaptcha(forms.Form):
    """A form with the captcha, where the portal asks for one. It is spent once all else is in order."""

    def add_captcha(self, challenge_url: str) -> None:
        self.fields["captcha"] = CaptchaField(challenge_url)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not self.errors and answers.get("captcha"):
            try:
                CaptchaField.spend(answers["captcha"])
            except ValidationError as error:
                self.add_error("captcha", error)
        return answers
