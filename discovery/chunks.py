"""What a program sends, read as from anybody: chunks of results, and answers to questions."""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from discovery.scanner import results
from discovery.scanner.problems import MOST_PAIRS
from discovery.scanner.results import BadResult, Result

MOST_RESULTS = 200
MOST_ANSWERS = 200
LARGEST_ANSWER = 1_000_000  # bytes
LONGEST_PROBLEM = 200


@dataclass(frozen=True)
class Chunk:
    """Results, and how far the scan is with them."""

    position: int
    results: list[Result]


@dataclass(frozen=True)
class Answer:
    """What a CA said, or why it said nothing."""

    question: int
    body: bytes = b""
    problem: str = ""


def read_chunk(data: object) -> Chunk:
    """Raises BadResult."""
    given = _object(data, {"position", "results", "certificates"})
    position, listed, certificates = given.get("position"), given.get("results"), given.get("certificates", {})
    if type(position) is not int or not 0 <= position <= MOST_PAIRS:
        raise BadResult("position")
    if not isinstance(listed, list) or len(listed) > MOST_RESULTS or not isinstance(certificates, dict):
        raise BadResult("results or certificates")
    known = {_fingerprint(name, text): text for name, text in certificates.items()}
    return Chunk(position, [results.from_json(_with_certificates(one, known)) for one in listed])


def read_answers(data: object) -> list[Answer]:
    """Raises BadResult."""
    listed = _object(data, {"answers"}).get("answers")
    if not isinstance(listed, list) or len(listed) > MOST_ANSWERS:
        raise BadResult("answers")
    return [_answer(one) for one in listed]


def _answer(data: object) -> Answer:
    given = _object(data, {"id", "body", "problem"})
    question, problem = given.get("id"), given.get("problem", "")
    if type(question) is not int or not 0 < question < 2**63 or not isinstance(problem, str):
        raise BadResult("id or problem")
    body = _bytes(given.get("body", ""))
    if len(body) > LARGEST_ANSWER:
        body, problem = b"", "too-large"
    if not body and not problem:
        problem = "nothing was answered"
    return Answer(question, body, results.readable(problem.encode("ascii", "replace"))[:LONGEST_PROBLEM])


def _with_certificates(data: object, known: dict[str, str]) -> object:
    """The result with its chains written out; in a chunk they are named by fingerprint."""
    if not isinstance(data, dict) or not isinstance(data.get("shown", []), list):
        raise BadResult("result")
    shown = [_written_out(one, known) for one in data.get("shown", [])]
    return {**data, **({"shown": shown} if shown else {})}


def _written_out(data: object, known: dict[str, str]) -> object:
    if not isinstance(data, dict) or not isinstance(data.get("chain", []), list):
        raise BadResult("chain")
    try:
        return {**data, "chain": [known[name] for name in data.get("chain", [])]}
    except (KeyError, TypeError):
        raise BadResult("a chain names a certificate that is not there") from None


def _fingerprint(name: object, text: object) -> str:
    if not isinstance(name, str) or sha256(_bytes(text)).hexdigest() != name:
        raise BadResult("a certificate is not what its fingerprint says")
    return name


def _object(data: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(data, dict) or not set(data) <= names:
        raise BadResult("not an object with the fields of one")
    return data


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise BadResult("not Base64")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise BadResult("not Base64") from None
