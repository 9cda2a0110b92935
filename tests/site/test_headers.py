"""What every answer carries."""

import subprocess
import sys
from pathlib import Path


def test_the_content_security_policy_allows_nothing_unsafe(client, db):
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_usual_headers_are_there(client, db):
    headers = client.get("/sign-in/").headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_template_has_inline_style_or_script():
    """The policy would drop them; mails and documents for paper are no pages, and bring their own style."""
    pages = [page for page in Path("templates").rglob("*.html") if page.parts[1] not in ("mail", "pdf")]
    inline = (" style=", "<style", "onclick=", "<script>")
    guilty = [str(page) for page in pages if any(word in page.read_text() for word in inline)]

    assert len(pages) > 30
    assert guilty == []


def test_over_https_everything_is_locked_to_https():
    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'sslportal.settings'; from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SECURE_SSL_REDIRECT,"
        " s.SECURE_HSTS_SECONDS)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PORTAL_URL": "https://portal.example.com", "SECRET_KEY": "x"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["True", "True", "True", "True", "31536000"]
