"""The terms of service: which version people accept now. The text is templates/accounts/_terms.html."""

VERSION = "2026-11"
