"""Everything that is signed, before linters and before strangers: OpenSSL, GnuTLS and nginx.

CAs with RSA keys and with ECDSA keys, of a country, as the public's must be; under both policies where it matters.
"""

import subprocess
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates import authorities, csr, keyroom, tasks
from certificates.actions import revocation
from certificates.ca import hierarchy
from certificates.ca.keys import FileKeyStore
from certificates.ca.lint import lint
from certificates.models import OcspAnswer, OcspQuestion
from certificates.states import Reason, Status
from certificates.trust import responders, store
from sslportal.embedded.places import free_port
from sslportal.kit import clock, policy
from tests import stranger
from tests.certificates.servers.programs import path_of
from tests.certificates.trust.linters import findings_in_answer, findings_in_list
from tests.factories import issue, make_domain, make_ev_profile, make_order

NUMBERS = {"rsa-3072": 2, "ecdsa-p384": 3}  # root-2, root-3 and so on: keys stay in memory by their names
POLICIES = ["private", "public-trust"]
EV_FIELDS = ["business_category", "jurisdiction_country", "registration_number"]
REASONS = [Reason.INACCURATE, Reason.CHANGED, Reason.KEY, Reason.OWNERSHIP, Reason.UNAUTHORIZED, Reason.OTHER]


@pytest.fixture(scope="session", params=NUMBERS)
def keys(request, tmp_path_factory):
    """A key store with three CAs and a responder, made once a worker."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "passphrase").write_bytes(b"a passphrase of the tests")
    key_store = FileKeyStore(folder / "keys", b"a passphrase of the tests")
    urls = hierarchy.Urls("http://pki.example.com")
    number = NUMBERS[request.param]
    terms = hierarchy.Terms("Example Trust", clock.now(), urls, "GB", "public-trust")
    made = hierarchy.create_below(None, key_store, terms, algorithm=request.param, taken=[f"root-{number - 1}"])
    return SimpleNamespace(folder=folder, made=made, responder=None)


@pytest.fixture
def cas(db, keys, settings, dns_server):
    """This process is the `ca` worker of these CAs: root, policy, issuing."""
    settings.CA_KEYS, settings.CA_PASSPHRASE_FILE = str(keys.folder / "keys"), str(keys.folder / "passphrase")
    settings.PKI_URL, settings.PORTAL_BRAND = "http://pki.example.com", "Example Trust"
    keyroom.store.cache_clear()
    rows = [authorities.record(authority) for authority in keys.made]
    if keys.responder:
        responders.record(rows[-1], f"ocsp-{rows[-1].name}-1", keys.responder)
    keys.responder = responders.responder_of(rows[-1]).certificate
    yield SimpleNamespace(**{made.role: made for made in keys.made}, responder=keys.responder)
    keyroom.store.cache_clear()
    store.known_ca.cache_clear()


@pytest.fixture
def certify(cas, people):
    """Have a certificate issued as the workers do, by the longest validity that the policy has; returns its order."""
    profiles = {"OV": people.ov, "EV": make_ev_profile(people.company, primary=people.paul)}
    for level, profile in profiles.items():
        make_domain(profile, "example.com", level=level)

    def certify(level="OV", *, pem=None):
        profile = profiles[level]
        (validity, *_) = policy.at(clock.now()).validity_choices("SHA-256")
        own = {name: getattr(profile, name) for name in EV_FIELDS if level == "EV"}
        fields = {"validity": validity.key, "ev_subject": own}
        if pem:
            request = csr.read(pem)
            fields |= {"csr": pem, "key_label": request.key_label, "key_sha256": request.key_sha256}
        order = make_order(profile, people.paul, **fields)
        issue(order)
        order.refresh_from_db()
        assert order.status == Status.ISSUED, order.hold_detail
        return order

    return certify


@pytest.fixture
def set_aside(people):
    """Change the status of an order's certificate, and have it published."""

    def set_aside(order, reason):
        if reason == Reason.UNUSED:
            revocation.mark_unused(order, by=people.paul)
        else:
            revocation.revoke_order(order, reason=reason, detail="Because.", by=people.paul)
        tasks.publish_changes()

    return set_aside


def fetch_list(made, shard=0):
    return stranger.ask(f"/pki/crl/{made.name}{f'-{shard}' if shard else ''}.crl").content


def fetch_answer(order, made, hash_name="sha1"):
    reply = stranger.post(stranger.request_for(order.certificate.x509, made.certificate, hash_name), made.name)
    assert reply.ocsp.certificate_status
    return reply.content


def codes(der, by):
    return [finding.code for finding in lint(der, by)]


# Linters


@pytest.mark.parametrize("by", POLICIES)
def test_certificates_of_cas_are_clean(cas, by):
    noticed = [] if by == "private" else ["cabf.ca_certificate_no_digital_signature_bit"]  # nor shall they sign answers

    assert [codes(made.der, by) for made in (cas.root, cas.policy, cas.issuing)] == [noticed] * 3


