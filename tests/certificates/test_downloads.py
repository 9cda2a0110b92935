"""The files to download, read by the programs that will read them, and the choice of a server beside them."""

import io
import re
import shutil
import subprocess
import zipfile
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from certificates import csr, downloads
from certificates.models import Certificate
from tests.factories import issue, make_domain, make_order

NAMES = [
    "www.example.com.p7b", "www.example.com.crt", "ssl-portal-issuing-1.crt", "ssl-portal-policy-1.crt",
    "ssl-portal-root-1.crt", "www.example.com.fullchain.pem", "www.example.com.der", "ca-bundle.crt", "all-certificates.zip",
]  # fmt: skip

PEM_SERVER = ["ssl-portal-root-1.crt", "www.example.com.fullchain.pem"]
SERVER, ISSUING, POLICY, ROOT = (
    "www.example.com", "SSL Portal Issuing CA 1", "SSL Portal Policy CA 1", "SSL Portal Root CA 1"
)  # fmt: skip


@pytest.fixture
def issued(ca, people):
    make_domain(people.ov)
    order = make_order(people.ov, people.paul, sans=["shop.example.com"])
    issue(order)
    return order


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


@pytest.fixture
def folder(issued, paul, tmp_path):
    """All files, as a person has them who clicked on each."""
    return save(paul, issued, tmp_path)


def save(client, order, folder):
    for file in re.findall(rf'href="(/certificates/{order.pk}/download/[^"]+)"', shown(client, order)):
        (folder / file.rpartition("/")[2]).write_bytes(client.get(file).content)
    return folder


def shown(client, order, query=""):
    return client.get(f"/certificates/{order.pk}/download/{query}").content.decode()


def marked(page, server):
    """The files that the page marks as those for the server."""
    rows = re.findall(r'<(?:p|li) class="file file-needed">(.*?)</(?:p|li)>', page, re.DOTALL)
    assert all(f"For {server}" in row for row in rows)
    return [re.search(r"</svg> (\S+)</a>", row)[1] for row in rows]


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, input="")
    assert done.returncode == 0, done.stderr
    return done.stdout


def common_names(text):
    """Of the subjects, in turn; old versions of OpenSSL write "CN = ", new ones "CN="."""
    return re.findall(r"^ *subject[=:].*CN ?= ?([^,\n]+)", text, re.MULTILINE | re.IGNORECASE)


SERVER, ISSUING, POLICY, ROOT = (
    "www.example.com",
    "SSL Portal Issuing CA 1",
    "SSL Portal Policy CA 1",
    "SSL Portal Root CA 1",
)


# The files


def test_the_page_has_a_link_to_every_file_by_its_name(issued, paul):
    page = shown(paul, issued)

    assert re.findall(r"download>.*?</svg> (\S+)</a>", page, re.DOTALL) == NAMES
    assert page.index("www.example.com.p7b") < page.index('id="pkcs7"') < page.index("Additional Certificates")


def test_the_text_box_holds_the_pkcs7_file(issued, paul, folder):
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", shown(paul, issued), re.DOTALL)[1]

    assert text.strip() == (folder / "www.example.com.p7b").read_text().strip()


def test_the_pkcs7_file_holds_the_server_and_the_intermediates(folder):
    text = run(folder, "openssl", "pkcs7", "-in", "www.example.com.p7b", "-print_certs", "-noout")

    assert sorted(common_names(text)) == sorted([SERVER, ISSUING, POLICY])


def test_the_pkcs7_file_is_what_openssl_would_make_of_the_chain(folder):
    run(folder, "openssl", "crl2pkcs7", "-nocrl", "-certfile", "www.example.com.fullchain.pem", "-out", "made.p7b")

    ours, made = ((folder / name).read_text() for name in ("www.example.com.p7b", "made.p7b"))
    assert sorted(certificates(folder, "www.example.com.p7b")) == sorted(certificates(folder, "made.p7b"))
    assert ours.splitlines()[0] == made.splitlines()[0] == "-----BEGIN PKCS7-----"


def certificates(folder, file):
    text = run(folder, "openssl", "pkcs7", "-in", file, "-print_certs")
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)


