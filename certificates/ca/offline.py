"""A root whose key is elsewhere: what is to be signed there, as a folder of files for the openssl command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.ca import profiles
from certificates.ca.authority import Authority, Urls
from certificates.ca.dry_run import dry_run
from certificates.ca.hierarchy import ISSUING, POLICY, ROOT, Terms, create_keys, next_number
from certificates.ca.keys import KeyStore
from certificates.ca.pkcs8 import PrivateKey
from certificates.ca.plan import new_serial, validity
from certificates.ca.signing import CURVES, PublicKey, sign, sign_request, throw_away_key

LIST_DAYS = 360  # BR 4.9.7: a list of CAs is made anew within twelve months

_MAKE_A_KEY = {
    "rsa-3072": "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
    "rsa-4096": "-algorithm RSA -pkeyopt rsa_keygen_bits:4096",
    "ecdsa-p256": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "ecdsa-p384": "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
}


@dataclass(frozen=True)
class _Ceremony:
    """Who signs whom, for how many days. `root` and `policy` are the names of the CAs, `hash_name` the root's hash."""

    root: str
    policy: str
    number: int
    days: int
    hash_name: str
    terms: Terms


def request_policy_ca(
    root: Authority | None, store: KeyStore, terms: Terms, *, algorithm: str, taken: Iterable[str] = ()
) -> dict[str, str]:
    """Make the keys of a policy CA and of an issuing CA below it. Returns the files for who signs, by name.

    `root` is the root that is to sign; None where that is yet to be made, which the files tell how to do. Nothing is
    certified here. Raises KeyStoreError, LintFailed for what no root could sign, ValueError as create_below does.
    """
    number = next_number([*store.names(), *taken])
    key, _issuing_key = create_keys((POLICY, ISSUING), number, store, terms, algorithm)
    signs = root.certificate.public_key() if root else key.public_key()
    ceremony = _Ceremony(
        root.name if root else ROOT.name(number),
        POLICY.name(number),
        number,
        _days(root, terms.now),
        _hash_of(signs),  # type: ignore[arg-type]  # certificates.ca.answer lets no root in that is neither RSA nor ECDSA
        terms,
    )
    _lint(ceremony, root or _stand_in(ceremony, key), key)
    files = {f"{ceremony.policy}.csr": _request(ceremony, key), f"{ceremony.policy}.cnf": _extensions(ceremony)}
    if root:
        return files | {"README.txt": _readme(ceremony)}
    return files | _files_of_the_root(ceremony) | {"README.txt": _readme_with_root(ceremony, algorithm)}


def _days(root: Authority | None, now: datetime) -> int:
    """As long as policy CAs live, or until the root's end, with a month for getting it signed."""
    return min(POLICY.days, (root.certificate.not_valid_after_utc - now).days - 30) if root else POLICY.days


def _hash_of(key: PublicKey) -> str:
    """For ECDSA one a curve (BR 7.1.3.2.2)."""
    return CURVES[key.curve.name][1] if isinstance(key, ec.EllipticCurvePublicKey) else "sha256"


def _lint(ceremony: _Ceremony, root: Authority, key: PrivateKey) -> None:
    """Now, before anybody goes to where the root is."""
    terms, serial, public = ceremony.terms, new_serial(), key.public_key()
    subject, dates = terms.subject(POLICY, ceremony.number), validity(terms.now, POLICY.days)

    def build(urls: Urls) -> x509.CertificateBuilder:
        return profiles.intermediate(serial, dates, subject, public, root, urls, POLICY.path_length)

    dry_run(build, terms.urls, public, terms.policy)


def _stand_in(ceremony: _Ceremony, key: PrivateKey) -> Authority:
    """A root for the linter, of the name that the real one will have."""
    terms, own = ceremony.terms, throw_away_key(key.public_key())
    subject, dates = terms.subject(ROOT, ceremony.number), validity(terms.now, ROOT.days)
    return Authority(ceremony.root, sign(profiles.root(new_serial(), dates, subject, own.public_key()), own))


def _request(ceremony: _Ceremony, key: PrivateKey) -> str:
    builder = x509.CertificateSigningRequestBuilder(ceremony.terms.subject(POLICY, ceremony.number))
    return sign_request(builder, key).public_bytes(Encoding.PEM).decode()


