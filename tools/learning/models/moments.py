"""Mean, variance and skewness of columns that arrive in pieces."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Moments:
    """Moments of columns and of their logarithms, merged from one batch to the next in float64.

    Attributes:
        count: Rows so far.
        low: Smallest value of each column; infinity before the first row.
        high: Largest value of each column; minus infinity before the first row.
        flag: Whether each column holds nothing but 0 and 1.
        plain: Mean, second and third central sums of each column, (3, columns).
        log: The same of the logarithm; without meaning where ``low`` is not above 0.

    Example:
        >>> moments = Moments(1)
        >>> for part in ([[1.0], [2.0]], [[6.0]]):
        ...     moments.add(np.array(part))
        >>> moments.count, moments.plain[0].tolist(), moments.std(log=False).round(4).tolist()
        (3, [3.0], [2.1602])
    """

    def __init__(self, columns: int) -> None:
        self.count = 0
        self.low: Floats = np.full(columns, np.inf)
        self.high: Floats = np.full(columns, -np.inf)
        self.flag = np.ones(columns, dtype=np.bool_)
        self.plain: Floats = np.zeros((3, columns))
        self.log: Floats = np.zeros((3, columns))

    def add(self, rows: npt.NDArray[Any]) -> None:
        """Merge rows, (n, columns); NaN and infinity make the moments of their column NaN."""
        if not len(rows):
            return
        values = rows.astype(np.float64)
        self.low, self.high = np.minimum(self.low, values.min(axis=0)), np.maximum(self.high, values.max(axis=0))
        self.flag &= ((values == 0) | (values == 1)).all(axis=0)
        with np.errstate(invalid="ignore"):
            self.plain = _merged(self.plain, self.count, values)
            self.log = _merged(self.log, self.count, np.log(np.where(values > 0, values, 1.0)))
        self.count += len(values)

    def std(self, *, log: bool) -> Floats:
        """Standard deviation of each column, of its logarithm if ``log``."""
        std: Floats = np.sqrt((self.log if log else self.plain)[1] / self.count)
        return std

    def skewness(self, *, log: bool) -> Floats:
        """Third central moment over std³ of each column, of its logarithm if ``log``; NaN for a constant one."""
        _, second, third = self.log if log else self.plain
        with np.errstate(invalid="ignore", divide="ignore"):
            skewness: Floats = (third / self.count) / (second / self.count) ** 1.5
        return skewness


def _merged(old: Floats, count: int, values: Floats) -> Floats:
    """Mean and central sums of what came before and of new values together (Pébay 2008, eq. 2.1)."""
    new = len(values)
    mean = values.mean(axis=0)
    centred = values - mean
    second, third = (centred**2).sum(axis=0), (centred**3).sum(axis=0)
    both = count + new
    delta = mean - old[0]
    return np.stack(
        [
            old[0] + delta * new / both,
            old[1] + second + delta**2 * count * new / both,
            old[2]
            + third
            + delta**3 * count * new * (count - new) / both**2
            + 3 * delta * (count * second - new * old[1]) / both,
        ]
    )
