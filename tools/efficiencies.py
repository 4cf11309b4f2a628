"""Efficiencies with their statistical uncertainty."""

from dataclasses import dataclass

import numpy as np

from hepcoder.tools.arrays import Array, event_mask
from hepcoder.tools.cutflow_inputs import finite

ONE_SIGMA = 0.682689492137086


@dataclass(frozen=True)
class Efficiency:
    """A share of events with its statistical uncertainty.

    Attributes:
        value: The share that passed.
        error: Standard deviation, binomial or its like for weights; 0 where all or none passed, which is no
            precision: see the interval.
        low: Lower end of the 68.27 % Clopper-Pearson interval; None for weighted events.
        high: Its upper end; None for weighted events.
    """

    value: float
    error: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return f"{self.value:.4f} +- {self.error:.4f}"


def efficiency(passed: int, total: int) -> Efficiency:
    """Return the efficiency of a cut with its binomial uncertainty and Clopper-Pearson interval.

    Args:
        passed: Number of events that passed.
        total: Number of events before the cut, above 0.

    Returns:
        The share passed / total.

    Raises:
        ValueError: If the numbers are not 0 <= passed <= total with total above 0.

    Reference:
        Clopper and Pearson, Biometrika 26 (1934) 404; central interval of 68.27 %.

    Example:
        >>> found = efficiency(20, 100)
        >>> found.value, round(found.error, 3), round(found.low, 3), round(found.high, 3)
        (0.2, 0.04, 0.159, 0.248)
    """
    if not 0 <= passed <= total or not total:
        message = f"an efficiency needs 0 <= passed <= total and events at all, not {passed} of {total}"
        raise ValueError(message)
    from scipy.stats import beta

    tail = (1 - ONE_SIGMA) / 2
    share = passed / total
    return Efficiency(
        value=share,
        error=float(np.sqrt(share * (1 - share) / total)),
        low=float(beta.ppf(tail, passed, total - passed + 1)) if passed else 0.0,
        high=float(beta.ppf(1 - tail, passed + 1, total - passed)) if passed < total else 1.0,
    )


def weighted_efficiency(weights: Array, passed: Array) -> Efficiency:
    """Return the share of the sum of weights that passes a cut, with its uncertainty.

    error^2 = ((1 - 2 e) sum_passed w^2 + e^2 sum_all w^2) / (sum_all w)^2, which is binomial for equal weights.

    Args:
        weights: One weight for each event before the cut; negative ones too.
        passed: One True or False for each of these events; None counts as False.

    Returns:
        The share and its error, without interval. With negative weights a share may be below 0 or above 1.

    Raises:
        ValueError: If the lengths differ, a weight is not finite, or the weights sum to 0.

    Reference:
        Propagation of independent sums of those that pass and those that fail, as in ROOT's TH1::Divide, option "B".

    Example:
        >>> found = weighted_efficiency([1.0, 1.0, 2.0], [True, False, True])
        >>> found.value, round(found.error, 4)
        (0.75, 0.2339)
    """
    each, mask = finite(weights), event_mask(passed, name="passed")
    if len(each) != len(mask):
        message = f"{len(each)} weights for {len(mask)} events; give one weight for each event before the cut"
        raise ValueError(message)
    total = float(each.sum())
    if total == 0:
        message = f"the weights of {len(each)} events sum to 0, so that there is no efficiency"
        raise ValueError(message)
    share = float(each[mask].sum()) / total
    variance = (1 - 2 * share) * float((each[mask] ** 2).sum()) + share**2 * float((each**2).sum())
    return Efficiency(value=share, error=float(np.sqrt(max(variance, 0.0))) / abs(total))
