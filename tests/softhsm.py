"""SoftHSM2 with tokens of a test's own."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pkcs11
import pytest

from certificates.ca import pkcs11_module
from certificates.ca.pkcs11 import Pkcs11KeyStore
from tests.certificates.servers.programs import path_of

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "2718"


class SoftHSM:
    """The module, and what it takes to make tokens for it in a folder."""

    def __init__(self, folder):
        self.configuration = folder / "softhsm2.conf"
        self._util = path_of("softhsm2-util", "softhsm2")
        self.module = next((path for path in MODULES if Path(path).exists()), None)
        if self.module is None:
            pytest.skip("no libsofthsm2.so on this machine; install the package “softhsm2”")
        (folder / "tokens").mkdir()
        self.configuration.write_text(f"directories.tokendir = {folder}/tokens\n")

    def make_token(self, label="sslportal"):
        words = ["--init-token", "--free", "--label", label, "--so-pin", "31415926", "--pin", PIN]
        subprocess.run([self._util, *words], check=True, capture_output=True)

    def store(self, label="sslportal", pin=PIN):
        return Pkcs11KeyStore(label, self.module, pin.encode())

    def token(self, label="sslportal"):
        """The token as another program sees it; signed in where a store of this process has opened it."""
        return pkcs11.lib(self.module).get_token(token_label=label)

    def uri(self, label="sslportal"):
        return f"pkcs11:token={label}?module-path={self.module}"


@contextmanager
def in_folder(folder, monkeypatch):
    """The module reads where its tokens are when it starts, and a process has it once: so it is stopped afterwards."""
    softhsm = SoftHSM(folder)
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm.configuration))
    yield softhsm
    pkcs11_module.module.cache_clear()
    pkcs11.lib(softhsm.module).finalize()
