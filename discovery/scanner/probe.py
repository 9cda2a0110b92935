"""One endpoint: which certificates does it show? Each probe is at most one connection, and never ends in an exception."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from discovery.scanner import suites
from discovery.scanner.flight import Flight
from discovery.scanner.handshake import shake_hands
from discovery.scanner.hello import CERTIFICATE, RSA_CERTIFICATE, Offer, client_hello
from discovery.scanner.results import ALERT, FOUND, MUTE, UNFINISHED, Failure, Result, Shown
from discovery.scanner.starttls import start_tls
from discovery.scanner.targets import Endpoint
from discovery.scanner.wire import TimeIsUp, Wire

# What servers say to a hello of TLS 1.2 that speak TLS 1.3 alone; the first is right, the others occur
_PERHAPS_TLS13 = {"protocol_version", "handshake_failure", "insufficient_security"}


class Timeouts(NamedTuple):
    """Seconds for each step, of which an endpoint that answers uses next to nothing."""

    resolve: float = 5.0
    connect: float = 2.0  # long enough for a second SYN, which is sent after one
    starttls: float = 10.0  # some mail servers let strangers wait before they greet
    answer: float = 5.0  # for all of it, so that nobody gains by dripping


async def find(endpoint: Endpoint, timeouts: Timeouts) -> Result:
    """The certificates of the endpoint: one, or an RSA certificate beside an ECDSA one. Up to two probes.

    The hello offers ECDSA first, and as a rule a server that has both shows that one. An ECDSA certificate that a server
    hides behind its RSA certificate is not looked for: that would be a second connection to nearly everybody.
    """
    try:
        shown = await _first(endpoint, timeouts)
    except Failure as failure:
        return Result(endpoint.host, endpoint.port, failure.outcome, failure.detail, endpoint.address)
    both = (shown, *await _beside(shown, endpoint, timeouts))
    return Result(endpoint.host, endpoint.port, FOUND, address=endpoint.address, shown=both)


async def _first(endpoint: Endpoint, timeouts: Timeouts) -> Shown:
    try:
        return (await ask(endpoint, CERTIFICATE, timeouts)).shown
    except Failure as failure:
        if failure.outcome != ALERT or failure.detail not in _PERHAPS_TLS13:
            raise
        refusal = failure
    try:
        return await _whole_handshake(endpoint, timeouts)
    except Failure:
        raise refusal from None  # of the two, that to the hello which offers everything


async def _beside(shown: Shown, endpoint: Endpoint, timeouts: Timeouts) -> list[Shown]:
    """The RSA certificate of a server that showed one for ECDSA, if it has one."""
    if shown.suite not in suites.ECDSA:
        return []
    try:
        return [(await ask(endpoint, RSA_CERTIFICATE, timeouts)).shown]
    except Failure:
        return []


async def ask(endpoint: Endpoint, offer: Offer, timeouts: Timeouts) -> Flight:
    """One probe: what the server answers to this offer. Raises Failure."""
    wire = await _connect(endpoint, timeouts)
    flight = Flight(offer)
    try:
        await wire.send(client_hello(offer, endpoint.name))
        while not flight.is_complete:
            data = await wire.receive()
            if not data:
                raise flight.ended(in_time=True)
            flight.feed(data)
    except TimeIsUp:
        raise flight.ended(in_time=False) from None
    finally:
        wire.close()
    return flight


async def _whole_handshake(endpoint: Endpoint, timeouts: Timeouts) -> Shown:
    wire = await _connect(endpoint, timeouts)
    try:
        return await shake_hands(wire, endpoint.name)
    except TimeIsUp:
        raise Failure(UNFINISHED) from None
    finally:
        wire.close()


async def _connect(endpoint: Endpoint, timeouts: Timeouts) -> Wire:
    """A wire on which the hello may be sent, and on which the answer may last its time from now on. Raises Failure."""
    wire = Wire(asyncio.get_running_loop(), endpoint.address)
    try:
        wire.within(timeouts.connect)
        await wire.connect(endpoint.port)
        wire.within(timeouts.starttls)
        await start_tls(wire, endpoint.port)
    except TimeIsUp:
        wire.close()
        raise Failure(MUTE) from None
    except BaseException:
        wire.close()
        raise
    wire.within(timeouts.answer)
    return wire
