"""How systems and programs are made to trust a root, how one sees that they do, and how they forget it.

Every command is run by tests where its program runs, as those of certificates/servers are.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.servers.steps import Step, Way, step


@dataclass(frozen=True)
class Root:
    """A root and its files, as they are called when they were downloaded.

    `label` is what it is called where it is installed: letters, digits and hyphens. `address` is that of the PEM file,
    `sha1` its SHA-1 fingerprint in digits alone, by which Windows and macOS name certificates.
    """

    label: str
    pem: str
    der: str
    address: str
    sha1: str


@dataclass(frozen=True)
class System:
    """A system, or a program with roots of its own. `key` is its name in addresses."""

    key: str
    name: str | Promise
    ways: Callable[[Root], list[Way]]


def get(root: Root) -> list[Way]:
    """How to come by the file without a browser, and to its fingerprint: over http, which only the comparison makes safe."""
    fingerprint = _("Print the SHA-256 fingerprint of the file that you have.")
    return [
        Way(
            [
                step(
                    _(
                        "Download the file above. On a machine without a browser this gets it; what comes over http may have"
                        " been changed on its way, which the next step would show."
                    ),
                    f"curl -fsS -o {root.pem} {root.address}",
                ),
                step(fingerprint, f"openssl x509 -in {root.pem} -noout -fingerprint -sha256"),
                step(
                    _("On Windows, PowerShell prints that of the DER file, without colons."),
                    f"(Get-FileHash -Algorithm SHA256 {root.der}).Hash",
                ),
                step(
                    _(
                        "Compare all of it with a fingerprint that came to you by another way: from the people who run this"
                        " CA, by telephone or on paper. If one digit differs, delete the file and tell them."
                    )
                ),
            ]
        )
    ]


def windows(root: Root) -> list[Way]:
    return [
        Way(
            [
                step(
                    _(
                        "Open a command prompt as administrator, go to the folder with the DER file,"
                        " and add it to the roots of the machine."
                    ),
                    f"certutil -addstore -f Root {root.der}",
                ),
                step(_("Look at the result."), f"certutil -store Root {root.sha1}"),
                step(
                    _(
                        "Without an administrator's rights you can add it for yourself only; Windows asks whether you mean it."
                    ),
                    f"certutil -user -addstore Root {root.der}",
                ),
                step(_("To take it back:"), f"certutil -delstore Root {root.sha1}"),
            ],
            _("One machine, by command"),
        ),
        Way(
            [
                step(_("Open %(file)s and choose “Install Certificate…”, then “Local Machine”.") % {"file": root.der}),
                step(
                    _(
                        "Choose “Place all certificates in the following store” and there “Trusted Root Certification"
                        " Authorities”. Left to itself, Windows may choose a store that does not count."
                    )
                ),
            ],
            _("One machine, by mouse"),
        ),
        Way(
            [
                step(
                    _(
                        "In “Group Policy Management”, edit a policy of the machines that are meant, or make a new one for"
                        " them."
                    )
                ),
                step(
                    _(
                        "Go to Computer Configuration → Policies → Windows Settings → Security Settings → Public Key Policies"
                        " → Trusted Root Certification Authorities, choose “Import” in its menu, and give it %(file)s."
                    )
                    % {"file": root.der}
                ),
                step(_("The machines take it over within some two hours, or at once by:"), "gpupdate /force"),
            ],
            _("All machines of a domain, by group policy"),
        ),
    ]


def macos(root: Root) -> list[Way]:
    keychain = "/Library/Keychains/System.keychain"
    return [
        Way(
            [
                step(
                    _("Add it to the roots of the machine. macOS asks for the password of an administrator."),
                    f"""
                    sudo security add-trusted-cert -d -r trustRoot \\
                        -k {keychain} {root.pem}
                    """,
                ),
                step(
                    _("Look at the result: it is among the certificates that the administrator trusts."),
                    "security dump-trust-settings -d",
                ),
                step(
                    _("To take it back:"),
                    f"""
                    sudo security remove-trusted-cert -d {root.pem}
                    sudo security delete-certificate -Z {root.sha1} \\
                        {keychain}
                    """,
                ),
            ],
            _("One machine, by command"),
        ),
        Way(
            [
                step(_("Open Keychain Access, and drag %(file)s into the keychain “System”.") % {"file": root.pem}),
                step(
                    _(
                        "Open the certificate there, and under “Trust” choose “Always Trust” for SSL (Secure Sockets Layer)."
                    )
                ),
            ],
            _("One machine, by mouse"),
        ),
        Way(
            [
                step(
                    _(
                        "Put the certificate into a configuration profile, as a payload of the type com.apple.security.root,"
                        " and have your device management (MDM) install it. What MDM installs is trusted without a question."
                    )
                )
            ],
            _("All machines of a company, by configuration profile"),
        ),
    ]


def debian(root: Root) -> list[Way]:
    installed = f"/usr/local/share/ca-certificates/{root.label}.crt"
    return [
        Way(
            [
                step(
                    _("Put the PEM file among the machine's own roots. There its name must end in “.crt”."),
                    f"""
                    sudo install -m 644 {root.pem} \\
                        {installed}
                    sudo update-ca-certificates
                    """,
                ),
                step(
                    _("Look at the result: it says OK."),
                    f"openssl verify -CApath /etc/ssl/certs {root.pem}",
                ),
                step(
                    _("To take it back:"),
                    f"""
                    sudo rm {installed}
                    sudo update-ca-certificates --fresh
                    """,
                ),
            ]
        )
    ]


def red_hat(root: Root) -> list[Way]:
    installed = f"/etc/pki/ca-trust/source/anchors/{root.label}.pem"
    return [
        Way(
            [
                step(
                    _("Put the PEM file among the machine's own roots."),
                    f"""
                    sudo install -m 644 {root.pem} \\
                        {installed}
                    sudo update-ca-trust
                    """,
                ),
                step(_("Look at the result: it says OK."), f"openssl verify {root.pem}"),
                step(
                    _("To take it back:"),
                    f"""
                    sudo rm {installed}
                    sudo update-ca-trust
                    """,
                ),
            ]
        )
    ]


def firefox(root: Root) -> list[Way]:
    installed = f"/etc/firefox/policies/{root.label}.pem"
    return [
        Way(
            [
                step(
                    _(
                        "On Windows and macOS, Firefox takes over the roots that an administrator has added to the system"
                        " (since version 120 without being told to). On Linux it has its own."
                    )
                ),
                step(
                    _(
                        "Go to Settings → Privacy & Security → Certificates → View Certificates → Authorities → Import, choose"
                        " %(file)s, and tick “Trust this CA to identify websites”. In the same place you can delete it."
                    )
                    % {"file": root.pem}
                ),
            ],
            _("One person, by mouse"),
        ),
        Way(
            [
                step(
                    _("Put the PEM file where every user of the machine can read it."),
                    f"sudo install -D -m 644 {root.pem} {installed}",
                ),
                step(
                    _(
                        "Have Firefox install it when it starts. If the file is there already, add to it. Of a Firefox from"
                        " elsewhere, and on other systems, the file lies in the folder “distribution” beside the program."
                    ),
                    f"""
                    {{
                      "policies": {{
                        "Certificates": {{
                          "Install": ["{installed}"]
                        }}
                      }}
                    }}
                    """,
                    file="/etc/firefox/policies/policies.json",
                ),
                step(_("Look at the result: the page about:policies shows the file, and no error.")),
            ],
            _("All users of a Linux machine, by policy"),
        ),
    ]


def chromium(root: Root) -> list[Way]:
    database = 'sql:"$HOME/.pki/nssdb"'
    return [
        Way(
            [
                step(
                    _(
                        "On Windows and macOS they go by the system. On Linux each user has a database of roots. certutil is in"
                        " the package libnss3-tools of Debian and nss-tools of Red Hat. Since version 146 the database of a new"
                        " user lies in ~/.local/share/pki/nssdb: if that is there, put it in place of ~/.pki/nssdb."
                    ),
                    f"""
                    mkdir -p -m 700 "$HOME/.pki/nssdb"
                    certutil -d {database} -A -t C,, -n {root.label} -i {root.pem}
                    """,
                ),
                step(
                    _("Look at the result: it is valid."),
                    f"certutil -d {database} -V -u L -n {root.label}",
                ),
                step(_("To take it back:"), f"certutil -d {database} -D -n {root.label}"),
            ]
        )
    ]


def java(root: Root) -> list[Way]:
    return [
        Way(
            [
                step(
                    _(
                        "Java from Debian's or Red Hat's packages goes by the system: there the steps for that are enough."
                        " Every other has a list of its own, with the password “changeit” unless somebody has changed it."
                        " The option -cacerts needs Java 9."
                    ),
                    f"""
                    sudo keytool -importcert -noprompt -cacerts -storepass changeit \\
                        -alias {root.label} -file {root.pem}
                    """,
                ),
                step(
                    _("Look at the result, and restart what is to use it."),
                    f"keytool -list -cacerts -storepass changeit -alias {root.label}",
                ),
                step(
                    _("To take it back:"),
                    f"sudo keytool -delete -cacerts -storepass changeit -alias {root.label}",
                ),
            ]
        )
    ]


def openssl(root: Root) -> list[Way]:
    return [
        Way(
            [
                step(
                    _(
                        "Nothing need be installed to trust the root in one call. “www.example.com” stands for your server."
                    ),
                    f"""
                    curl --head --cacert {root.pem} https://www.example.com/
                    openssl s_client -connect www.example.com:443 -servername www.example.com \\
                        -verify_hostname www.example.com -verify_return_error \\
                        -CAfile {root.pem} </dev/null
                    """,
                ),
                _for_one_program(root),
            ]
        )
    ]


def _for_one_program(root: Root) -> Step:
    return step(
        _(
            "Or in all that is started from one terminal and uses OpenSSL. On some systems it trusts no other root then."
        ),
        f'export SSL_CERT_FILE="$PWD/{root.pem}"',
    )


SYSTEMS = (
    System("windows", "Windows", windows),
    System("macos", "macOS", macos),
    System("debian", gettext_lazy("Debian and Ubuntu"), debian),
    System("red-hat", gettext_lazy("Red Hat, Fedora and relatives"), red_hat),
    System("firefox", "Firefox", firefox),
    System("chromium", gettext_lazy("Chrome and Chromium"), chromium),
    System("java", "Java", java),
    System("openssl", gettext_lazy("OpenSSL and curl"), openssl),
)
