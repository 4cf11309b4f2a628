"""Expected significance of a counting experiment."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array


def asimov_significance(signal: Array, background: Array, background_error: Array = 0.0) -> Any:
    """Return the median expected significance of a counting experiment, in standard deviations.

    Without background error Z = sqrt(2 ((s + b) ln(1 + s / b) - s)); with an error sigma
    Z = sqrt(2 ((s + b) ln((s + b) (b + sigma^2) / (b^2 + (s + b) sigma^2))
    - (b / sigma)^2 ln(1 + sigma^2 s / (b (b + sigma^2))))).

    Args:
        signal: Expected number of signal events, 0 or more; a number or one for each bin.
        background: Expected number of background events, above 0.
        background_error: Standard deviation of the background in events (not relative); 0 for a known background.

    Returns:
        A number, or one for each bin.

    Raises:
        ValueError: If a signal or error is negative, a background is not above 0, or one is NaN or infinite.

    Reference:
        Cowan, Cranmer, Gross and Vitells, Eur. Phys. J. C 71 (2011) 1554, eq. (97); with background error Cowan,
        Discovery sensitivity for a counting experiment with background uncertainty (2012), eq. (20).

    Example:
        >>> round(asimov_significance(10.0, 100.0), 4), round(asimov_significance(10.0, 100.0, 10.0), 4)
        (0.984, 0.6902)
    """
    s, b, sigma = (np.asarray(each, dtype=np.float64) for each in (signal, background, background_error))
    wrong = ~(np.isfinite(s) & np.isfinite(b) & np.isfinite(sigma)) | (s < 0) | (b <= 0) | (sigma < 0)
    if wrong.any():
        message = (
            f"asimov_significance needs signal >= 0, background > 0 and error >= 0, not {signal}, {background} and "
            f"{background_error}; merge bins or leave empty ones out"
        )
        raise ValueError(message)
    found = np.sqrt(z_squared(s, b, sigma))
    return float(found) if found.ndim == 0 else found


def z_squared(s: Any, b: Any, sigma: Any) -> Any:
    """The square of the Asimov significance; arguments as checked by `asimov_significance`."""
    known = (s + b) * np.log1p(s / b) - s
    variance = np.where(sigma > 0, sigma, 1.0) ** 2
    # ln((s+b)(b+v) / (b^2 + (s+b) v)) = log1p(s b / (b^2 + (s+b) v)), which keeps small signals exact
    blurred = (s + b) * np.log1p(s * b / (b**2 + (s + b) * variance))
    blurred = blurred - b**2 / variance * np.log1p(variance * s / (b * (b + variance)))
    # where sigma^2 is below 1e-8 of the variance of the background, the difference of two large terms is noise
    return 2 * np.maximum(np.where(sigma > 1e-4 * b / np.sqrt(b + s), blurred, known), 0.0)


def combined_significance(significances: Sequence[float]) -> float:
    """Return the significance of independent categories together, the root of the sum of squares.

    Args:
        significances: One for each category, in standard deviations.

    Returns:
        In standard deviations; 0 without any category.

    Raises:
        ValueError: If one is negative, NaN or infinite.

    Example:
        >>> combined_significance([3.0, 4.0])
        5.0
    """
    values = np.asarray(significances, dtype=np.float64)
    if not bool((np.isfinite(values) & (values >= 0)).all()):
        message = f"significances must be numbers from 0 on, not {values.tolist()}"
        raise ValueError(message)
    return float(np.sqrt((values**2).sum()))
