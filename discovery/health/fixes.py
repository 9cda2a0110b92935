"""What to change on a server so that a finding goes away: nginx, Apache, IIS. Tests run what they can of it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from certificates.servers import Site, Step
from certificates.servers.steps import step
from discovery.health.findings import Fix

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"  # in OpenSSL's language; those of TLS 1.3 are all strong, and stand elsewhere


@dataclass(frozen=True)
class Server:
    """A kind of server. Its key is that of certificates.servers, so that a choice made there holds here."""

    key: str
    name: str
    fixes: dict[Fix, Callable[[Site], list[Step]]]

    def steps(self, fix: Fix, site: Site) -> list[Step]:
        return self.fixes[fix](site)


# nginx


def _reload_nginx() -> Step:
    return step(
        _("Have the configuration checked, and reload it. Connections that are open go on."),
        "sudo nginx -t && sudo systemctl reload nginx",
    )


def _nginx_listen(site: Site) -> list[Step]:
    says = _(
        "Add “ssl” to the line of the port, in the server block of the site, and name the certificate and its key."
    )
    return [_nginx_block(says, site, listen=True), _reload_nginx()]


def _nginx_install(site: Site) -> list[Step]:
    return [
        step(
            _("See which files the server uses now, and for which names."),
            "sudo nginx -T 2>/dev/null | grep -nE '^ *(listen|server_name|ssl_certificate)'",
        ),
        _nginx_block(
            _("Let the server block of this host name have the file with the chain, and the key that belongs to it."),
            site,
        ),
        _reload_nginx(),
    ]


def _nginx_block(says: str, site: Site, *, listen: bool = False) -> Step:
    lines = [
        f"ssl_certificate     /etc/nginx/tls/{site.fullchain};",
        f"ssl_certificate_key /etc/nginx/tls/{site.key};",
    ]
    ports = ["listen 443 ssl;", "listen [::]:443 ssl;"] if listen else []
    return step(says, "\n".join([*ports, *lines]), file=_nginx_file(site))


def _nginx_versions(site: Site) -> list[Step]:
    says = _("In the server block. Of several sites on one port, the first or the one marked default_server decides.")
    return [step(says, "ssl_protocols TLSv1.2 TLSv1.3;", file=_nginx_file(site)), _reload_nginx()]


def _nginx_suites(site: Site) -> list[Step]:
    says = _("In the server block. These are the suites for TLS 1.2; those of TLS 1.3 are all strong.")
    return [step(says, f"ssl_ciphers {SUITES};", file=_nginx_file(site)), _reload_nginx()]


def _nginx_compression(site: Site) -> list[Step]:
    return [
        step(
            _(
                "nginx has not compressed TLS since version 1.2.2 of 2012. See which version answers, and bring it up to"
                " date; else it is a load balancer in front of it that compresses."
            ),
            "nginx -V",
        )
    ]


def _nginx_stapling(site: Site) -> list[Step]:
    return [
        step(
            _(
                "In the server block. nginx asks the CA by itself, and needs a DNS server for it: put yours in the place of"
                " 127.0.0.53. The first connection after a reload may still be without."
            ),
            f"""
            ssl_stapling            on;
            ssl_stapling_verify     on;
            ssl_trusted_certificate /etc/nginx/tls/{site.bundle};
            resolver                127.0.0.53;
            """,
            file=_nginx_file(site),
        ),
        _reload_nginx(),
    ]


def _nginx_file(site: Site) -> str:
    return f"/etc/nginx/conf.d/{site.stem}.conf"


# Apache


def _reload_apache() -> Step:
    return step(
        _("Have the configuration checked, and load it."), "sudo apachectl configtest && sudo apachectl graceful"
    )


def _apache_listen(site: Site) -> list[Step]:
    says = _("Switch TLS on in the virtual host of the port, and name the certificate and its key.")
    return [_apache_block(says, site, "SSLEngine on"), _reload_apache()]


def _apache_install(site: Site) -> list[Step]:
    return [
        step(_("See which virtual host answers for which name."), "sudo apachectl -S"),
        _apache_block(
            _(
                "Let the virtual host of this host name have the file with the chain, and the key that belongs to it."
                " Take out SSLCertificateChainFile if it is there: the chain is in the same file now."
            ),
            site,
        ),
        _reload_apache(),
    ]


def _apache_block(says: str, site: Site, *lines: str) -> Step:
    files = [
        f"SSLCertificateFile    /etc/apache2/tls/{site.fullchain}",
        f"SSLCertificateKeyFile /etc/apache2/tls/{site.key}",
    ]
    return step(says, "\n".join([*lines, *files]), file=_apache_file(site))


def _apache_versions(site: Site) -> list[Step]:
    says = _("In the virtual host. Of several sites on one port, the first one decides.")
    return [step(says, "SSLProtocol -all +TLSv1.2 +TLSv1.3", file=_apache_file(site)), _reload_apache()]


def _apache_suites(site: Site) -> list[Step]:
    says = _("In the virtual host. These are the suites for TLS 1.2; those of TLS 1.3 are all strong.")
    return [step(says, f"SSLCipherSuite {SUITES}", file=_apache_file(site)), _reload_apache()]


def _apache_compression(site: Site) -> list[Step]:
    return [step(_("In the virtual host."), "SSLCompression off", file=_apache_file(site)), _reload_apache()]


def _apache_stapling(site: Site) -> list[Step]:
    return [
        step(
            _("Outside of every virtual host: the first line is where the responses are kept."),
            """
            SSLStaplingCache shmcb:${APACHE_RUN_DIR}/ssl_stapling(32768)
            SSLUseStapling   on
            """,
            file="/etc/apache2/mods-available/ssl.conf",
        ),
        _reload_apache(),
    ]


def _apache_file(site: Site) -> str:
    return f"/etc/apache2/sites-available/{site.stem}.conf"


# IIS, and Windows below it


def _iis_listen(site: Site) -> list[Step]:
    return [_iis_binding(site)]


def _iis_install(site: Site) -> list[Step]:
    return [
        step(_("See which certificate answers at which address and name."), "netsh http show sslcert"),
        step(
            _(
                "In a command prompt of an administrator, let Windows know the intermediate certificates, which it sends"
                " from its own store."
            ),
            "\n".join(f"certutil -addstore -f CA {file}" for file in site.intermediates),
        ),
        _iis_binding(site),
    ]


def _iis_binding(site: Site) -> Step:
    return step(
        _(
            "Select your site in IIS Manager, open Bindings, and add or edit the one of type https: port 443, the host name"
            " “%(name)s”, Require Server Name Indication, and the certificate that ends last."
        )
        % {"name": site.host}
    )


def _iis_versions(site: Site) -> list[Step]:
    return [
        step(
            _("In PowerShell as an administrator, switch the old versions off for all servers of this machine."),
            r"""
            $base = 'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols'
            foreach ($version in 'SSL 2.0', 'SSL 3.0', 'TLS 1.0', 'TLS 1.1') {
                $key = "$base\$version\Server"
                New-Item $key -Force | Out-Null
                Set-ItemProperty $key Enabled 0 -Type DWord
                Set-ItemProperty $key DisabledByDefault 1 -Type DWord
            }
            """,
        ),
        step(_("Restart the machine. TLS 1.3 needs Windows Server 2022."), "Restart-Computer"),
    ]


def _iis_suites(site: Site) -> list[Step]:
    return [
        step(
            _("In PowerShell as an administrator, switch the weak suites off for all servers of this machine."),
            """
            Get-TlsCipherSuite |
                Where-Object Name -match 'NULL|EXPORT|anon|_RC4_|_DES_|_3DES_' |
                ForEach-Object { Disable-TlsCipherSuite $_.Name }
            """,
        ),
        step(_("Restart the machine."), "Restart-Computer"),
    ]


def _iis_compression(site: Site) -> list[Step]:
    return [
        step(
            _(
                "Windows never compresses TLS. Look at what stands in front of IIS, a load balancer or a proxy: there TLS"
                " ends, and there it is to be switched off."
            )
        )
    ]


def _iis_stapling(site: Site) -> list[Step]:
    return [
        step(
            _(
                "Windows staples by itself once it has fetched a response. See whether the machine reaches the address of"
                " the CA that stands in the certificate, directly or by its proxy."
            ),
            f"certutil -urlfetch -verify {site.certificate}",
        )
    ]


SERVERS = {
    server.key: server
    for server in (
        Server("nginx", "nginx", {
            Fix.LISTEN: _nginx_listen, Fix.INSTALL: _nginx_install, Fix.VERSIONS: _nginx_versions,
            Fix.SUITES: _nginx_suites, Fix.COMPRESSION: _nginx_compression, Fix.STAPLING: _nginx_stapling,
        }),
        Server("apache", "Apache", {
            Fix.LISTEN: _apache_listen, Fix.INSTALL: _apache_install, Fix.VERSIONS: _apache_versions,
            Fix.SUITES: _apache_suites, Fix.COMPRESSION: _apache_compression, Fix.STAPLING: _apache_stapling,
        }),
        Server("iis", "IIS", {
            Fix.LISTEN: _iis_listen, Fix.INSTALL: _iis_install, Fix.VERSIONS: _iis_versions,
            Fix.SUITES: _iis_suites, Fix.COMPRESSION: _iis_compression, Fix.STAPLING: _iis_stapling,
        }),
    )
}  # fmt: skip
