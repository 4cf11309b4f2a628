"""Numbers as people read them; an unknown number is said to be unknown."""

from decimal import Decimal


def duration(seconds: float) -> str:
    """Return a time with the precision that matters at its size.

    Example:
        >>> duration(0.42), duration(9.94), duration(72), duration(3700)
        ('0.4 s', '9.9 s', '1:12', '1:01:40')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def size(count: int) -> str:
    """Return a number of bytes in binary units.

    Example:
        >>> size(512), size(3 * 1024**2)
        ('512 B', '3.0 MiB')
    """
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def money(usd: Decimal | None, *, unpriced: int) -> str:
    """Return the cost of some calls; never ``$0`` for calls without a price.

    Args:
        usd: Sum over the priced calls; None when none was priced.
        unpriced: How many calls had no price.

    Example:
        >>> money(Decimal("0.0123"), unpriced=0), money(None, unpriced=2), money(Decimal("0.5"), unpriced=1)
        ('$0.0123', 'unpriced', '$0.5000 + 1 unpriced')
    """
    if usd is None:
        return "unpriced" if unpriced else "no cost yet"
    return f"${usd:.4f}" + (f" + {unpriced} unpriced" if unpriced else "")


def count(number_of: int, noun: str) -> str:
    """Return a number of things with the noun in the right form.

    Example:
        >>> count(1, "call"), count(1200, "call")
        ('1 call', '1,200 calls')
    """
    return f"{number_of:,} {noun}" + ("" if number_of == 1 else "s")


def number(value: object) -> str:
    """Return a value of a result file as text: six digits of a float, everything else as it is.

    Example:
        >>> number(125.0912345), number(4312), number("a")
        ('125.091', '4312', 'a')
    """
    return f"{value:.6g}" if isinstance(value, float) else str(value)
