"""Pages as text."""


def html(answer):
    """The source of the page, its white space made even."""
    return " ".join(answer.content.decode().split())
