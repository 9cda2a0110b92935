"""What is wrong with what somebody wants to be scanned, as codes, and as sentences for those who do not translate."""

from __future__ import annotations

from typing import NamedTuple

MOST_PAIRS = 65_534  # of address and port
MOST_PROBLEMS = 20  # that are listed; who pasted something else altogether needs no more

SENTENCES = {
    "nothing": "There is nothing to scan: no address was given, or each one is excluded.",
    "too-many": f"These are {{detail}} pairs of address and port; at most {MOST_PAIRS:,} can be scanned at once."
    " Leave out addresses or ports, or make several scans of it.",
    "not-an-address": '"{entry}" is neither an IP address nor a domain name, a range (10.0.0.1-10.0.0.20) or a network'
    " (10.0.0.0/24).",
    "not-ascii": '"{entry}" has letters beyond ASCII. Write the name as DNS has it: xn--…',
    "number": '"{entry}" is no IP address: it takes four numbers from 0 to 255.',
    "url": '"{entry}" is a URL. Write its host only, and its port under ports.',
    "has-port": '"{entry}" has a port. Write the address only, and the port under ports.',
    "wildcard": '"{entry}" stands for any name, and nobody can tell which there are. Write the names.',
    "short-range": '"{entry}": write both ends of a range in full, as in 10.0.0.1-10.0.0.20.',
    "mixed-range": '"{entry}" begins with IPv4 and ends with IPv6.',
    "backwards": '"{entry}" ends before it begins.',
    "network": '"{entry}" is no network: after an IPv4 address stands a number from 0 to 32, after IPv6 one up to 128.',
    "not-a-host": '"{entry}" is, or has inside it, addresses that are no computer\'s: 0.0.0.0, multicast or broadcast.',
    "port": '"{entry}" is no port: a number from 1 to 65535, or a range of them as 9000-9010.',
}  # fmt: skip


class Problem(NamedTuple):
    """What is wrong with an entry: a key of SENTENCES."""

    code: str
    entry: str = ""
    detail: str = ""

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(entry=self.entry, detail=self.detail)


class BadTargets(ValueError):
    """All that is wrong with what was asked for."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.sentence for problem in problems))
        self.problems = problems
