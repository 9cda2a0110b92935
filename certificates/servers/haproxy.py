"""HAProxy: chain and key in one file, or side by side in a folder."""

from django.utils.translation import gettext as _

from certificates.servers import openssl
from certificates.servers.site import Site
from certificates.servers.steps import Way, check, step


def create(site: Site) -> list[Way]:
    says = _("HAProxy reads keys that OpenSSL makes. Make a private key and a CSR with all your names:")
    return openssl.create_for(says, site)


def needs(site: Site) -> list[str]:
    return [site.fullchain, site.root]


def install(site: Site) -> list[Way]:
    return [
        Way(
            [
                step(
                    _(
                        "Go to the folder with your key and the files you downloaded,"
                        " and put the chain and the key into one file that only root can read."
                    ),
                    f"""
                    sudo install -d -m 700 /etc/haproxy/certs
                    sudo sh -c 'umask 077
                        cat {site.fullchain} {site.key} \\
                            > /etc/haproxy/certs/{site.stem}.pem'
                    """,
                ),
                step(
                    _(
                        "Or, since HAProxy 2.2, leave them in two files,"
                        " of which the key is called like the chain with “.key” after it."
                    ),
                    f"""
                    sudo install -d -m 700 /etc/haproxy/certs
                    sudo install -m 644 {site.fullchain} /etc/haproxy/certs/
                    sudo install -m 600 {site.key} /etc/haproxy/certs/{site.fullchain}.key
                    """,
                ),
                step(
                    _(
                        "Have the frontend use what is in the folder, each file for the names in its certificate."
                        " “web” stands for your own backend."
                    ),
                    """
                    global
                        ssl-default-bind-options ssl-min-ver TLSv1.2

                    frontend https
                        mode http
                        bind :443 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1
                        default_backend web
                    """,
                    file="/etc/haproxy/haproxy.cfg",
                ),
                step(
                    _("Have the configuration checked, and reload it. Connections that are open go on."),
                    "sudo haproxy -c -f /etc/haproxy/haproxy.cfg && sudo systemctl reload haproxy",
                ),
                check(site),
            ]
        )
    ]
