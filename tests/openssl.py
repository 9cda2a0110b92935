"""CSRs as customers make them: by the openssl command."""

import subprocess
from functools import cache


@cache
def csr_pem(name="www.example.com", sans=(), key="rsa:2048"):
    """A CSR by `openssl req`."""
    extra = ["-addext", "subjectAltName=" + ",".join(f"DNS:{san}" for san in sans)] if sans else []
    done = subprocess.run(
        ["openssl", "req", "-new", "-newkey", key, "-nodes", "-keyout", "/dev/null", "-subj", f"/CN={name}", *extra],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
