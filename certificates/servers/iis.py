"""IIS: the key stays in the store of Windows; the CSR comes from IIS Manager, or with several names from certreq."""

from django.utils.translation import gettext as _

from certificates.servers.site import Site
from certificates.servers.steps import Step, Way, step


def create(site: Site) -> list[Way]:
    return [
        Way(_create_in_manager(site), _("In IIS Manager")),
        Way(_create_with_certreq(site), _("With certreq, for several names")),
    ]


def _create_in_manager(site: Site) -> list[Step]:
    return [
        step(_("Select the server, open Server Certificates, and choose “Create Certificate Request”.")),
        step(
            _(
                "As the common name give “%(name)s”. The other fields must not be empty, but what is in them does not"
                " matter: the certificate has the organization and the place of your organization profile."
            )
            % {"name": site.names[0]}
        ),
        step(_("Choose “Microsoft RSA SChannel Cryptographic Provider” and a bit length of at least 2048.")),
        step(
            _(
                "Save the request as “%(file)s”, open it in an editor, and paste all of it into the portal."
                " Further names cannot be given here: add them in the portal, under “Add SANs”."
            )
            % {"file": site.csr}
        ),
    ]


def _create_with_certreq(site: Site) -> list[Step]:
    names = [f'_continue_ = "dns={name}&"' for name in site.names]
    names[-1] = names[-1].replace("&", "")
    lines = [
        "[Version]",
        'Signature = "$Windows NT$"',
        "",
        "[NewRequest]",
        f'Subject = "{site.subject}"',
        f'FriendlyName = "{site.names[0]}"',
        'ProviderName = "Microsoft Software Key Storage Provider"',
        "KeyAlgorithm = RSA",
        "KeyLength = 3072",
        "HashAlgorithm = SHA256",
        "KeyUsage = 0xA0",
        "MachineKeySet = TRUE",
        "Exportable = FALSE",
        "RequestType = PKCS10",
        "",
        "[EnhancedKeyUsageExtension]",
        "OID = 1.3.6.1.5.5.7.3.1",
        "",
        "[Extensions]",
        '2.5.29.17 = "{text}"',
        *names,
    ]
    return [
        step(_("Save this, with all your names."), "\n".join(lines), file=f"{site.stem}.inf"),
        step(
            _(
                "In a command prompt of an administrator, make the key, which stays in the machine's store, and the CSR."
            ),
            f"certreq -new {site.stem}.inf {site.csr}",
        ),
        step(
            _("Print the CSR, and paste all of it into the portal, with its BEGIN and END lines."), f"type {site.csr}"
        ),
    ]


def needs(site: Site) -> list[str]:
    return [site.everything]


def install(site: Site) -> list[Way]:
    authorities = [f"certutil -addstore -f CA {file}" for file in site.intermediates]
    return [
        Way(
            [
                step(
                    _("Unpack “%(file)s” on the machine where you made the CSR; the key is there.")
                    % {"file": site.everything}
                ),
                step(
                    _(
                        "In a command prompt of an administrator, let Windows know the root and the intermediate"
                        " certificates. The line with the root is not needed where Windows trusts it already."
                    ),
                    "\n".join([f"certutil -addstore -f Root {site.root}", *authorities]),
                ),
                step(
                    _(
                        "If the CSR is from IIS Manager: open Server Certificates, choose “Complete Certificate"
                        " Request”, show all files, and select “%(file)s”. The friendly name is yours to choose; the"
                        " store is Personal."
                    )
                    % {"file": site.certificate}
                ),
                step(_("If the CSR is from certreq:"), f"certreq -accept -machine {site.certificate}"),
                step(
                    _(
                        "Select your site, open Bindings, and add or edit the one of type https: port 443, the host name"
                        " “%(name)s”, Require Server Name Indication, the new certificate. Where it is offered, check"
                        " Disable Legacy TLS."
                    )
                    % {"name": site.host}
                ),
                step(
                    _("From another Windows machine that trusts the root, see whether a connection succeeds."),
                    f"curl.exe --head https://{site.host}/",
                ),
            ]
        )
    ]
