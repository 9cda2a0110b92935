"""What the health check says to change is done on real servers, as far as their programs run here, and helps."""

from pathlib import Path

import pytest

from certificates.servers import Site
from discovery.health.findings import Fix
from discovery.health.fixes import SERVERS
from discovery.scanner import results
from discovery.scanner.health import examine
from discovery.scanner.probe import Timeouts
from discovery.scanner.results import TLS12, TLS13
from discovery.scanner.targets import Endpoint
from sslportal.kit import outside
from tests.certificates.servers import programs
from tests.certificates.servers.machine import Machine, here
from tests.discovery import chains, servers
from tests.running import wait_until

SITE = Site(["www.example.com"], ["issuing-1.crt", "policy-1.crt"], "root-1.crt")
NGINX = """
server {
    listen 127.0.0.1:PORT ssl;
    server_name www.example.com;
    CERTIFICATE
    {}
}
"""
APACHE = """
<VirtualHost *:PORT>
    ServerName www.example.com
    SSLEngine on
    CERTIFICATE
    {}
</VirtualHost>
"""
END = "-----END CERTIFICATE-----\n"
CERTIFICATE = {
    "nginx": "ssl_certificate /etc/nginx/tls/FILE; ssl_certificate_key /etc/nginx/tls/www.example.com.key;",
    "apache": "SSLCertificateFile /etc/apache2/tls/FILE\n"
    "    SSLCertificateKeyFile /etc/apache2/tls/www.example.com.key",
}
FRAMES = {"nginx": NGINX, "apache": APACHE}
FILES = {
    "nginx": "/etc/nginx/conf.d/www.example.com.conf",
    "apache": "/etc/apache2/sites-available/www.example.com.conf",
}
RELOAD = {
    "nginx": "sudo systemctl reload nginx",
    "apache": "sudo apachectl configtest && sudo apachectl graceful",
}


class Served:
    """A server of the test's own, its configuration before the change and after."""

    def __init__(self, machine, key):
        self.machine, self.key = machine, key
        folder = machine.etc / ("nginx" if key == "nginx" else "apache2") / "tls"
        folder.mkdir(parents=True)
        chain, private = chains.rsa().files
        (folder / SITE.fullchain).write_bytes(chain.read_bytes())
        (folder / "alone.pem").write_text(chain.read_text().partition(END)[0] + END)
        (folder / SITE.key).write_bytes(private.read_bytes())
        (folder / SITE.bundle).write_bytes(chain.read_bytes())
        machine.environment["APACHE_RUN_DIR"] = str(machine.run)
        getattr(programs, key)(machine)
        if key == "apache":
            sites = machine.etc / "apache2/sites-enabled"
            (sites / "site.conf").symlink_to(here(FILES[key], machine))
            machine.frames[here("/etc/apache2/mods-available/ssl.conf", machine)] = (sites / "0.conf", "{}")

    def frame(self, certificate):
        text = FRAMES[self.key].replace("CERTIFICATE", certificate).replace("PORT", str(self.machine.port))
        return here(text, self.machine)

    def has(self, lines, file=SITE.fullchain):
        """As it is before the change."""
        self.write(self.frame(CERTIFICATE[self.key].replace("FILE", file)).replace("{}", lines))
        done = self.machine.call(RELOAD[self.key])
        assert done.returncode == 0, done.stderr

    def change(self, fix, frame=None):
        """As the page says: what belongs into the file of the site takes the place of what was there."""
        frame = frame or self.frame(CERTIFICATE[self.key].replace("FILE", SITE.fullchain))
        for step in SERVERS[self.key].steps(fix, SITE):
            if step.file == FILES[self.key]:
                self.write(frame.replace("{}", here(step.code, self.machine)))
            elif step.code:
                self.machine.follow([(step.code, step.file)])

    def write(self, text):
        path = Path(here(FILES[self.key], self.machine))
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def health(self):
        endpoint = Endpoint("127.0.0.1", self.machine.port, "www.example.com")
        return outside.run(lambda: examine(endpoint, Timeouts(*[servers.LONG] * 4)))

    def comes_to(self, is_so):
        """Workers from before a change may still answer for a moment."""
        wait_until(lambda: is_so(self.health()), 30, self.health)


@pytest.fixture(params=["nginx", "apache"])
def served(request, tmp_path):
    with Machine(tmp_path) as machine:
        yield Served(machine, request.param)


def test_the_versions_are_the_new_ones_afterwards(served):
    served.has({"nginx": "ssl_protocols TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;",
                "apache": "SSLProtocol all\nSSLCipherSuite ALL:@SECLEVEL=0"}[served.key])  # fmt: skip
    assert results.TLS11 in served.health().versions

    served.change(Fix.VERSIONS)

    served.comes_to(lambda health: health.versions == (TLS12, TLS13))


def test_no_weak_suite_is_accepted_afterwards(served):
    """Apache never takes anonymous suites, and other weak ones this OpenSSL does not have."""
    served.has({"nginx": "ssl_ciphers HIGH:aNULL:@SECLEVEL=0;", "apache": ""}[served.key])
    assert [group for group, _suite in served.health().weak] == {"nginx": ["anonymous"], "apache": []}[served.key]

    served.change(Fix.SUITES)

    served.comes_to(lambda health: health.weak == () and TLS12 in health.versions)


def test_the_whole_chain_is_sent_afterwards(served):
    served.has("", file="alone.pem")
    assert served.health().found.shown[0].chain == chains.rsa().ders[:1]

    served.change(Fix.INSTALL, frame=served.frame(""))

    served.comes_to(lambda health: [one.chain for one in health.found.shown] == [chains.rsa().ders])


def test_tls_is_spoken_afterwards(served):
    frame = served.frame("").replace("SSLEngine on", "").replace(f"listen 127.0.0.1:{served.machine.port} ssl;", "")

    served.change(Fix.LISTEN, frame=frame)

    served.comes_to(lambda health: [one.chain for one in health.found.shown] == [chains.rsa().ders])


@pytest.mark.parametrize("fix", [Fix.COMPRESSION, Fix.STAPLING])
def test_the_rest_is_taken_by_the_server(served, fix):
    served.has("")

    served.change(fix)

    served.comes_to(lambda health: health.found.outcome == "found")


@pytest.mark.parametrize("key", SERVERS)
@pytest.mark.parametrize("fix", Fix)
def test_every_server_has_an_answer_to_everything(key, fix):
    steps = SERVERS[key].steps(fix, SITE)

    assert steps
    assert all(step.says for step in steps)