@pytest.mark.parametrize("by", POLICIES)
def test_a_responders_certificate_is_clean(cas, by):
    assert codes(cas.responder.public_bytes(Encoding.DER), by) == []


@pytest.mark.parametrize("by", POLICIES)
@pytest.mark.parametrize("level", ["OV", "EV"])
def test_a_servers_certificate_is_clean(certify, settings, level, by):
    settings.PORTAL_POLICY = by
    rules = {"OV": "cabf.serverauth.ov", "EV": "cabf.ev_guidelines"}[level]
    noticed = (
        [] if by == "private" else [f"{rules}.common_name_attribute_present"]
    )  # not recommended, but many look for it

    assert codes(bytes(certify(level).certificate.der), by) == noticed


@pytest.mark.parametrize("by", POLICIES)
def test_lists_of_cas_are_clean(cas, by):
    tasks.renew_status()

    assert [findings_in_list(fetch_list(made), by, of_cas=True) for made in (cas.root, cas.policy)] == [[], []]


@pytest.mark.parametrize("by", POLICIES)
def test_lists_of_servers_are_clean(certify, cas, set_aside, settings, by):
    settings.PORTAL_POLICY = by
    orders = [certify() for _reason in REASONS]
    empty = fetch_list(cas.issuing)
    for order, reason in zip(orders, REASONS, strict=True):
        set_aside(order, reason)
    full = fetch_list(cas.issuing)

    assert [len(x509.load_der_x509_crl(der)) for der in (empty, full)] == [0, len(REASONS)]
    assert [findings_in_list(der, by) for der in (empty, full)] == [[], []]


def test_a_list_with_a_hold_is_clean_for_a_private_ca(certify, cas, set_aside):
    set_aside(certify(), Reason.UNUSED)

    assert findings_in_list(fetch_list(cas.issuing)) == []
    assert findings_in_list(fetch_list(cas.issuing), "public-trust") == ["cabf.crl_prohibited_reason_code"]


def test_one_of_many_lists_is_clean(certify, cas, set_aside, settings):
    settings.CRL_ENTRIES = 1
    order = certify()
    set_aside(order, Reason.KEY)

    assert findings_in_list(fetch_list(cas.issuing, order.pk), "public-trust") == []


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_answers_are_clean(certify, cas, set_aside, hash_name):
    good, *others = [certify() for _reason in (None, *REASONS, Reason.UNUSED)]
    for order, reason in zip(others, (*REASONS, Reason.UNUSED), strict=True):
        set_aside(order, reason)

    answers = [fetch_answer(order, cas.issuing, hash_name) for order in (good, *others)]

    assert [findings_in_answer(answer) for answer in answers] == [[]] * len(answers)


def test_a_joint_answer_is_clean(certify, cas, set_aside):
    set_aside(certify(), Reason.KEY)

    assert findings_in_answer(joint_answer()) == []


def joint_answer():
    """The worker's answer about all certificates, by both hashes."""
    asked = OcspQuestion.objects.create(answers=list(OcspAnswer.objects.order_by("pk").values_list("pk", flat=True)))
    tasks.join_answers(asked.pk)
    asked.refresh_from_db()
    return bytes(asked.der)


# Strangers


