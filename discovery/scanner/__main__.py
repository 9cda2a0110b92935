"""What Python runs of the downloaded file. Written so that any Python can read it, were it only to say that it is too old."""

import sys

if sys.version_info < (3, 9):  # noqa: UP036  # older ones get here too
    sys.exit("This program needs Python 3.9 or newer, and this is " + sys.version.split()[0] + ". Try: python3 FILE")
if __name__ == "__main__":
    from discovery.scanner.program import run

    run()
