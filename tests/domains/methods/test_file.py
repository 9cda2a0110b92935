"""The file on the web server: what counts as found (BR 3.2.2.4.18), what never does, and what people are told instead."""

import time

import pytest

from domains import checks, methods
from domains.methods import Explanation, Finding, ToPublish, file
from domains.models import Check
from domains.states import Method, Status
from sslportal.kit import dns_exchange, fetch, outside
from tests.dns_server import closed_port
from tests.factories import make_attempt, make_domain
from tests.web_server import HOST, Page, WebServer, redirect

NAME, VALUE = "example.com", "5f2d8a9c0b1e4f7a6d3c2b1a0f9e8d7c6b5a4938"
PATH = "/.well-known/pki-validation/sslportal.txt"
URL = f"http://example.com{PATH}"
OVER_TLS = f"https://example.com{PATH}"
THERE = Page(VALUE.encode())


@pytest.fixture
def site(web_server, dns_server):
    """example.com is on the web server, without the file."""
    dns_server.zone["A", NAME] = [HOST]
    return web_server


@pytest.fixture
def hurry(monkeypatch):
    """Time runs out fast."""
    monkeypatch.setattr(fetch, "WHOLE_SECONDS", 0.4)


def look(name=NAME):
    return outside.run(lambda: file.check(name, VALUE))


def told(finding, name=NAME):
    """The sentence that people read."""
    return file.trouble(Check(code=finding.code, found=finding.found, detail=finding.detail), name)


# Found


def test_the_file_is_found_by_http(site):
    site.pages[PATH] = THERE

    finding = look()

    assert finding == Finding("found", "found", URL, f"{HOST}:{site.ports['http']}")
    assert told(finding) == ""
    assert [(request.method, request.scheme, request.path) for request in site.requests] == [("GET", "http", PATH)]


def test_the_file_is_found_by_https_where_http_is_closed(site, settings):
    """The certificate is self-signed, for another name, and has expired: whoever confirms a domain may have no other."""
    settings.VALIDATION_PORTS = {**site.ports, "http": closed_port()}
    site.pages[PATH] = THERE

    assert look() == Finding("found", "found", OVER_TLS, f"{HOST}:{site.ports['https']}")


def test_the_file_is_found_by_https_where_http_has_something_else(site, settings, tmp_path):
    site.pages[PATH] = THERE
    with WebServer(tmp_path) as other:
        settings.VALIDATION_PORTS = {**site.ports, "http": other.ports["http"]}

        assert look() == Finding("found", "found", OVER_TLS, f"{HOST}:{site.ports['https']}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "to", ["https://example.com/file.txt", "http://files.example.net/file.txt", "/file.txt"], ids=lambda text: text
)
def test_the_file_is_found_through_a_redirect(site, dns_server, status, to):
    dns_server.zone["A", "files.example.net"] = [HOST]
    site.pages[PATH] = redirect(to, status)
    site.pages["/file.txt"] = THERE

    finding = look()

    assert finding.is_found
    assert finding.question == f"{URL} → {to if '//' in to else 'http://example.com/file.txt'}"


@pytest.mark.parametrize(
    "content",
    [
        VALUE,
        f"{VALUE}\n",
        f"  {VALUE}\t\r\n",
        f"\ufeff{VALUE}\r\n",
        f"\n\n{VALUE}",
        f"# for the certificate authority\r\n{VALUE}\r\nanother value\r\n",
    ],
    ids=repr,
)
def test_the_value_may_be_any_line_of_the_file(site, content):
    site.pages[PATH] = Page(content.encode())

    assert look().is_found


@pytest.mark.parametrize("status", [200, 201, 203, 206])
def test_any_status_of_success_will_do(site, status):
    site.pages[PATH] = Page(VALUE.encode(), status=status)

    assert look().is_found


def test_bytes_that_are_no_text_do_not_hide_the_value(site):
    site.pages[PATH] = Page(b"\xff\xfe\x00\n" + VALUE.encode() + b"\n\x80")

    assert look().is_found


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_file_as_windows_writes_it_is_read(site, encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    site.pages[PATH] = Page(f"{mark}{VALUE}\r\n".encode(encoding))

    assert look().is_found


def test_the_value_is_no_part_of_any_request(site):
    """BR 3.2.2.4.18: else a server that repeats what it is asked would confirm."""
    site.pages[PATH] = redirect("/elsewhere")

    look()

    assert [request.scheme for request in site.requests] == ["http", "http", "https", "https"]
    assert all(VALUE not in repr(request) for request in site.requests)


# Missing


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 503])
def test_another_status_is_told_even_if_the_value_is_there(site, status):
    site.pages[PATH] = Page(VALUE.encode(), status=status)

    finding = look()

    assert (finding.verdict, finding.code, finding.question) == ("missing", "status", URL)
    assert told(finding) == f"At {URL} the web server answered with status {status} instead of the file."


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("another value", "another value"),
        ("\n\n  first line\nsecond line", "first line"),
        (VALUE[:-1], VALUE[:-1]),
        (f"{VALUE}0", f"{VALUE}0"),
        (VALUE.upper(), VALUE.upper()),
        (f"<p>{VALUE}</p>", f"<p>{VALUE}</p>"),
        (f"value={VALUE}", f"value={VALUE}"),
        (f"{VALUE[:20]}\n{VALUE[20:]}", VALUE[:20]),
    ],
)
def test_what_the_file_begins_with_is_told(site, content, shown):
    site.pages[PATH] = Page(content.encode())

    finding = look()

    assert (finding.verdict, finding.code, finding.found) == ("missing", "other", [shown])
    assert told(finding) == f"The file at {URL} does not have the value, but begins with “{shown}”."


