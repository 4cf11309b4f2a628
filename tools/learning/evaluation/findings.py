"""What an audit says."""

from typing import Literal

from hepcoder.ledger.record import Record

Severity = Literal["error", "warning"]


class Finding(Record):
    """One thing that is wrong, or may be.

    Attributes:
        code: Short name of the kind of finding, such as ``overlap``.
        sentence: What was found, with numbers.
        severity: ``error`` where a result cannot stand, ``warning`` where somebody must look.
    """

    code: str
    sentence: str
    severity: Severity


def error(code: str, sentence: str) -> Finding:
    """A finding with which the result cannot stand."""
    return Finding(code=code, sentence=sentence, severity="error")


def warning(code: str, sentence: str) -> Finding:
    """A finding that somebody must look at."""
    return Finding(code=code, sentence=sentence, severity="warning")
