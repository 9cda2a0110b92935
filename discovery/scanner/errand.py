"""One run of the program: begin at the portal, do the job, bring what comes of it, ask the CAs, tell the end."""

from __future__ import annotations

import asyncio
import platform
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType
from typing import Any, Callable

from discovery.scanner.fetch import Fetcher
from discovery.scanner.jobs import Job, Work, job
from discovery.scanner.portal import GO_ON, Portal, Refused, printable
from discovery.scanner.questions import Inquiry
from discovery.scanner.run import ExclusionFailed, Progress
from discovery.scanner.screen import Screen, line
from discovery.scanner.session import Session
from discovery.scanner.settings import Settings
from discovery.scanner.trouble import Trouble
from discovery.scanner.upload import Answers, Courier

BETWEEN_LOOKS = 0.5  # seconds; on Windows the loop hears of Ctrl-C no sooner


class Errand:
    """`run` it once. `leave` is called with an exit code where the person does not wait even for a polite end."""

    def __init__(
        self, settings: Settings, session: Session, portal: Portal, screen: Screen, leave: Callable[[int], Any]
    ) -> None:
        self._settings = settings
        self._session = session
        self._portal = portal
        self._screen = screen
        self._leave = leave
        self._job: Job = job(settings)
        self._thread = ThreadPoolExecutor(1, "portal")
        self._signal = 0  # that stopped it
        self._stops: list[Callable[[], Any]] = []

    async def run(self) -> int:
        """Returns the exit code. Raises Trouble."""
        self._listen()
        self._introduce()
        try:
            return await self._run()
        except Trouble as trouble:
            if isinstance(trouble, Refused) and trouble.is_final:
                self._session.forget()
            if not self._signal:
                raise
            self._screen.say(str(trouble))
            return 128 + self._signal

    def _introduce(self) -> None:
        """What this is going to do, before it does anything."""
        computer = printable(platform.node()) or "this computer"
        self._screen.say(f"{self._job.plan}, from {computer}.")
        self._screen.say(f"What it finds goes to {self._settings.portal}. Ctrl-C stops it; run it again to go on.")

    def _listen(self) -> None:
        """Ctrl-C and the like stop it politely. In this way since Windows knows no loop.add_signal_handler."""
        loop = asyncio.get_running_loop()

        def heard(number: int, frame: FrameType | None) -> None:
            if self._signal:
                self._leave(128 + number)
            self._signal = number
            with suppress(RuntimeError):  # the loop is closed: all is done
                loop.call_soon_threadsafe(self._stop)

        signal.signal(signal.SIGINT, heard)
        signal.signal(signal.SIGTERM, heard)

    def _stop(self) -> None:
        self._screen.say("Stopping: what was found is still sent to the portal. Ctrl-C again leaves at once.")
        self._portal.hurry()
        self._stop_all()

    def _stop_all(self) -> None:
        for stop in self._stops:
            stop()

    async def _run(self) -> int:
        start = await self._begin()
        answers, fetcher = Answers(), Fetcher()
        inquiry = Inquiry(fetcher, answers)
        courier = Courier(self._bring, inquiry.hear)
        work, source = self._job.begin(start, courier.call)
        courier.sources = [source, answers]
        self._stops = [work.cancel, inquiry.cancel]
        if self._signal:  # meanwhile
            self._stop_all()
        watching = asyncio.ensure_future(self._watch(work, inquiry))
        try:
            await self._do(work, courier)
            answer = await self._end(inquiry, courier)
        finally:
            watching.cancel()
            self._show(work, inquiry)
            fetcher.close()
        return self._conclude(work.progress, answer)

    async def _watch(self, work: Work, inquiry: Inquiry) -> None:
        while True:
            self._show(work, inquiry)
            await asyncio.sleep(BETWEEN_LOOKS)

    def _show(self, work: Work, inquiry: Inquiry) -> None:
        """How far it is."""
        asked = f", {inquiry.left:,} questions to CAs" if inquiry.left else ""
        self._screen.show(line(work.progress, self._job.unit) + asked)

    async def _ask(self, what: str, secret: str, message: dict[str, Any]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._portal.ask, what, secret, message)

    async def _bring(self, what: str, message: dict[str, Any]) -> dict[str, Any]:
        return await self._ask(what, self._session.secret, message)

    async def _begin(self) -> int:
        """Exchange the token for a secret of our own; again, if that was done before. Returns where to begin."""
        system = {"python": platform.python_version(), "system": platform.system()}
        answer = await self._ask("start/", self._settings.token, {"session": self._session.secret, **system})
        start, total = answer.get("position"), self._job.total
        if type(start) is not int or not 0 <= start <= total:
            raise Trouble("The portal names a place to begin at that does not exist. Download the program again.")
        if start:
            self._screen.say(f"Going on at {start:,} of {total:,}.")
        return start

    async def _do(self, work: Work, courier: Courier) -> None:
        """Until the end, or until it is stopped, or until the portal wants to hear no more, which raises Trouble."""
        bringing = asyncio.ensure_future(courier.run())
        bringing.add_done_callback(lambda _: work.cancel())
        try:
            await work.run()
        except ExclusionFailed as failed:
            await self._bring("end/", {"is_finished": False})
            raise Trouble(str(failed)) from None
        await courier.finish(bringing)

    async def _end(self, inquiry: Inquiry, courier: Courier) -> dict[str, Any]:
        """Answer the portal's questions, until it is done or has no more of them; returns its last word."""
        while True:
            while inquiry.left:
                await inquiry.finish()
                await courier.empty()
            await courier.empty()
            is_finished = not self._signal
            answer = await self._bring("end/", {"is_finished": is_finished})
            inquiry.hear(answer)
            if not is_finished or answer.get("is_done") or not inquiry.left:
                return {**answer, "is_done": is_finished and bool(answer.get("is_done"))}

    def _conclude(self, progress: Progress, answer: dict[str, Any]) -> int:
        """Say what has become of it; returns the exit code."""
        unit, url = self._job.unit, printable(str(answer.get("url", "")))
        if answer["is_done"]:
            self._session.forget()
            found = f"Servers that showed a certificate in this run: {progress.found:,}."
            self._screen.say(f"Finished: {progress.total:,} {unit}. {found}\nResults: {url}")
            return 0
        if not self._signal:
            self._screen.say(f"All was sent, and the portal has not come to an end with it yet. See {url}")
            return 0
        self._screen.say(f"Stopped at {progress.position:,} of {progress.total:,} {unit}. {GO_ON}")
        return 128 + self._signal
