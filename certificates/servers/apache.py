"""Apache HTTP Server: one file with the chain, one with the key (SSLCertificateFile takes a chain since 2.4.8)."""

from django.utils.translation import gettext as _

from certificates.servers import openssl
from certificates.servers.site import Site
from certificates.servers.steps import Way, check, step


def create(site: Site) -> list[Way]:
    says = _("Apache reads keys that OpenSSL makes. Make a private key and a CSR with all your names:")
    return openssl.create_for(says, site)


def needs(site: Site) -> list[str]:
    return [site.fullchain, site.root]


def install(site: Site) -> list[Way]:
    wildcard = f"\n    ServerAlias {site.names[0]}" if site.names[0].startswith("*") else ""
    return [
        Way(
            [
                step(
                    _(
                        "Go to the folder with your key and the files you downloaded,"
                        " and put the chain and the key where only root can read them."
                        " The paths are those of Debian and Ubuntu; on Red Hat and its relatives it is /etc/httpd."
                    ),
                    f"""
                    sudo install -d -m 700 /etc/apache2/tls
                    sudo install -m 644 {site.fullchain} /etc/apache2/tls/
                    sudo install -m 600 {site.key} /etc/apache2/tls/
                    """,
                ),
                step(
                    _(
                        "Name both in the virtual host of your site. The chain needs no directive of its own:"
                        " it is in the same file."
                    ),
                    "<VirtualHost *:443>\n"
                    f"    ServerName {site.host}{wildcard}\n"
                    "\n"
                    "    SSLEngine on\n"
                    "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
                    f"    SSLCertificateFile    /etc/apache2/tls/{site.fullchain}\n"
                    f"    SSLCertificateKeyFile /etc/apache2/tls/{site.key}\n"
                    "</VirtualHost>",
                    file=f"/etc/apache2/sites-available/{site.stem}.conf",
                ),
                step(
                    _("On Debian and Ubuntu, switch on the module and the site, if they are not on yet."),
                    f"""
                    sudo a2enmod ssl
                    sudo a2ensite {site.stem}
                    """,
                ),
                step(
                    _(
                        "Have the configuration checked, and load it. The first time, when the module is new,"
                        " Apache must be restarted instead: “sudo apachectl restart”."
                    ),
                    "sudo apachectl configtest && sudo apachectl graceful",
                ),
                check(site),
            ]
        )
    ]
