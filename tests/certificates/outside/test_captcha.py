"""The captcha: work that the browser does, and that counts once, whatever the cache forgets."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import django_altcha
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from certificates.models import SpentCaptcha, Visit
from certificates.outside import captcha
from sslportal.kit import clock
from tests.certificates.outside.visiting import Outsider, text_of, url_of


@pytest.fixture
def guarded(portal):
    portal.requires_captcha = True
    portal.save()
    return portal


def solve(challenge):
    """As the widget does."""
    for number in range(challenge["max_number"] + 1):
        if hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest() == challenge["challenge"]:
            return answer_of(challenge, number=number)
    raise AssertionError("no number solves it")


def answer_of(challenge, /, **fields):
    told = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**told, "number": 0, **fields}).encode()).decode()


def test_who_has_solved_it_gets_in_and_nobody_else(guarded, olga):
    assert olga.enter().status_code == 422
    assert olga.enter(captcha="").status_code == 422

    page = olga.enter(captcha=solve(olga.get("captcha/").json()))

    assert url_of(page) == f"{olga.base}new/"
    assert Visit.objects.count() == 1


def test_an_answer_counts_once_though_the_cache_forgets(guarded, olga):
    answer = solve(olga.get("captcha/").json())
    olga.enter(captcha=answer)
    cache.clear()

    again = Outsider(Client(), guarded, "eve@outside.example").enter(captcha=answer)

    assert again.status_code == 422
    assert Visit.objects.count() == 1


def test_an_answer_is_not_spent_on_a_form_with_another_mistake(guarded, olga):
    answer = solve(olga.get("captcha/").json())

    assert olga.enter("no address", captcha=answer).status_code == 422
    assert not SpentCaptcha.objects.exists()
    assert olga.enter("olga@outside.example", captcha=answer).status_code == 200


def test_an_answer_is_too_old_after_twenty_minutes(guarded, olga):
    answer = solve(olga.get("captcha/").json())

    with time_machine.travel(clock.now() + timedelta(minutes=21)):
        assert olga.enter(captcha=answer).status_code == 422


def test_work_that_somebody_made_up_does_not_count(guarded, olga):
    made_up = {"algorithm": "SHA-256", "salt": "abc", "max_number": 10, "signature": "0" * 64}
    made_up["challenge"] = hashlib.sha256(b"abc5").hexdigest()

    assert olga.enter(captcha=answer_of(made_up, number=5)).status_code == 422


@pytest.mark.parametrize(
    "answer",
    [
        "x", "e30=", base64.b64encode(b"[]").decode(), base64.b64encode(b'"x"').decode(), base64.b64encode(b"\xff").decode(),
        base64.b64encode(b"[" * 1000).decode(), "A" * 1_000_000,
    ],
)  # fmt: skip
def test_an_odd_answer_is_refused(guarded, olga, answer):
    assert olga.enter(captcha=answer).status_code == 422


@pytest.mark.parametrize("field", ["algorithm", "challenge", "salt", "signature", "number"])
@pytest.mark.parametrize("value", [None, [], {}, 1e400, "MD5", -1, True])
def test_an_answer_with_odd_parts_is_refused(guarded, olga, field, value):
    challenge = olga.get("captcha/").json()

    assert olga.enter(captcha=answer_of(challenge, **{field: value})).status_code == 422


def test_the_work_is_half_a_second_and_not_eight(guarded, olga):
    assert olga.get("captcha/").json()["max_number"] == 100_000


def test_there_is_no_work_where_none_is_asked_for(portal, olga):
    assert olga.get("captcha/").status_code == 404


def test_only_the_page_with_the_captcha_lets_its_style_and_worker_in(guarded, olga):
    page = olga.client.get(olga.base)
    policy = page.headers["Content-Security-Policy"]
    plain = olga.client.get("/sign-in/").headers["Content-Security-Policy"]

    assert "worker-src 'self' blob:" in policy
    assert "sha256-" in re.search("style-src[^;]*", policy).group()
    assert "unsafe" not in policy
    assert "sha256-" not in plain
    assert "needs JavaScript" in text_of(page)


def test_the_style_that_is_let_in_is_that_of_the_widget():
    """The widget puts it into the page: a text that is written out in its program."""
    program = (Path(django_altcha.__file__).parent / "static/altcha/altcha.min.js").read_text()
    (style,) = re.findall(r"='(@keyframes [^']*)'", program)

    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" == captcha.STYLE


def test_the_widget_speaks_the_readers_language(guarded, olga):
    assert "I am not a robot" in olga.get().content.decode()