class Desk:
    """A folder with the certificates, lists and answers that a stranger has, and the trust services at an address."""

    def __init__(self, folder, cas, order, server):
        self.folder, self.server = folder, server
        self.url = f"http://127.0.0.1:{server.server_port}/pki/ocsp/{cas.issuing.name}/"
        server_pem = order.certificate.x509.public_bytes(Encoding.PEM)
        self.put("root.pem", cas.root.pem)
        self.put("issuing.pem", cas.issuing.pem)
        self.put("server.pem", server_pem)
        self.put("between.pem", cas.issuing.pem + cas.policy.pem)
        self.put("chain.pem", server_pem + cas.issuing.pem + cas.policy.pem)
        self.put("whole.pem", server_pem + cas.issuing.pem + cas.policy.pem + cas.root.pem)

    def put(self, name, content):
        (self.folder / name).write_bytes(content)

    def put_lists(self, *ders):
        pems = [x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in ders]
        self.put("lists.pem", b"".join(pems))

    def run(self, *command):
        """Run a program, and answer what it asks here; returns its exit code and what it said."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while process.poll() is None:
            self.server.handle_request()
        with process.stdout:
            return process.returncode, process.stdout.read()


@pytest.fixture
def server():
    """The portal at an address."""
    from tests.wsgi_server import in_this_thread  # which reads settings that pytest_configure changes first

    with in_this_thread() as server:
        yield server


@pytest.fixture
def order(certify, tmp_path):
    """One whose key is a file, too."""
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=www.example.com"]
    made = subprocess.run(
        ["openssl", "req", "-new", *words, "-keyout", tmp_path / "server.key"],
        check=True,
        capture_output=True,
        text=True,
    )
    return certify(pem=made.stdout)


@pytest.fixture
def desk(tmp_path, cas, order, server):
    return Desk(tmp_path, cas, order, server)


VERIFY = (
    "openssl",
    "verify",
    "-x509_strict",
    "-purpose",
    "sslserver",
    "-CAfile",
    "root.pem",
    "-untrusted",
    "between.pem",
)


@pytest.mark.parametrize(("reason", "says"), [
    (None, "server.pem: OK"), (Reason.KEY, "certificate revoked"), (Reason.UNUSED, "certificate revoked"),
])  # fmt: skip
def test_openssl_checks_the_whole_chain_by_our_lists(desk, cas, order, set_aside, reason, says):
    if reason:
        set_aside(order, reason)
    tasks.renew_status()
    desk.put_lists(*(fetch_list(made) for made in (cas.root, cas.policy, cas.issuing)))

    code, said = desk.run(*VERIFY, "-crl_check_all", "-CRLfile", "lists.pem", "server.pem")

    assert says in said
    assert code == (2 if reason else 0), said


def test_openssl_wants_the_list_that_the_certificate_names(desk, cas, certify, settings):
    settings.CRL_ENTRIES = 1
    other = certify("EV")
    desk.put("server.pem", other.certificate.x509.public_bytes(Encoding.PEM))
    said = []
    for shard in (0, other.pk):
        desk.put_lists(fetch_list(cas.issuing, shard))
        said.append(desk.run(*VERIFY, "-crl_check", "-CRLfile", "lists.pem", "server.pem"))

    assert [code for code, _said in said] == [2, 0]
    assert "different CRL scope" in said[0][1]


@pytest.mark.parametrize("role", ["root", "policy", "issuing"])
def test_openssl_verifies_a_list(desk, cas, role):
    tasks.renew_status()
    desk.put("list.crl", fetch_list(getattr(cas, role)))
    desk.put("ca.pem", getattr(cas, role).pem)

    verified = desk.run("openssl", "crl", "-in", "list.crl", "-inform", "DER", "-CAfile", "ca.pem", "-noout")

    assert verified == (0, "verify OK\n")


ASK = ("openssl", "ocsp", "-issuer", "issuing.pem", "-CAfile", "root.pem", "-verify_other", "between.pem")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (None, "good"),
        (Reason.KEY, "Reason: keyCompromise"),
        (Reason.OTHER, "Revocation Time: "),
        (Reason.UNUSED, "Reason: certificateHold"),
    ],
)
def test_openssl_asks_for_the_status(desk, order, set_aside, reason, says):
    if reason:
        set_aside(order, reason)

    for how in ("-no_nonce", "-nonce", "-sha256"):
        code, said = desk.run(*ASK, how, "-cert", "server.pem", "-url", desk.url)

        assert "Response verify OK" in said
        assert f"server.pem: {'revoked' if reason else 'good'}" in said
        assert says in said
        assert code == 0


def test_openssl_reads_an_answer_that_came_by_get(desk, cas, order):
    request = stranger.request_for(order.certificate.x509, cas.issuing.certificate)
    desk.put("answer.der", stranger.get(request, cas.issuing.name).content)

    code, said = desk.run(*ASK, "-cert", "server.pem", "-respin", "answer.der")

    assert (code, "Response verify OK" in said, "server.pem: good" in said) == (0, True, True), said


def test_openssl_reads_a_joint_answer(desk, cas, order, certify, set_aside):
    other = certify("EV")
    desk.put("other.pem", other.certificate.x509.public_bytes(Encoding.PEM))
    set_aside(other, Reason.KEY)
    desk.put("answer.der", joint_answer())

    code, said = desk.run(*ASK, "-cert", "server.pem", "-cert", "other.pem", "-respin", "answer.der")

    assert "Response verify OK" in said
    assert ("server.pem: good" in said, "other.pem: revoked" in said, code) == (True, True, 0), said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("signed", [False, True])
def test_openssl_asks_for_several_at_once(desk, certify, signed):
    desk.put("other.pem", certify("EV").certificate.x509.public_bytes(Encoding.PEM))
    signer = ["-signer", "server.pem", "-signkey", "server.key"] if signed else []

    code, said = desk.run(*ASK, *signer, "-cert", "server.pem", "-cert", "other.pem", "-url", desk.url)

    assert "Response verify OK" in said
    assert ("server.pem: good" in said, "other.pem: good" in said, code) == (True, True, 0), said


def test_openssl_is_told_that_nobody_speaks_for_a_number(desk):
    _code, said = desk.run(*ASK, "-serial", "0x1234", "-url", desk.url)

    assert "Responder Error: unauthorized (6)" in said


@pytest.fixture
def gnutls():
    path_of("certtool", "gnutls-bin")


@pytest.mark.parametrize(("reason", "says"), [
    (None, "Chain verification output: Verified. The certificate is trusted."),
    (Reason.KEY, "Chain verification output: Not verified. The certificate is NOT trusted. The certificate chain is revoked."),
])  # fmt: skip
def test_gnutls_checks_the_chain_by_our_lists(gnutls, desk, cas, order, set_aside, reason, says):
    if reason:
        set_aside(order, reason)
    tasks.renew_status()
    desk.put_lists(*(fetch_list(made) for made in (cas.root, cas.policy, cas.issuing)))

    code, said = desk.run(
        "certtool", "--verify", "--verify-profile", "medium", "--load-ca-certificate", "root.pem", "--load-crl", "lists.pem",
        "--infile", "chain.pem",
    )  # fmt: skip

    assert says in said
    assert code == (1 if reason else 0)


@pytest.mark.parametrize("by", ["chain.pem", "whole.pem"])
def test_gnutls_verifies_the_chain_by_itself(gnutls, desk, by):
    command = ["--verify-chain", "--infile", "whole.pem"] if by == "whole.pem" else [
        "--verify", "--verify-hostname", "www.example.com", "--verify-purpose", "1.3.6.1.5.5.7.3.1", "--load-ca-certificate",
        "root.pem", "--infile", "chain.pem",
    ]  # fmt: skip

    code, said = desk.run("certtool", "--verify-profile", "medium", *command)

    assert "Chain verification output: Verified." in said
    assert code == 0


@pytest.mark.parametrize("role", ["root", "policy", "issuing"])
def test_gnutls_verifies_and_reads_a_list(gnutls, desk, cas, order, set_aside, role):
    set_aside(order, Reason.KEY)
    tasks.renew_status()
    desk.put("list.crl", fetch_list(getattr(cas, role)))
    desk.put("ca.der", getattr(cas, role).der)

    verified, said = desk.run(
        "certtool", "--verify-profile", "medium", "--verify-crl", "--load-ca-certificate", "ca.der", "--inder", "--infile",
        "list.crl",
    )  # fmt: skip
    read, shown = desk.run("certtool", "--crl-info", "--inder", "--infile", "list.crl")

    assert "Verification output: Verified" in said
    assert (verified, read) == (0, 0)
    assert ("Revoked certificates (1)" in shown) == (role == "issuing")


@pytest.mark.parametrize(
    ("reason", "says"), [(None, "Certificate Status: good"), (Reason.KEY, "Certificate Status: revoked")]
)
def test_gnutls_asks_for_the_status(gnutls, desk, order, set_aside, reason, says):
    if reason:
        set_aside(order, reason)

    asked, said = desk.run(
        "ocsptool", f"--ask={desk.url}", "--load-cert", "server.pem", "--load-issuer", "issuing.pem", "--load-trust",
        "issuing.pem", "--outfile", "answer.der",
    )  # fmt: skip
    verified, shown = desk.run(
        "ocsptool", "--verify-response", "--load-response", "answer.der", "--load-trust", "issuing.pem"
    )

    assert says in said
    assert "Verifying OCSP Response: Success" in shown
    assert (asked, verified) == (0, 0)


def test_nginx_staples_our_answer(desk, cas, order):
    program, port = path_of("nginx", "nginx-light"), free_port()
    desk.put("nginx.conf", NGINX.format(port=port, folder=desk.folder, url=desk.url).encode())
    desk.folder.chmod(0o755)
    process = subprocess.Popen([program, "-p", desk.folder, "-c", "nginx.conf", "-e", "error.log"], cwd=desk.folder)
    try:
        said = stapled(desk, port)
    finally:
        process.terminate()
        process.wait(30)

    assert "OCSP Response Status: successful (0x0)" in said, (desk.folder / "error.log").read_text()
    assert "Cert Status: good" in said
    assert f"Serial Number: {int(order.serial_number, 16):032X}" in said
    assert "Verify return code: 0 (ok)" in said


NGINX = """
daemon off; pid nginx.pid; error_log error.log info; events {{}}
http {{
  access_log off;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/server.key;
    ssl_trusted_certificate {folder}/whole.pem;
    ssl_stapling on; ssl_stapling_verify on; ssl_stapling_responder {url};
  }}
}}
"""


def stapled(desk, port):
    """What a client is told in the handshake: nginx asks for an answer at the first one, and staples it from then on."""
    said = ""
    for _ in range(100):
        _code, said = desk.run(
            "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "www.example.com", "-status", "-CAfile",
            "root.pem",
        )  # fmt: skip
        if "OCSP Response Status" in said:
            break
    return said
