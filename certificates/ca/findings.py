"""What a linter has to say about a certificate."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, worst first. FATAL and ERROR stop a certificate, the others are for people to read."""

    FATAL = "FATAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    NOTICE = "NOTICE"


STOPS = (Severity.FATAL, Severity.ERROR)


@dataclass(frozen=True)
class Finding:
    """One finding. `code` is the linter's own name for it, `where` the place in the certificate, either in English."""

    severity: Severity
    code: str
    message: str = ""
    where: str = ""

    @property
    def stops(self) -> bool:
        return self.severity in STOPS


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by severity, else in the order given."""
    return sorted(findings, key=lambda finding: list(Severity).index(finding.severity))
