"""Signing with a throw-away key and linting that, before the real key is touched (BR 4.3.1.2, E21)."""

from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.ca.authority import Urls
from certificates.ca.findings import Finding, Severity
from certificates.ca.house_rules import Policy
from certificates.ca.lint import lint
from certificates.ca.signing import PublicKey, sign, throw_away_key

STAND_IN = "http://pki.example.com"


class LintFailed(Exception):
    """The linter found errors, so nothing was signed. `findings` are all of them, worst first."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(
            "; ".join(f"{finding.code} {finding.message}".strip() for finding in findings if finding.stops)
        )
        self.findings = findings


def dry_run(
    build: Callable[[Urls], x509.CertificateBuilder],
    urls: Urls,
    like: PublicKey,
    policy: Policy,
    hash_name: str = "sha256",
) -> list[Finding]:
    """What the linter says of the certificate that `build` makes, signed as a key `like` that one would sign.

    Raises LintFailed. pkilint takes addresses at a host without a dot, such as http://localhost:8000, for broken
    (pkix.invalid_uri_syntax), though RFC 3986 3.2.2 allows them and a private CA on one machine or network needs them.
    So under "private" such a certificate is linted with a public host in their place, which a NOTICE tells; all
    else in it is what will be signed. Under "public-trust" the error stands: there it is right (BR 7.1.2.11.2).
    """
    local = policy == "private" and urls.is_local
    certificate = sign(build(urls.at(STAND_IN) if local else urls), throw_away_key(like), hash_name)
    findings = lint(certificate.public_bytes(Encoding.DER), policy)
    if any(finding.stops for finding in findings):
        raise LintFailed(findings)
    return [*findings, _local_notice(urls)] if local else findings


def _local_notice(urls: Urls) -> Finding:
    says = f"The addresses at {urls.base} lead somewhere on the local network only; linted with {STAND_IN} instead."
    return Finding(Severity.NOTICE, "sslportal.urls.local", says)
