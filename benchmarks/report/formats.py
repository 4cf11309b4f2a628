"""Numbers as text, the same in every table; what is undefined is a dash."""

from math import floor, log10

from hepcoder.benchmarks.statistics.proportions import Interval

UNDEFINED = "—"
RESOURCE_NAMES = {
    "usd": "dollars",
    "seconds": "seconds",
    "calls": "calls",
    "input_tokens": "tokens read",
    "output_tokens": "tokens written",
}


def percent(value: float | None) -> str:
    """Return a share as percent.

    Example:
        >>> percent(0.8), percent(0.005), percent(None)
        ('80 %', '0.5 %', '—')
    """
    if value is None:
        return UNDEFINED
    digits = 0 if abs(value) >= 0.1 or value == 0 else 1
    return f"{100 * value:.{digits}f} %"


def percent_interval(interval: Interval | None) -> str:
    """Return an interval of shares in percent.

    Example:
        >>> percent_interval(Interval(low=0.681, high=0.882))
        '68 to 88 %'
    """
    if interval is None:
        return UNDEFINED
    return f"{100 * interval.low:.0f} to {100 * interval.high:.0f} %"


def points(value: float | None, *, signed: bool = True) -> str:
    """Return a difference of two shares in percentage points.

    Example:
        >>> points(-0.213)
        '-21 pp'
    """
    if value is None:
        return UNDEFINED
    sign = "+" if signed else ""
    return f"{100 * value:{sign}.0f} pp".replace("-0 pp", "0 pp").replace("+0 pp", "0 pp")


def amount(value: float | None, resource: str) -> str:
    """Return an amount of a resource to three digits, with its unit where the name does not tell it.

    Example:
        >>> amount(0.042668, "usd"), amount(12345.0, "output_tokens"), amount(7.25, "seconds")
        ('$0.0427', '12,345', '7.25 s')
    """
    if value is None:
        return "unpriced" if resource == "usd" else "unknown"
    number = _three_digits(value)
    return {"usd": f"${number}", "seconds": f"{number} s"}.get(resource, number)


def amount_interval(interval: Interval | None, resource: str) -> str:
    """Return an interval of amounts.

    Example:
        >>> amount_interval(Interval(low=0.9, high=1.25), "usd")
        '$0.9 to $1.25'
    """
    if interval is None:
        return UNDEFINED
    return f"{amount(interval.low, resource)} to {amount(interval.high, resource)}"


def p_value(value: float | None) -> str:
    """Return a p-value to two digits.

    Example:
        >>> p_value(0.0348), p_value(1.2e-7), p_value(1.0)
        ('0.035', '1.2e-07', '1')
    """
    return UNDEFINED if value is None else f"{value:.2g}"


def _three_digits(value: float) -> str:
    if value == 0:
        return "0"
    digits = max(0, 2 - floor(log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
