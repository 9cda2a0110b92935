"""The verbs of the request portal."""
