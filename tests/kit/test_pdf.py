"""Documents as PDF: the text of the template, in any script, and nothing fetched."""

import io
import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pypdf import PdfReader

from sslportal.kit import pdf


@pytest.fixture
def template(tmp_path, settings):
    """Writes a template of a test's own and returns its name."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], str(tmp_path)]}]

    def write(text):
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        return "page.html"

    return write


def read(document):
    return PdfReader(io.BytesIO(document))


def test_the_text_can_be_read_back_with_the_number_of_each_page(template, makes_pdf):
    body = "<h1>{{ word }}</h1>{% for row in rows %}<p>{{ row }}</p>{% endfor %}"
    page = "{% extends 'pdf/document.html' %}{% block content %}" + body + "{% endblock %}"

    document = read(pdf.render(template(page), {"word": "Größe & <b>", "rows": range(100), "brand": "A Portal"}))

    text = document.pages[0].extract_text()
    assert document.get_num_pages() > 1
    assert "Größe & <b>" in text
    assert "A Portal" in text
    assert f"1 / {document.get_num_pages()}" in text


def test_japanese_text_is_japanese_text(template, writes_japanese):
    assert "株式会社サンプル" in read(pdf.render(template("<p>株式会社サンプル</p>"), {})).pages[0].extract_text()


@pytest.fixture
def server():
    """A web server of the machine that counts who asks it."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_nothing_is_fetched_neither_from_the_network_nor_from_the_disk(template, server, tmp_path, caplog, makes_pdf):
    url, asked = server
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    page = (
        f'<link rel="stylesheet" href="{url}/a.css"><img src="{url}/b.png"><img src="file://{secret}">'
        f'<link rel="attachment" href="file://{secret}"><p style="background: url({url}/c.png)">Text</p>'
    )

    with caplog.at_level(logging.CRITICAL, "weasyprint"):
        document = pdf.render(template(page), {})

    assert asked == []
    assert b"secret" not in document
    assert read(document).attachments == {}


def test_a_machine_without_pango_says_what_to_install(template, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as where it cannot be loaded

    with pytest.raises(pdf.Unavailable, match=r"libpango-1.0-0"):
        pdf.render(template("<p>Text</p>"), {})