@pytest.mark.parametrize("answer", [Page(b""), Page(b" \r\n\n"), Page(b"\xef\xbb\xbf"), Page(status=204)])
def test_an_empty_file_is_told(site, answer):
    site.pages[PATH] = answer

    finding = look()

    assert (finding.verdict, finding.code, finding.found) == ("missing", "other", [])
    assert told(finding) == f"The file at {URL} is empty."


@pytest.mark.parametrize("name", ["www.example.com", "shop.example.com"])
def test_a_file_on_another_name_of_the_domain_proves_nothing(site, dns_server, name):
    dns_server.zone["A", name] = ["127.0.0.3"]  # another server, which the guard does not let through
    site.pages[PATH] = THERE

    assert not look(name).is_found


# Not asked, or no answer that counts


def test_an_endless_file_is_cut_off_and_told(site):
    site.pages[PATH] = Page(b"x" * 4096, is_endless=True)

    finding = look()

    assert (finding.verdict, finding.code, finding.found) == ("failed", "too-long", [])
    assert told(finding) == f"The answer at {URL} is far longer than the file."


def test_a_file_that_is_too_long_is_never_a_yes(site):
    site.pages[PATH] = Page(VALUE.encode() + b"\n" + b"x" * 64 * 1024)

    assert look().code == "too-long"


@pytest.mark.parametrize("answer", [Page(VALUE.encode(), drips=0.05), Page(drips=60)], ids=["slow", "silent"])
def test_a_server_that_drips_is_given_up_and_told(site, hurry, answer):
    site.pages[PATH] = answer
    begun = time.monotonic()

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "timeout")
    assert told(finding) == "The web server of example.com did not answer in time."
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "http://inside.example.net/",
    ],
)
def test_a_redirect_inside_is_not_followed(site, dns_server, to):
    dns_server.zone["A", "inside.example.net"] = ["10.0.0.1"]
    site.pages[PATH] = redirect(to)

    finding = look()

    assert (finding.verdict, finding.code, finding.asked) == ("failed", "refused-address", "")
    assert finding.question == f"{URL} → {to}"
    assert told(finding) == (
        "example.com, or where it redirects to, leads to an address that is not on the public Internet. The portal does "
        f"not connect to it ({finding.detail})."
    )


@pytest.mark.parametrize(
    "answer",
    [
        redirect("ftp://files.example.net/file.txt"),
        redirect("http://example.com:8080/file.txt"),
        redirect("https://example.com:25/file.txt"),
        redirect("javascript:alert(1)"),
        redirect("http://someone@example.com/file.txt"),
        redirect("/file.txt", status=303),
        Page(status=302),
    ],
)
def test_a_redirect_that_the_rules_do_not_let_count_is_told(site, answer):
    site.pages[PATH] = answer
    site.pages["/file.txt"] = THERE

    finding = look()

    assert (finding.verdict, finding.code, finding.question) == ("failed", "bad-redirect", URL)
    assert told(finding) == (
        f"{URL} redirects in a way that does not count ({finding.detail}). Only 301, 302, 307 and 308 to http or https on "
        "ports 80 and 443 are followed."
    )


def test_a_loop_of_redirects_is_told(site):
    site.pages[PATH] = redirect(PATH)

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "too-many-redirects")
    assert told(finding) == (
        f"{URL} redirects in a way that does not count (more than 5). Only 301, 302, 307 and 308 to http or https on "
        "ports 80 and 443 are followed."
    )


def test_a_page_that_leads_on_by_itself_is_not_followed(site):
    """Redirects are those of HTTP (BR 3.2.2.4.18)."""
    site.pages[PATH] = Page(b'<meta http-equiv="refresh" content="0; url=/file.txt">')
    site.pages["/file.txt"] = THERE

    assert look().code == "other"
    assert {request.path for request in site.requests} == {PATH}


