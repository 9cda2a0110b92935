"""What the log must not hold."""

import logging
import re

LINK = re.compile(r"/confirm/[^/\s'\"]+")


class HideTokens(logging.Filter):
    """Takes the token out of addresses that work for whoever has them."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/confirm/" in message:
            record.msg, record.args = LINK.sub("/confirm/…", message), ()
        return True
