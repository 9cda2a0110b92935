"""`manage.py mail test`, and the ways to a mail server: plain, STARTTLS, TLS from the first byte on, and signing in."""

import io

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from sslportal.kit import outside
from tests.mail_server import Certificate, Sink, Stubborn

TO = "paul@example.com"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def use(settings):
    """The settings for a server at the port, and how it is reached."""

    def use(port, host="localhost", **more):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = host, port, 5.0
        for name, value in more.items():
            setattr(settings, f"EMAIL_{name.upper()}", value)

    return use


def tried(to=TO):
    """What it says; where it fails, behind that why."""
    said = io.StringIO()
    try:
        call_command("mail", "test", "--to", to, stdout=said)
    except CommandError as error:
        return said.getvalue().splitlines(), str(error)
    return said.getvalue().splitlines(), ""


def test_every_step_is_told(use, certificate):
    with Sink(tls=certificate.context, password="secret") as sink:
        use(sink.controller.port, use_tls=True, ssl_ca=certificate.path, host_user="portal", host_password="secret")

        said, failure = tried()

    assert failure == ""
    assert said == [
        f"Connected to localhost, port {sink.controller.port}.",
        "The connection is encrypted, and the server's certificate is good.",
        "Signed in as portal.",
        "The server takes mail from noreply@localhost.",
        "The server takes mail to paul@example.com.",
        "The server has the whole mail.",
        "Handed over: from here on the server carries it. Look whether it arrives.",
    ]
    assert [message["To"] for message in sink.got] == [TO]


def test_tls_from_the_first_byte_on(use, certificate):
    with Sink(implicit_tls=certificate.context) as sink:
        use(sink.controller.port, use_ssl=True, ssl_ca=certificate.path)

        said, failure = tried()

    assert (failure, len(sink.got)) == ("", 1)
    assert said[1:3] == [
        "The connection is encrypted, and the server's certificate is good.",
        "Not signed in: EMAIL_HOST_USER and EMAIL_HOST_PASSWORD are not both set.",
    ]


def test_without_encryption_it_says_so(use):
    with Sink() as sink:
        use(sink.controller.port)

        said, failure = tried()

    assert failure == ""
    assert said[1] == "The connection is not encrypted: EMAIL_USE_TLS and EMAIL_USE_SSL are both off."


@pytest.mark.parametrize(("way", "setting"), [("tls", "use_tls"), ("implicit_tls", "use_ssl")])
def test_a_certificate_that_nobody_vouches_for_is_not_believed(use, certificate, way, setting):
    with Sink(**{way: certificate.context}) as sink:
        use(sink.controller.port, **{setting: True})

        said, failure = tried()

    assert len(said) == 1
    assert "certificate verify failed" in failure
    assert "EMAIL_SSL_CA" in failure


def test_a_certificate_for_another_name_is_not_believed(use, certificate):
    with Sink(tls=certificate.context) as sink:
        use(sink.controller.port, host="127.0.0.1", use_tls=True, ssl_ca=certificate.path)

        _said, failure = tried()

    assert "EMAIL_HOST" in failure
    assert sink.got == []


def test_a_server_without_starttls_is_not_talked_to_in_the_clear(use):
    with Sink() as sink:
        use(sink.controller.port, use_tls=True, host_user="portal", host_password="secret")

        said, failure = tried()

    assert (len(said), sink.got) == (1, [])
    assert failure.startswith("It fails here: tls: the server offers no STARTTLS.")


def test_a_wrong_password_is_told(use, certificate):
    with Sink(tls=certificate.context, password="secret") as sink:
        use(sink.controller.port, use_tls=True, ssl_ca=certificate.path, host_user="portal", host_password="wrong")

        said, failure = tried()

    assert len(said) == 2
    assert failure.startswith("It fails here: sign-in: 535 ")
    assert "EMAIL_HOST_PASSWORD" in failure


def test_nobody_there_is_told(use):
    use(1)

    said, failure = tried()

    assert said == []
    assert "refused" in failure
    assert "EMAIL_HOST and EMAIL_PORT" in failure


@pytest.mark.parametrize(
    ("address", "steps", "advice"),
    [("noreply@localhost", 3, "PORTAL_MAIL_FROM"), (TO, 4, "does not relay")],
)
def test_a_sender_or_recipient_that_is_refused_is_told(use, address, steps, advice):
    with Sink() as sink:
        use(sink.controller.port)
        sink.answers[address] = "550 not here"

        said, failure = tried()

    assert len(said) == steps
    assert "550 not here" in failure
    assert advice in failure


def test_a_mail_that_is_refused_at_its_end_is_told(use):
    with Sink() as sink:
        use(sink.controller.port)
        sink.answer = "554 we do not like it\x1b[2J"

        said, failure = tried()

    assert len(said) == 6
    assert failure.startswith("It fails here: hand over: 554 we do not like it")
    assert "\x1b" not in failure


def test_a_server_that_hangs_is_told(use):
    with Stubborn("greeting") as server:
        use(server.port, host="127.0.0.1", timeout=0.3)

        _said, failure = tried()

    assert failure.startswith("It fails here: connect: no answer within 0.3 s.")


def test_an_address_that_is_none_is_told(use):
    use(1)

    assert tried("paul@example.com\nBcc: x")[1].startswith(
        "Nothing can be mailed to 'paul@example.com\\nBcc: x': it has"
    )


def test_the_demo_sends_nothing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    assert tried()[1].startswith("This is the demo")


def test_settings_that_contradict_one_another_are_refused(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_USE_SSL"):
        outside.require_way_to_mail(True, True, "")
    with pytest.raises(ImproperlyConfigured, match="no file"):
        outside.require_way_to_mail(True, False, str(tmp_path / "gone.pem"))
