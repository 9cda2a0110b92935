"""nginx: one file with the chain, one with the key."""

from django.utils.translation import gettext as _

from certificates.servers import openssl
from certificates.servers.site import Site
from certificates.servers.steps import Way, check, step


def create(site: Site) -> list[Way]:
    says = _("nginx reads keys that OpenSSL makes. Make a private key and a CSR with all your names:")
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
                        " and put the chain and the key where only root can read them."
                    ),
                    f"""
                    sudo install -d -m 700 /etc/nginx/tls
                    sudo install -m 644 {site.fullchain} /etc/nginx/tls/
                    sudo install -m 600 {site.key} /etc/nginx/tls/
                    """,
                ),
                step(
                    _("Name both in the server block of your site."),
                    f"""
                    server {{
                        listen 443 ssl;
                        listen [::]:443 ssl;
                        server_name {site.names[0]};

                        ssl_certificate     /etc/nginx/tls/{site.fullchain};
                        ssl_certificate_key /etc/nginx/tls/{site.key};
                        ssl_protocols       TLSv1.2 TLSv1.3;
                    }}
                    """,
                    file=f"/etc/nginx/conf.d/{site.stem}.conf",
                ),
                step(
                    _("Have the configuration checked, and reload it. Connections that are open go on."),
                    "sudo nginx -t && sudo systemctl reload nginx",
                ),
                check(site),
            ]
        )
    ]
