"""Help for each kind of server: how to make a CSR, which files it needs, how to install them (K1).

A server is a module with `create`, `needs` and `install`, and a line here.
"""

from certificates.servers import apache, haproxy, iis, nginx, openssl, tomcat
from certificates.servers.site import Site
from certificates.servers.steps import Server, Step, Way

__all__ = ["SERVERS", "Server", "Site", "Step", "Way"]

SERVERS = {
    server.key: server
    for server in (
        Server("openssl", "OpenSSL", openssl.create, openssl.needs, openssl.install),
        Server("apache", "Apache", apache.create, apache.needs, apache.install),
        Server("nginx", "nginx", nginx.create, nginx.needs, nginx.install),
        Server("iis", "IIS", iis.create, iis.needs, iis.install),
        Server("tomcat", "Tomcat (keytool)", tomcat.create, tomcat.needs, tomcat.install),
        Server("haproxy", "HAProxy", haproxy.create, haproxy.needs, haproxy.install),
    )
}