def _extensions(ceremony: _Ceremony) -> str:
    """Those of profiles.intermediate, in openssl's words; certificates.ca.answer holds what comes back against these."""
    urls, root = ceremony.terms.urls, ceremony.root
    return f"""# The extensions of {ceremony.policy}, for: openssl x509 -req -extfile
basicConstraints = critical, CA:TRUE, pathlen:{POLICY.path_length}
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth
certificatePolicies = {profiles.ANY_POLICY}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
crlDistributionPoints = URI:{_escaped(urls.crl(root))}
authorityInfoAccess = caIssuers;URI:{_escaped(urls.certificate(root))}
"""


def _files_of_the_root(ceremony: _Ceremony) -> dict[str, str]:
    """What openssl goes by when it makes the root and its lists: the settings, who is revoked, the next list's number."""
    root = ceremony.root
    return {f"{root}.cnf": _settings_of_the_root(ceremony), f"{root}.index": "", f"{root}.crlnumber": "01\n"}


def _settings_of_the_root(ceremony: _Ceremony) -> str:
    root, terms = ceremony.root, ceremony.terms
    subject = {
        "countryName": terms.country,
        "organizationName": terms.brand,
        "commonName": terms.common_name(ROOT, ceremony.number),
    }
    names = "\n".join(f"{name} = {_escaped(value)}" for name, value in subject.items() if value)
    return f"""# {root}, for: openssl req -x509, and its revocation lists, for: openssl ca

[ req ]
prompt = no
utf8 = yes
string_mask = utf8only
distinguished_name = subject
x509_extensions = root

[ subject ]
{names}

[ root ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always

[ ca ]
default_ca = lists

[ lists ]
certificate = {root}.pem
private_key = {root}.key
database = {root}.index
crlnumber = {root}.crlnumber
default_md = {ceremony.hash_name}
default_crl_days = {LIST_DAYS}
crl_extensions = list

[ list ]
authorityKeyIdentifier = keyid:always
"""


def _escaped(value: str) -> str:
    """As openssl's settings have it: with a backslash before each sign that would mean something there."""
    return "".join(f"\\{sign}" if sign in "\\$#\"'`" else sign for sign in value)


def _sign(ceremony: _Ceremony) -> str:
    root, policy = ceremony.root, ceremony.policy
    return (
        f"openssl x509 -req -in {policy}.csr -CA {root}.pem -CAkey {root}.key -{ceremony.hash_name} -days {ceremony.days}"
        f" -extfile {policy}.cnf -out {policy}.pem"
    )


def _readme(ceremony: _Ceremony) -> str:
    root, policy = ceremony.root, ceremony.policy
    return f"""{policy}, to be certified by {root}

Copy this folder to where the key of {root} is, put {root}.pem and {root}.key into it, and there:

    {_sign(ceremony)}

Look at what was made with: openssl x509 -in {policy}.pem -noout -text
Bring {policy}.pem back to the portal, never the key, and there:

    manage.py ca import {policy}.pem
"""


def _readme_with_root(ceremony: _Ceremony, algorithm: str) -> str:
    root, policy = ceremony.root, ceremony.policy
    return f"""{root}, an offline root, and {policy}, to be certified by it

Copy this folder to where the root's key shall be. OpenSSL 3 is needed there, and no network.

1. Make the root's key. You choose a passphrase, which is asked for whenever the root signs:

    openssl genpkey {_MAKE_A_KEY[algorithm]} -aes-256-cbc -out {root}.key

2. Make the root's certificate:

    openssl req -x509 -new -config {root}.cnf -key {root}.key -{ceremony.hash_name} -days {ROOT.days} -out {root}.pem

3. Certify the policy CA:

    {_sign(ceremony)}

4. Make the root's revocation list. It is good for {LIST_DAYS} days:

    openssl ca -gencrl -config {root}.cnf -out {root}.crl

5. Look at what was made with openssl x509 -noout -text -in and openssl crl -noout -text -in.
   Bring the two certificates and the list back to the portal, never the key, and there:

    manage.py ca import {root}.pem {policy}.pem {root}.crl

Keep this folder: from {root}.index and {root}.crlnumber openssl knows what the next list says, and which number it has.
Before a list ends repeat step 4, and: manage.py ca import {root}.crl
To revoke the policy CA do this first: openssl ca -config {root}.cnf -revoke {policy}.pem -crl_reason cACompromise
"""