@pytest.mark.parametrize(
    ("file", "holds"),
    [
        ("www.example.com.crt", [SERVER]),
        ("ssl-portal-issuing-1.crt", [ISSUING]),
        ("ssl-portal-policy-1.crt", [POLICY]),
        ("ssl-portal-root-1.crt", [ROOT]),
        ("www.example.com.fullchain.pem", [SERVER, ISSUING, POLICY]),
        ("ca-bundle.crt", [ISSUING, POLICY, ROOT]),
    ],
)
def test_pem_files_hold_their_certificates_in_order(folder, file, holds):
    text = run(folder, "openssl", "storeutl", "-certs", "-text", file)

    assert common_names(text) == holds


def test_the_der_file_is_the_certificate_that_was_issued(folder, issued):
    assert (folder / "www.example.com.der").read_bytes() == bytes(Certificate.objects.get().der)
    run(folder, "openssl", "x509", "-inform", "DER", "-in", "www.example.com.der", "-checkhost", "shop.example.com")


def test_the_chain_of_the_files_leads_to_the_root(folder):
    strictly = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", SERVER, "-CAfile", "ssl-portal-root-1.crt"]

    said = run(folder, "openssl", "verify", *strictly, "-untrusted", "ca-bundle.crt", "www.example.com.crt")

    assert said == "www.example.com.crt: OK\n"


def test_the_zip_has_the_files_and_is_the_same_every_time(folder, issued, paul):
    content = (folder / "all-certificates.zip").read_bytes()
    files = ["www.example.com.crt", "ssl-portal-issuing-1.crt", "ssl-portal-policy-1.crt", "ssl-portal-root-1.crt"]

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: (folder / name).read_bytes() for name in files
        }
        assert archive.namelist() == files
    assert paul.get(f"/certificates/{issued.pk}/download/all-certificates.zip").content == content


def test_keytool_reads_the_files(folder):
    if shutil.which("keytool") is None:
        pytest.skip("no keytool on this machine; install the package “default-jre-headless”")

    for file, count in (("www.example.com.crt", 1), ("www.example.com.p7b", 3), ("www.example.com.der", 1)):
        assert run(folder, "keytool", "-printcert", "-file", file).count("Serial number: ") == count


def test_the_files_of_an_ecdsa_key_are_right_too(ca, people, paul, tmp_path):
    run(tmp_path, "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes",
        "-subj", f"/CN={SERVER}", "-keyout", "server.key", "-out", "server.csr")  # fmt: skip
    request = csr.read((tmp_path / "server.csr").read_text())
    make_domain(people.ov)
    key = {"csr": request.pem, "key_label": request.key_label, "key_sha256": request.key_sha256}
    order = make_order(people.ov, people.paul, **key)
    issue(order)

    save(paul, order, tmp_path)

    certificate = x509.load_pem_x509_certificate((tmp_path / "www.example.com.crt").read_bytes())
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    run(tmp_path, "openssl", "pkcs12", "-export", "-inkey", "server.key", "-in", "www.example.com.fullchain.pem",
        "-passout", "pass:changeit", "-out", "server.p12")  # fmt: skip  # fails where key and certificate differ
    text = run(tmp_path, "openssl", "pkcs7", "-in", "www.example.com.p7b", "-print_certs", "-noout")
    assert sorted(common_names(text)) == sorted([SERVER, ISSUING, POLICY])


# Their names


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("*.example.com", "wildcard.example.com.crt"),
        ("example.com", "example.com.crt"),
        ("www.xn--bcher-kva.com", "www.xn--bcher-kva.com.crt"),
    ],
)
def test_files_are_called_like_the_common_name(ca, people, paul, name, file):
    make_domain(people.ov, "xn--bcher-kva.com" if "xn--" in name else "example.com")
    order = make_order(people.ov, people.paul, name=name)
    issue(order)

    response = paul.get(f"/certificates/{order.pk}/download/{file}")

    assert response["Content-Disposition"] == f'attachment; filename="{file}"'


