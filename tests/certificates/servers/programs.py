"""The servers of the help, installed on a machine of the test's own, before anything is configured for TLS."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from sslportal.embedded.places import free_port
from tests.certificates.servers.machine import SYSTEM_FOLDERS

TOMCAT = Path("/usr/share/tomcat10")


def path_of(program, package):
    """The program of the system; a test that needs it is skipped where it is missing."""
    path = shutil.which(program, path=SYSTEM_FOLDERS)
    if path is None:
        pytest.skip(f"no {program} on this machine; install the package “{package}”")
    return path


OF_PYTHON = """
import http.server, ssl, sys
port, chain, key = sys.argv[1:]
server = http.server.HTTPServer(("127.0.0.1", int(port)), http.server.SimpleHTTPRequestHandler)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(chain, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def openssl(machine):
    """One of the programs based on OpenSSL: Python's web server."""
    key = next(machine.home.glob("*.key")).name
    machine.start(sys.executable, "-c", OF_PYTHON, str(machine.port), key.replace(".key", ".fullchain.pem"), key)
    machine.call("until-it-answers")


def nginx(machine):
    program = path_of("nginx", "nginx-light")
    machine.program("nginx", f'exec {program} -p {machine.run} -e error.log -c {machine.etc}/nginx/nginx.conf "$@"')
    machine.program("systemctl", '[ "$*" = "reload nginx" ] && nginx -s reload && until-it-answers')
    folders = " ".join(f"{kind}_temp_path tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    machine.write(
        "nginx/nginx.conf",
        f"pid {machine.folder}/nginx; events {{}} http {{ access_log off; {folders} include conf.d/*.conf; }}\n",
    )
    (machine.etc / "nginx/conf.d").mkdir()
    machine.start("nginx", "-g", "daemon off;", pid=machine.folder / "nginx")


def apache(machine):
    program = path_of("apache2", "apache2-bin")
    root = machine.etc / "apache2"
    call = f"{program} -d {root} -f apache2.conf"
    machine.program("apache2", f'exec {call} "$@"')
    machine.program(
        "apachectl",
        f"case $1 in configtest) exec {call} -t;; graceful) {call} -k graceful && until-it-answers;; esac",
    )
    machine.program("a2enmod", '[ "$1" = ssl ]')  # the configuration loads it already
    machine.program("a2ensite", f"ln -s {root}/sites-available/$1.conf {root}/sites-enabled/")
    modules = ("mpm_event", "authz_core", "socache_shmcb", "ssl")
    machine.write(
        "apache2/apache2.conf",
        "\n".join(
            [
                *(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules),
                *(["User nobody", "Group nogroup"] if os.geteuid() == 0 else []),
                f"PidFile {machine.folder}/apache",
                f"DefaultRuntimeDir {machine.folder}",
                f"DocumentRoot {machine.home}",
                f"ErrorLog {machine.run}/error.log",
                "ServerName localhost",
                f"Listen {machine.port}",
                "IncludeOptional sites-enabled/*.conf",
                "",
            ]
        ),
    )
    (root / "sites-enabled").mkdir()
    machine.start("apache2", "-D", "FOREGROUND", pid=machine.folder / "apache")


def haproxy(machine):
    path_of("haproxy", "haproxy")
    machine.program(
        "systemctl", f'[ "$*" = "reload haproxy" ] && kill -USR2 $(cat {machine.folder}/haproxy) && until-it-answers'
    )
    configuration = machine.write(
        "haproxy/haproxy.cfg",
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n"
        f"backend web\n    server web1 127.0.0.1:{free_port()}\n"
        f"frontend plain\n    bind 127.0.0.1:{free_port()}\n    default_backend web\n\n",
    )
    pid = machine.folder / "haproxy"
    machine.start("haproxy", "-W", "-f", str(configuration), "-p", str(pid), pid=pid)


SERVER_XML = """
<Server port="-1">
  <Service name="Catalina">
{}
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" />
    </Engine>
  </Service>
</Server>
"""


def tomcat(machine):
    path_of(str(TOMCAT / "bin/catalina.sh"), "tomcat10-common")
    base = machine.folder / "tomcat"
    for name in ("conf", "logs", "temp"):
        (base / name).mkdir(parents=True)
    machine.environment |= {
        "CATALINA_HOME": str(TOMCAT),
        "CATALINA_BASE": str(base),
        "CATALINA_PID": str(machine.run / "tomcat.pid"),
    }
    machine.frames["conf/server.xml"] = (base / "conf/server.xml", SERVER_XML)
    machine.program("systemctl", f'[ "$*" = "restart tomcat" ] && {TOMCAT}/bin/catalina.sh start && until-it-answers')
