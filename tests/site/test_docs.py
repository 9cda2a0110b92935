"""What the documents say is what the code says."""

from pathlib import Path

from sslportal.management.commands import lifecycles, notices


def test_the_diagrams_are_those_of_the_tables():
    assert Path("docs/lifecycles.md").read_text().strip() == lifecycles.page().strip()


def test_the_notices_are_those_of_the_catalogue():
    assert Path("docs/notices.md").read_text().strip() == notices.page().strip()