def test_the_longest_name_gives_a_name_that_file_systems_take(ca, people, paul):
    name = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 49, "example.com"])
    make_domain(people.ov)
    order = make_order(people.ov, people.paul, name=name)
    issue(order)

    site = downloads.site_of(order)

    assert len(name) == 253
    assert all(len(file) <= 255 for file in (site.fullchain, f"{site.fullchain}.key", site.pkcs7))
    assert paul.get(f"/certificates/{order.pk}/download/{site.fullchain}").status_code == 200


@pytest.mark.parametrize("name", ['a"; filename="evil.exe', "a\\b", "ä.example.com", "a\tb"])
def test_no_name_breaks_out_of_the_header(issued, paul, name):
    """No such name is ever taken into an order; here one got in some other way."""
    type(issued).objects.update(common_name=name)
    file = next(file.name for file in downloads.files(type(issued).objects.get()) if file.name.endswith(".crt"))

    response = paul.get(f"/certificates/{issued.pk}/download/{quote(file)}")

    told = response["Content-Disposition"].removeprefix("attachment; filename").lstrip("*")
    assert re.fullmatch(r'="(?:[^"\\]|\\.)*"|=utf-8\'\'[\w.%-]+', told)


# Who may have them, and who may keep them


@pytest.mark.parametrize("name", NAMES)
def test_no_cache_keeps_a_file(issued, paul, name):
    response = paul.get(f"/certificates/{issued.pk}/download/{name}")

    assert set(response["Cache-Control"].split(", ")) == {"private", "no-cache", "no-store"}


def test_no_cache_shares_the_page(issued, paul):
    response = paul.get(f"/certificates/{issued.pk}/download/")

    assert set(response["Cache-Control"].split(", ")) == {"private", "no-cache"}


def test_a_stranger_finds_no_file(issued, people, sign_in):
    stranger = sign_in(people.stranger)

    assert {stranger.get(f"/certificates/{issued.pk}/download/{name}").status_code for name in ("", *NAMES)} == {404}


def test_before_it_is_issued_nothing_can_be_downloaded(people, paul):
    order = make_order(people.ov, people.paul)

    assert {paul.get(f"/certificates/{order.pk}/download/{name}").status_code for name in ("", *NAMES)} == {403}


# The server to install it on


def test_without_a_choice_no_file_is_marked(issued, paul):
    page = shown(paul, issued)

    assert "Choose your server" in page
    assert "file-needed" not in page
    assert 'id="steps"' not in page


@pytest.mark.parametrize(
    ("server", "name", "files"),
    [
        ("openssl", "OpenSSL", ["www.example.com.crt", *PEM_SERVER, "ca-bundle.crt"]),
        ("apache", "Apache", PEM_SERVER),
        ("nginx", "nginx", PEM_SERVER),
        ("iis", "IIS", ["all-certificates.zip"]),
        ("tomcat", "Tomcat (keytool)", ["www.example.com.p7b", "ssl-portal-root-1.crt"]),
        ("haproxy", "HAProxy", PEM_SERVER),
    ],
)
def test_the_files_for_the_chosen_server_are_marked(issued, paul, server, name, files):
    page = shown(paul, issued, f"?server={server}")

    assert marked(page, name) == files
    assert re.search(r'href="\?server=(\w+)"\s+aria-current="true"', page)[1] == server
    assert f"How to install it on {name}" in " ".join(page.split())


def test_the_choice_is_remembered_for_the_next_certificate(issued, people, paul):
    shown(paul, issued, "?server=haproxy")
    another = make_order(people.ov, people.paul, name="mail.example.com")
    issue(another)

    assert marked(shown(paul, another), "HAProxy") == ["ssl-portal-root-1.crt", "mail.example.com.fullchain.pem"]


@pytest.mark.parametrize(
    "query", ["?server=", "?server=lighttpd", "?server=%00", "?server=<script>", "?server=a&server=b"]
)
def test_a_server_that_is_not_known_changes_nothing(issued, paul, query):
    shown(paul, issued, "?server=nginx")

    assert marked(shown(paul, issued, query), "nginx") == PEM_SERVER


def test_each_link_is_on_the_page_once(issued, paul):
    """Steps name files, but do not link them again."""
    page = shown(paul, issued, "?server=tomcat")

    assert [page.count(f'/download/{name}"') for name in NAMES] == [1] * len(NAMES)
