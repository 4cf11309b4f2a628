"""A number with its statistical uncertainty."""

import math

from pydantic import Field

from hepcoder.ledger.record import Record


class Estimate(Record):
    """An estimate.

    Attributes:
        value: Best estimate.
        error: Standard deviation; None where the events cannot give one, which is no precision: see the interval.
        low: Lower end of the interval; None where unknown.
        high: Upper end; None where unknown.
        confidence: Of the interval, 0.95 for 95 %.
    """

    value: float
    error: float | None = Field(default=None, ge=0)
    low: float | None = None
    high: float | None = None
    confidence: float = Field(default=0.95, gt=0, lt=1)

    def __str__(self) -> str:
        return f"{self.value:.4f}" if self.error is None else f"{self.value:.4f} +- {self.error:.4f}"


def normal_quantile(confidence: float) -> float:
    """Standard deviations on each side of a central normal interval.

    Args:
        confidence: Between 0 and 1.

    Raises:
        ValueError: If it is not.

    Example:
        >>> round(normal_quantile(0.95), 2)
        1.96
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        message = f"a confidence is between 0 and 1, not {confidence}; 0.95 is 95 %"
        raise ValueError(message)
    return float(ndtri((1 + confidence) / 2))


def two_sided_p_value(deviation: float) -> float:
    """Probability of a normal deviation at least as large, either way; in standard deviations.

    Example:
        >>> round(two_sided_p_value(-1.96), 3)
        0.05
    """
    return math.erfc(abs(deviation) / math.sqrt(2))


def plain_estimate(value: float, error: float | None, confidence: float) -> Estimate:
    """With the normal interval; no interval without an error.

    Example:
        >>> plain_estimate(0.1, 0.05, 0.95).low > 0
        True
    """
    if error is None:
        return Estimate(value=value, confidence=confidence)
    reach = normal_quantile(confidence) * error
    return Estimate(value=value, error=error, low=value - reach, high=value + reach, confidence=confidence)


def share_estimate(value: float, error: float | None, confidence: float) -> Estimate:
    """With the interval that is normal in ln(p / (1 - p)), so that it stays between 0 and 1.

    Outside of these, which negative weights can give, the interval is the plain normal one.

    Example:
        >>> share_estimate(0.99, 0.02, 0.95).high < 1
        True
    """
    if error is None or not 0 < value < 1:
        return plain_estimate(value, error, confidence)
    middle = math.log(value / (1 - value))
    reach = normal_quantile(confidence) * error / (value * (1 - value))
    low, high = (0.5 * (1 + math.tanh(each / 2)) for each in (middle - reach, middle + reach))
    return Estimate(value=value, error=error, low=low, high=high, confidence=confidence)
