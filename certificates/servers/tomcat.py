"""Tomcat: a keystore that keytool makes and fills (PKCS#12, which all Java since 9 makes unless told otherwise)."""

from django.utils.translation import gettext as _

from certificates.servers.site import Site
from certificates.servers.steps import Step, Way, check, paste, step

PORT = 8443


def create(site: Site) -> list[Way]:
    names = ",".join(f"dns:{name}" for name in site.names)
    return [
        Way(
            [
                step(
                    _(
                        "Make a keystore with a private key. keytool asks for a password; choose one and keep it,"
                        " since Tomcat and every later command need it."
                    ),
                    f"""
                    keytool -genkeypair -alias {site.stem} -keyalg RSA -keysize 3072 \\
                        -dname "{site.subject}" -storetype PKCS12 -keystore {site.pkcs12}
                    chmod 600 {site.pkcs12}
                    """,
                ),
                step(
                    _("Make a CSR with all your names."),
                    f"""
                    keytool -certreq -alias {site.stem} \\
                        -ext "SAN={names}" \\
                        -keystore {site.pkcs12} -file {site.csr}
                    """,
                ),
                step(
                    _("Look at what is in the CSR: the names, and the length of the key."),
                    f"keytool -printcertreq -file {site.csr}",
                ),
                paste(site),
            ]
        )
    ]


def needs(site: Site) -> list[str]:
    return [site.pkcs7, site.root]


def install(site: Site) -> list[Way]:
    return [Way([*_fill(site), *_configure(site), check(site, PORT)])]


def _fill(site: Site) -> list[Step]:
    root = site.root.removesuffix(".crt")
    return [
        step(
            _(
                "Go to the folder with your keystore and the files you downloaded,"
                " and import the root certificate, so that keytool trusts the chain."
            ),
            f"""
            keytool -importcert -noprompt -alias {root} \\
                -file {site.root} -keystore {site.pkcs12}
            """,
        ),
        step(
            _("Import the certificate with its chain into the entry that has the key: the alias must be the same."),
            f"""
            keytool -importcert -alias {site.stem} \\
                -file {site.pkcs7} -keystore {site.pkcs12}
            """,
        ),
        step(
            _("Look at the result: the chain begins with your server, and its length is more than 1."),
            f"keytool -list -v -alias {site.stem} -keystore {site.pkcs12}",
        ),
    ]


def _configure(site: Site) -> list[Step]:
    return [
        step(
            _("Put the keystore where Tomcat, and nobody else, can read it. Tomcat's user is often called tomcat."),
            f'sudo install -o tomcat -m 600 {site.pkcs12} "$CATALINA_BASE/conf/"',
        ),
        step(
            _("Inside “Service” in server.xml, name the keystore, with your password."),
            f"""
            <Connector port="{PORT}" protocol="org.apache.coyote.http11.Http11NioProtocol"
                       SSLEnabled="true" scheme="https" secure="true">
                <SSLHostConfig protocols="TLSv1.2,TLSv1.3">
                    <Certificate certificateKeystoreFile="conf/{site.pkcs12}"
                                 certificateKeystoreType="PKCS12"
                                 certificateKeystorePassword="your password"
                                 certificateKeyAlias="{site.stem}" />
                </SSLHostConfig>
            </Connector>
            """,
            file="conf/server.xml",
        ),
        step(
            _(
                "Have the configuration checked, and restart Tomcat. Its service may be called otherwise on your system."
            ),
            '"$CATALINA_HOME/bin/configtest.sh" && sudo systemctl restart tomcat',
        ),
    ]
