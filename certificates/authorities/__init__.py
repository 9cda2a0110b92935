"""The CAs as the operator sees them: making, renewing, looking at, keeping and checking them (docs/ca-operations.md)."""

from certificates.authorities.making import NotPossible, init, record, rotate

__all__ = ["NotPossible", "init", "record", "rotate"]
