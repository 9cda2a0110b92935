"""One scan in a process of its own, for its memory: `_scan_once.py <first> <last> <port> <times> <speed> <time-out>`.

Prints in JSON the seconds, those of the processor, the megabytes at most, and how many endpoints ended how.
"""

import ipaddress
import json
import sys
import time
from collections import Counter
from pathlib import Path

from discovery.scanner.probe import Timeouts
from discovery.scanner.results import Result
from discovery.scanner.run import Scan, run
from discovery.scanner.spans import Span
from discovery.scanner.targets import Excluded, Targets


def main(first: str, last: str, port: str, times: str, speed: str, timeout: str) -> None:
    span = Span(4, int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last)))
    targets = Targets([], [span], [int(port)] * int(times), Excluded([], []))
    outcomes: Counter[str] = Counter()

    def take(result: Result) -> None:
        outcomes[result.outcome] += 1

    began = time.process_time()
    progress = run(Scan(targets, speed, take, timeouts=Timeouts(connect=float(timeout))))
    processor = time.process_time() - began
    kilobytes = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    said = {"seconds": progress.seconds, "processor": processor, "megabytes": kilobytes / 1024}
    sys.stdout.write(json.dumps({**said, "outcomes": outcomes}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
