"""OpenSSL: keys and CSRs for all servers that read PEM files, and what to do with the files where no other help fits."""

from django.utils.translation import gettext as _

from certificates.servers.site import Site
from certificates.servers.steps import Step, Way, check, paste, step

RSA = "rsa:3072"
ECDSA = "ec -pkeyopt ec_paramgen_curve:P-256"


def request(site: Site, key: str) -> str:
    """The command that makes a key and a CSR with all names, without a question. Needs OpenSSL 1.1.1."""
    names = ",".join(f"DNS:{name}" for name in site.names)
    return f"""
        openssl req -new -newkey {key} -nodes \\
            -subj "/{site.subject}" \\
            -addext "subjectAltName={names}" \\
            -keyout {site.key} -out {site.csr}
    """


def create(site: Site) -> list[Way]:
    says = _("Make a private key and a CSR with all your names. An RSA key works with every client:")
    ecdsa = step(
        _(
            "Or make an ECDSA key in its place: it is shorter and makes connections faster,"
            " and every client of the last ten years knows it."
        ),
        request(site, ECDSA),
    )
    return [Way([step(says, request(site, RSA)), ecdsa, *_after_request(site)])]


def create_for(says: str, site: Site) -> list[Way]:
    """The same, shorter, for a server that reads PEM files."""
    return [Way([step(says, request(site, RSA)), *_after_request(site)])]


def _after_request(site: Site) -> list[Step]:
    """Protect the key, look at the CSR, paste it."""
    return [
        step(
            _("Let nobody else read the key. It stays on the server: the portal never asks for it."),
            f"chmod 600 {site.key}",
        ),
        step(
            _("Look at what is in the CSR: the names, and the length of the key."),
            f"openssl req -in {site.csr} -noout -verify -text",
        ),
        paste(site),
    ]


def needs(site: Site) -> list[str]:
    return [site.certificate, site.fullchain, site.bundle, site.root]


def install(site: Site) -> list[Way]:
    return [
        Way(
            [
                step(
                    _(
                        "Go to the folder with your key and the files you downloaded, and check that the certificate"
                        " belongs to the key: both commands must print the same."
                    ),
                    f"""
                    openssl x509 -in {site.certificate} -noout -pubkey | openssl sha256
                    openssl pkey -in {site.key} -pubout | openssl sha256
                    """,
                ),
                step(
                    _("Check that the chain leads to the root."),
                    f"openssl verify -CAfile {site.root} -untrusted {site.bundle} {site.certificate}",
                ),
                step(
                    _(
                        "Most programs want the key and “%(fullchain)s”, which has the server certificate and the"
                        " intermediates. Where a program asks for the CAs in a file of their own, give it the server"
                        " certificate “%(certificate)s” and, for the CAs, “%(bundle)s”."
                    )
                    % {"fullchain": site.fullchain, "certificate": site.certificate, "bundle": site.bundle}
                ),
                step(
                    _(
                        "For devices and programs that want one file, put key and chain into a PKCS#12 file;"
                        " the command asks for a password to protect it."
                    ),
                    f"""
                    openssl pkcs12 -export -name {site.stem} \\
                        -inkey {site.key} -in {site.fullchain} -out {site.pkcs12}
                    """,
                ),
                check(site),
            ]
        )
    ]
