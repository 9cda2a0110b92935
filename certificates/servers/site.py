"""A site that is given a certificate: its names, and what the files for it are called."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_COMMON_NAME = 64  # RFC 5280, appendix A: ub-common-name
LONGEST_STEM = 230  # file systems take 255 bytes, of which endings need up to 18


def stem_of(name: str) -> str:
    """What the files for a name are called, without an ending: www.example.com, wildcard.example.com."""
    return name.replace("*", "wildcard", 1)[:LONGEST_STEM].rstrip(".-")


@dataclass(frozen=True)
class Site:
    """The names in a certificate, the common name first, and the files: those to download, and those on the server.

    `intermediates` are the files of the CAs below the root, the one that issues first.
    """

    names: Sequence[str]
    intermediates: Sequence[str]
    root: str
    bundle: str = "ca-bundle.crt"
    everything: str = "all-certificates.zip"

    @property
    def stem(self) -> str:
        return stem_of(self.names[0])

    @property
    def host(self) -> str:
        """A name to ask the server for: a wildcard stands for www."""
        return self.names[0].replace("*", "www", 1)

    @property
    def subject(self) -> str:
        """The subject of a CSR, with a name that fits into it if there is one."""
        fitting = (name for name in self.names if len(name) <= LONGEST_COMMON_NAME)
        return f"CN={next(fitting, '')}"

    @property
    def key(self) -> str:
        return f"{self.stem}.key"

    @property
    def csr(self) -> str:
        return f"{self.stem}.csr"

    @property
    def certificate(self) -> str:
        return f"{self.stem}.crt"

    @property
    def der(self) -> str:
        return f"{self.stem}.der"

    @property
    def fullchain(self) -> str:
        return f"{self.stem}.fullchain.pem"

    @property
    def pkcs7(self) -> str:
        return f"{self.stem}.p7b"

    @property
    def pkcs12(self) -> str:
        """The keystore of a Java server."""
        return f"{self.stem}.p12"
