"""What help consists of: steps, each a sentence and perhaps a command or a piece of configuration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import dedent

from django.utils.translation import gettext as _

from certificates.servers.site import Site


@dataclass(frozen=True)
class Step:
    """One thing to do. `code` is a command, or with `file` what belongs into that file."""

    says: str
    code: str = ""
    file: str = ""


@dataclass(frozen=True)
class Way:
    """Steps to take in turn; the title says which way this is, where there are several."""

    steps: Sequence[Step]
    title: str = ""


@dataclass(frozen=True)
class Server:
    """A kind of server: how its CSR is made, which files it needs, and how they are put to use.

    `key` is its name in addresses; `name` is a proper name in every language. Commands are made for one site, in the
    language in use now, and every one of them is run by tests where its program runs.
    """

    key: str
    name: str
    create: Callable[[Site], list[Way]]
    needs: Callable[[Site], list[str]]
    install: Callable[[Site], list[Way]]


def step(says: str, code: str = "", file: str = "") -> Step:
    """A step whose code may stand indented in the source."""
    return Step(says, dedent(code).strip(), file)


def paste(site: Site) -> Step:
    """The end of making a CSR."""
    return step(
        _("Print the CSR, and paste all of it into the portal, with its BEGIN and END lines."), f"cat {site.csr}"
    )


def check(site: Site, port: int = 443) -> Step:
    """The end of installing."""
    address = site.host if port == 443 else f"{site.host}:{port}"
    return step(
        _(
            "From another machine, look at what the server sends. Both commands end with an error if the name, the"
            " chain or the dates are wrong; “unable to get local issuer certificate” means that the server sends no"
            " intermediate certificates."
        ),
        f"""
        openssl s_client -connect {site.host}:{port} -servername {site.host} \\
            -verify_hostname {site.host} -verify_return_error \\
            -CAfile {site.root} </dev/null
        curl --head --cacert {site.root} https://{address}/
        """,
    )
