"""`./portal bench scan-results`: what a scan that finds 65,534 certificates costs the portal: upload, analysis, the pages.

All certificates are different. They are sent over HTTP in chunks, as the scan program does; the revocation list of their
CA is sent too, and answers for each of them.
"""

import base64
import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit

import django

from discovery.scanner import targets
from discovery.scanner.results import to_json
from tests.visitor import Visitor

INCLUDE, PAIRS, CHUNK = "10.0.0.0/16", 65_534, 200
LIMIT_UPLOAD, LIMIT_FINISH, LIMIT_PAGE, LIMIT_EXPORT = 120, 15, 400, 30  # seconds, seconds, milliseconds, seconds
SESSION, ROUNDS = "the-session-of-the-program-in-the-benchmark", 5
ASKED = [
    ("the overview", "/discovery/", {}),
    ("the first page of the results", "/discovery/results/", {}),
    ("the last page", "/discovery/results/", {"page": "2622"}),
    ("sorted by status", "/discovery/results/", {"sort": "status"}),
    ("sorted by issuer", "/discovery/results/", {"sort": "issuer"}),
    ("filtered by a warning", "/discovery/results/", {"warning": "name-mismatch"}),
    ("filtered by a status", "/discovery/results/", {"status": "good"}),
    ("searched for a name", "/discovery/results/", {"q": "host-4711"}),
    ("what was issued but not found", "/discovery/not-found/", {}),
]


def main() -> int:
    """Print what was measured; returns 1 where one is over its limit."""
    django.setup()
    from tests.factories import PASSWORD, make_account, make_person

    person = make_person("scanner@example.net", make_account("Scanner Ltd"))
    results = list(found())
    over = [
        say(
            "seconds for upload and analysis of 65,534 certificates",
            seconds(lambda: scan(person, results)),
            LIMIT_UPLOAD,
        )
    ]
    over.append(
        say("seconds for the same again, to compare and replace", seconds(lambda: scan(person, results)), LIMIT_UPLOAD)
    )
    visitor = Visitor(os.environ["PORTAL_URL"]).sign_in(person.email, PASSWORD)
    for what, path, asked in ASKED:
        url = f"{path}?{urlencode({'q': '', 'status': '', 'warning': '', 'sort': '', **asked})}"
        best = min(seconds(lambda url=url: visitor.get(url)) for _round in range(ROUNDS))
        over.append(say(f"milliseconds for {what}", 1000 * best, LIMIT_PAGE))
    export = seconds(lambda: visitor.get("/discovery/results/?q=&status=&warning=&sort=&export=all"))
    over.append(say(f"seconds for an export of {visitor.text.count(chr(10)) - 1:,} rows", export, LIMIT_EXPORT))
    return int(any(over))


def say(what: str, number: float, limit: float) -> bool:
    """Returns whether the number is over its limit."""
    over = number > limit
    sys.stdout.write(f"{what:74}{number:>10.1f}{limit:>10}{'  over' if over else ''}\n")
    sys.stdout.flush()
    return over


def seconds(act: Callable[[], Any]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def found() -> Iterator[dict[str, Any]]:
    """The results in JSON, each with its chain in DER: whose CA is the benchmark's own."""
    from tests.discovery.strange_ca import strange_ca

    theirs = strange_ca()
    for number, endpoint in enumerate(islice(targets.parse(INCLUDE).endpoints(), PAIRS)):
        yield theirs.shown(endpoint.host, leaf=theirs.issue(f"host-{number}.example", ocsp_url=""))


def scan(person: Any, results: list[Any]) -> None:
    """As the scan program does, from the first chunk to the end."""
    from tests.discovery.strange_ca import strange_ca
    from tests.factories import make_scan

    one = make_scan(person, include=INCLUDE, session=SESSION)
    portal = Portal(f"/discovery/agent/{one.uid}/")
    questions = []
    for begin in range(0, PAIRS, CHUNK):
        part = results[begin : begin + CHUNK]
        questions += portal.send("results", {"position": begin + len(part), **packed(part)})["questions"]
    answers = [{"id": one["id"], "body": base64.b64encode(strange_ca().crl()).decode()} for one in questions]
    say(
        "    of these, seconds for the answer of their CA",
        seconds(lambda: portal.send("answers", {"answers": answers})),
        LIMIT_FINISH,
    )
    finish = seconds(lambda: portal.send("end", {"is_finished": True}))
    say("    of these, seconds for its end", finish, LIMIT_FINISH)


def packed(results: list[Any]) -> dict[str, Any]:
    """Results with the certificates beside them, each once."""
    certificates, listed = {}, []
    for result in results:
        data = to_json(result)
        for shown in data["shown"]:
            known = {sha256(base64.b64decode(one)).hexdigest(): one for one in shown["chain"]}
            certificates |= known
            shown["chain"] = list(known)
        listed.append(data)
    return {"results": listed, "certificates": certificates}


class Portal:
    """Sends JSON to the program's addresses. Raises RuntimeError for an answer that is not 200."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.url = urlsplit(os.environ["PORTAL_URL"])
        self.connection = http.client.HTTPConnection(self.url.netloc, timeout=300)

    def send(self, what: str, data: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {SESSION}", "Content-Type": "application/json"}
        self.connection.request("POST", f"{self.path}{what}/", json.dumps(data), headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{what}: {answer.status} {body[:200]!r}")
        return dict(json.loads(body))


if __name__ == "__main__":
    sys.exit(main())
