"""What is wrong with a URL, or went wrong with a delivery, in a sentence."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.webhooks.models import Delivery

PROBLEMS: dict[str, Any] = {
    "bad-url": _("This is not a URL. Enter the whole address, for example https://hooks.example.com/certificates."),
    "not-https": _("The URL does not begin with https://. Only that is private, and proves who receives the events."),
    "names-user": _("The URL has a user name or password. Leave it out: the signature proves who sends the events."),
    "fragment": _("The URL has a # in it. Leave out the # and what follows: servers never get it."),
    "dns": _("DNS did not tell the address of the host. Check the name, or try again later."),
    "no-address": _("DNS knows no address of the host. Check the name."),
    "refused-address": _(
        "The host is at an address that is not public. Name a host that the Internet can reach, or ask us to allow yours."
    ),
    "connect": _("The server took no connection. Check that it runs and that its firewall lets the portal in."),
    "certificate": _("The server's certificate is not trusted, has expired, or is for another name."),
    "timeout": _("The server did not answer in time."),
    "protocol": _("What the server answered is not HTTP, or was cut off."),
    "failed": _("The portal could not send it. The operator's log says why."),
}
REDIRECTED = _("Redirects are not followed. Enter the URL to which the server redirects.")
GONE = _("The server says that it wants nothing more.")


def outcome(delivery: Delivery) -> str:
    """What came of the last try: the HTTP status, or what went wrong; nothing before the first."""
    if delivery.problem:
        return str(PROBLEMS[delivery.problem])
    return f"HTTP {delivery.http_status}" if delivery.http_status else ""


def advice(delivery: Delivery) -> str:
    """What the HTTP status means where people may wonder."""
    if 300 <= delivery.http_status < 400:
        return str(REDIRECTED)
    return str(GONE) if delivery.http_status == 410 else ""
