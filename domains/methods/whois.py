"""Mail to a contact out of WHOIS, where the operator has switched it on; public CAs no longer may (BR 3.2.2.4.2)."""

from django.utils.translation import gettext as _

from domains.methods import mail
from domains.methods.base import Contacts, Offer
from domains.methods.mail import check, explain, start
from domains.states import Method
from sslportal.kit.names import Name

__all__ = ["check", "explain", "offer", "start"]


def offer(name: Name, known: Contacts) -> list[Offer]:
    """Those that a worker found lately."""
    why = _("Named as contact in WHOIS.")
    return [mail.of_address(address, Method.WHOIS, why) for address in known.of(Method.WHOIS)]
