"""Reading the mail that waits in the outbox."""

import re
from urllib.parse import urlsplit

from sslportal.kit.models import OutgoingMail

ADDRESS = re.compile(r"https?://\S+")


def letters_to(address):
    """What was mailed to the address, oldest first."""
    return list(OutgoingMail.objects.filter(to=address).order_by("pk"))


def last_letter(address):
    return letters_to(address)[-1]


def link_in(letter):
    """The path of the letter's first link that carries a token."""
    paths = [urlsplit(found).path for found in ADDRESS.findall(letter.text)]
    return next(path for path in paths if path.count("/") > 2)
