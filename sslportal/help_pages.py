"""Pages of the Help menu that belong to no app."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sslportal.kit import clock, policy, policy_words
from sslportal.kit.access import needs


@needs("preferences.change")
def rules(request: HttpRequest) -> HttpResponse:
    """What the rules are and when they change."""
    now = policy.at(clock.now())
    coming = [
        (day, [(policy_words.NAMES[change.what], policy_words.value_of(change.row)) for change in changes])
        for day, changes in groupby(policy.changes_after(now.moment), key=lambda change: change.on)
    ]
    return render(
        request,
        "help/rules.html",
        {
            "policy": policy_words.POLICIES.get(now.policy, now.policy),
            "coming": coming,
            "parts": policy_words.parts(now),
        },
    )
