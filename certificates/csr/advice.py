"""How to make a CSR anew, where the one that was brought cannot be used: the commands of the software that made it.

Only names that have passed the check of sslportal.kit.names get into a command, so that it holds nothing but letters,
digits, hyphens, dots and a leading "*.", whatever is in the CSR.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from certificates.csr.refusals import CsrRefused
from certificates.servers import Site, Step, Way, iis, openssl, tomcat
from certificates.servers.steps import paste, step
from sslportal.kit import clock, policy

MAKE_ANEW = {  # the refusals after which the same CSR is of no use, however it is copied
    "private-key", "csr-and-key", "trailing-der", "unreadable", "signature-algorithm",
    "control-characters", "name-too-long", "too-many-names",
    "unreadable-key", "unsupported-key", "unsupported-curve", "explicit-curve", "ec-point",
    "rsa-too-small", "rsa-too-large", "rsa-odd-size", "rsa-exponent", "rsa-even", "rsa-small-factor", "rsa-prime",
    "rsa-close-primes", "rsa-roca", "debian-weak", "published-key", "listed-key", "key-compromised", "same-key",
}  # fmt: skip
EXAMPLE = ("www.example.com",)


@dataclass(frozen=True)
class Advice:
    """What to do, with which software. `made_by` is empty where nothing tells what made the CSR: it is OpenSSL then.

    Without names of the CSR, the commands have that of an example.
    """

    software: str
    made_by: str
    has_names: bool
    ways: list[Way]


class NewFiles(Site):
    """The files of a new key beside those of the old one, which may be in use and must not be overwritten."""

    @property
    def stem(self) -> str:
        return f"{super().stem}-new"


def advise(refusal: CsrRefused) -> Advice | None:
    """How to make another CSR, in the language in use now; None where it need only be copied again."""
    if refusal.code not in MAKE_ANEW:
        return None
    software = refusal.made_by or "OpenSSL"
    names = refusal.names[: policy.at(clock.now()).max_sans + 1]
    ways = SOFTWARE[software](NewFiles(names or EXAMPLE, intermediates=(), root=""))
    if refusal.code == "debian-weak":
        ways = [Way([_update(), *ways[0].steps], ways[0].title), *ways[1:]]
    return Advice(software, refusal.made_by, bool(names), ways)


def _update() -> Step:
    return step(
        _("On Debian or Ubuntu, bring OpenSSL up to date first."),
        "sudo apt-get update && sudo apt-get install --only-upgrade openssl",
    )


def _with_openssl(site: Site) -> list[Way]:
    return openssl.create_for(_("Make a new private key and a CSR:"), site)


def _with_certreq(site: Site) -> list[Way]:
    _in_manager, with_certreq = iis.create(site)
    return [with_certreq]


def _with_certutil(site: Site) -> list[Way]:
    """NSS. Without a file of noise, certutil asks for keystrokes; from /dev/urandom itself it would read for ever."""
    noise = f"{site.stem}.noise"
    return [
        Way(
            [
                step(
                    _("In the folder of your certificate database, make a new private key in it, and a CSR."),
                    f"""
                    head -c 64 /dev/urandom > {noise}
                    certutil -R -d sql:. -k rsa -g 3072 -Z SHA256 -z {noise} \\
                        -s "{site.subject}" -8 "{",".join(site.names)}" -a -o {site.csr}
                    rm {noise}
                    """,
                ),
                paste(site),
            ]
        )
    ]


def _with_certtool(site: Site) -> list[Way]:
    """GnuTLS."""
    common_name = site.subject.removeprefix("CN=")
    template = "\n".join([f'cn = "{common_name}"', *(f'dns_name = "{name}"' for name in site.names)])
    return [
        Way(
            [
                step(_("Save this, with all your names."), template, file=f"{site.stem}.cfg"),
                step(
                    _("Make a new private key and a CSR."),
                    f"""
                    certtool --generate-privkey --key-type rsa --bits 3072 --outfile {site.key}
                    certtool --generate-request --load-privkey {site.key} \\
                        --template {site.stem}.cfg --outfile {site.csr}
                    """,
                ),
                paste(site),
            ]
        )
    ]


# By what csr.origin calls the software
SOFTWARE: dict[str, Callable[[Site], list[Way]]] = {
    "OpenSSL": _with_openssl,
    "keytool": tomcat.create,
    "IIS": iis.create,
    "Windows": _with_certreq,
    "NSS certutil": _with_certutil,
    "GnuTLS certtool": _with_certtool,
}