def test_a_name_without_an_address_is_told(site):
    finding = look("www.example.com")

    assert (finding.verdict, finding.code) == ("failed", "no-address")
    assert told(finding, "www.example.com") == (
        "www.example.com has no address in DNS, so there is no web server to ask."
    )
    assert site.requests == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.0"],  # noqa: S104
)
def test_a_name_that_leads_inside_is_not_asked(site, dns_server, address):
    dns_server.zone["A", NAME] = [address]

    finding = look()

    assert (finding.verdict, finding.code, finding.asked) == ("failed", "refused-address", "")
    assert finding.detail == f"example.com: {address}"
    assert site.requests == []


def test_addresses_of_which_dns_says_nothing_that_counts_are_told(site, dns_server):
    dns_server.fails[NAME] = "SERVFAIL"

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "dns")
    assert told(finding) == f"The address of example.com could not be found out ({finding.detail}). It is asked again."


@pytest.mark.parametrize("failure", ["bogus", "unvalidated"])
def test_addresses_that_dnssec_does_not_vouch_for_are_not_asked(site, dns_server, settings, failure):
    """BR 3.2.2.4: validation to the root for every question that belongs to a confirmation."""
    site.pages[PATH] = THERE
    if failure == "bogus":
        dns_server.fails[NAME] = "bogus"
    else:
        settings.DNS_VALIDATION = "required"

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "dns")
    assert f"A example.com: {failure}" in finding.detail
    assert site.requests == []


def test_silence_of_dns_is_not_blamed_on_the_web_server(site, dns_server, monkeypatch):
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.1)
    dns_server.fails[NAME] = "silent"

    assert look().code == "dns"


def test_a_server_on_which_nothing_listens_is_told(site, settings):
    settings.VALIDATION_PORTS = {"http": closed_port(), "https": closed_port()}

    finding = look()

    assert (finding.verdict, finding.code, finding.question) == ("failed", "connect", URL)
    assert finding.asked == f"{HOST}:{settings.VALIDATION_PORTS['http']}"
    assert told(finding) == (
        f"No connection to the web server of example.com ({finding.detail}). Ports 80 and 443 must be reachable from "
        "outside."
    )


def test_where_only_https_is_open_its_trouble_is_told(site, settings):
    settings.VALIDATION_PORTS = {**site.ports, "http": closed_port()}

    finding = look()

    assert (finding.code, finding.question, finding.found) == ("status", OVER_TLS, ["404"])


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100])
def test_what_is_no_http_is_told(site, raw):
    site.pages[PATH] = Page(raw=raw)

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "protocol")
    assert told(finding) == (f"What the web server of example.com answered could not be understood ({finding.detail}).")


# What strangers write


def test_control_characters_are_not_shown(site, people):
    site.pages[PATH] = Page("\x1b[31m\x00red\u202e\x07".encode())
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), method=Method.FILE, value=VALUE)

    checks.answers.write_down(attempt, look())

    assert attempt.checks.get().found == ["�[31m�red��"]


def test_little_is_kept_of_what_was_found_instead(site):
    site.pages[PATH] = Page(b"y" * 5000 + b"\nmore")

    assert look().found == ["y" * 120]


def test_a_long_way_of_redirects_is_kept_shortened(site, people):
    for number in range(5):
        site.pages[PATH if not number else f"/{number}" + "x" * 300] = redirect(f"/{number + 1}" + "x" * 300)
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), method=Method.FILE, value=VALUE)

    checks.answers.write_down(attempt, look())

    assert len(attempt.checks.get().question) == 400


def test_hostile_text_is_escaped_on_the_page(site, people, sign_in):
    site.pages[PATH] = Page(b"<script>alert('%(url)s')</script>")
    domain = make_domain(people.ov, status=Status.PENDING)
    attempt = make_attempt(domain, method=Method.FILE, value=VALUE)
    checks.answers.write_down(attempt, look())

    page = sign_in(people.paul).get(domain.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "“&lt;script&gt;alert(&#x27;%(url)s&#x27;)&lt;/script&gt;”" in page


# What people are told


def test_the_file_to_publish_is_named(people):
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), method=Method.FILE, value=VALUE)

    assert methods.explain(attempt) == Explanation(
        says=[
            "Put this file on the web server of the domain. It is looked for by itself until it is there, by http on port "
            "80 and by https on port 443; redirects are followed."
        ],
        publish=[ToPublish("Address of the file", URL), ToPublish("Content of the file", VALUE)],
        trouble="",
    )


def test_the_newest_look_is_told(people):
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), method=Method.FILE, value=VALUE)
    for code, found in (("timeout", []), ("status", ["404"])):
        Check.objects.create(attempt=attempt, question=URL, verdict="missing", code=code, found=found)

    assert methods.explain(attempt).trouble == (
        f"At {URL} the web server answered with status 404 instead of the file."
    )
