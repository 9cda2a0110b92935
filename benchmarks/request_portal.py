"""`./portal bench request-portal [seconds]`: a flood at the entrance of a request portal, from one network.

What may grow is bounded by certificates/outside/limits.py; what the flood costs others is how long their pages take.
"""

import itertools
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import django

from benchmarks.lists import say
from tests.visitor import TOKEN, Visitor

SECONDS, THREADS = 20, 8
LIMIT_OTHERS = 1_000  # milliseconds for a page of an administrator meanwhile, the slowest of twenty but one


def main() -> int:
    """Print what was measured; returns 1 where something is over its limit."""
    django.setup()
    from certificates.models import Visit
    from certificates.outside import limits
    from sslportal.kit.models import OutgoingMail
    from tests import factories

    length = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    account = factories.make_account("Flooded")
    person = factories.make_person("flooded@example.net", account, is_global=True)
    profile = factories.make_profile(account, "Flooded", primary=person, in_request_portal=True)
    portal = factories.make_portal(account, filters_domains=True, mail_domains=["outside.example"])
    administrator = Visitor(os.environ["PORTAL_URL"]).sign_in(person.email, factories.PASSWORD)
    quiet = slowest_but_one(administrator)
    answers: list[int] = []
    until = time.monotonic() + length
    numbers = itertools.count()
    threads = [threading.Thread(target=flood, args=[portal.slug, numbers, answers, until]) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    loud = slowest_but_one(administrator)
    for thread in threads:
        thread.join()
    visits, mails = (
        Visit.objects.filter(portal=portal).count(),
        OutgoingMail.objects.filter(to__endswith="outside.example").count(),
    )
    sys.stdout.write(
        f"{profile}: {len(answers) / length:.0f} answers a second, {answers.count(429)} of {len(answers)} refused\n"
    )
    sys.stdout.write(f"milliseconds for a page of an administrator before it: {quiet:.0f}\n")
    most = max(limit.most for limit in limits.ENTERING if limit.field == "network")
    over = [
        say("visits that it made", visits, most),
        say("mails that it had sent", mails, most),
        say("milliseconds for a page of an administrator meanwhile", loud, LIMIT_OTHERS),
    ]
    return int(any(over))


def flood(slug: str, numbers: "itertools.count[int]", answers: list[int], until: float) -> None:
    """Somebody who gives another address each time, as fast as the portal answers. The token of the form is used again."""
    url = f"{os.environ['PORTAL_URL']}/request/{slug}/"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    found = TOKEN.search(opener.open(url, timeout=30).read().decode())
    assert found  # noqa: S101  # the page has a form
    while time.monotonic() < until:
        typed = {"csrfmiddlewaretoken": found.group(1), "email": f"n{next(numbers)}@outside.example", "go": "new"}
        request = urllib.request.Request(url, urlencode(typed).encode(), {"Referer": url})  # noqa: S310  # our own portal
        try:
            answers.append(opener.open(request, timeout=30).status)
        except urllib.error.HTTPError as error:
            answers.append(error.code)


def slowest_but_one(visitor: Visitor) -> float:
    """Of twenty looks at a page, in milliseconds."""
    taken = []
    for _number in range(20):
        began = time.perf_counter()
        visitor.get("/administration/request-portal/")
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[-2]


if __name__ == "__main__":
    sys.exit(main())
