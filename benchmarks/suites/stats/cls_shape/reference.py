"""CLs limit on a signal strength in several bins with uncorrelated uncertainties of the background.

The nuisance parameter of a bin solves a quadratic equation, so that only the strength is searched for.

Reference: G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, Eqs. (16), (65) and (66);
L. Heinrich, M. Feickert, G. Stark, K. Cranmer, JOSS 6 (2021) 2823 for the model.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Bin(NamedTuple):
    """Observed and auxiliary counts, signal, background, and tau."""

    n: float
    aux: float
    s: float
    b: float
    tau: float


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    counts = json.loads((inputs / "counts.json").read_text(encoding="utf-8"))
    bins = list(zip(*(counts[name] for name in ("observed", "signal", "background", "background_error")), strict=True))
    data = [Bin(n, tau, s, b, tau) for n, s, b, error in bins for tau in [(b / error) ** 2]]
    asimov = [each._replace(n=gamma(each, 0) * each.b, aux=gamma(each, 0) * each.tau) for each in data]
    wanted = 1 - constants["level"]
    observed = crossing(lambda mu: cls_observed(mu, data, asimov), wanted)
    expected = crossing(lambda mu: 2 * tail(math.sqrt(q_mu(mu, asimov))), wanted)
    result = {"observed_limit": observed, "expected_limit": expected, "mu_hat": fitted_mu(data)}
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")


def cls_observed(mu: float, data: Sequence[Bin], asimov: Sequence[Bin]) -> float:
    """CLs of the observed data."""
    root, root_asimov = math.sqrt(q_mu(mu, data)), math.sqrt(q_mu(mu, asimov))
    if root <= root_asimov:
        p_signal, p_background = tail(root), 1 - tail(root_asimov - root)
    else:
        p_signal = tail((root**2 + root_asimov**2) / (2 * root_asimov))
        p_background = tail((root**2 - root_asimov**2) / (2 * root_asimov))
    return p_signal / p_background


def tail(z: float) -> float:
    """Probability of a Gaussian above z standard deviations."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def q_mu(mu: float, data: Sequence[Bin]) -> float:
    """The test statistic q-tilde."""
    mu_hat = fitted_mu(data)
    if mu_hat >= mu:
        return 0.0
    best, at_mu = log_likelihood(mu_hat, data), log_likelihood(mu, data)
    return max(2 * (best - at_mu), 0.0)


def fitted_mu(data: Sequence[Bin]) -> float:
    """The best fit strength, not below 0: where the slope of the profile likelihood changes sign."""
    low, high = 0.0, 200.0
    if slope(low, data) <= 0:
        return 0.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle, data) > 0 else (low, middle)
    return (low + high) / 2


def slope(mu: float, data: Sequence[Bin]) -> float:
    """Derivative of the profile likelihood."""
    return sum(each.s * (each.n / (mu * each.s + gamma(each, mu) * each.b) - 1) for each in data)


def log_likelihood(mu: float, data: Sequence[Bin]) -> float:
    """Profile likelihood without constants."""
    total = 0.0
    for each in data:
        factor = gamma(each, mu)
        mean = mu * each.s + factor * each.b
        total += each.n * math.log(mean) - mean + each.aux * math.log(factor) - factor * each.tau
    return total


def gamma(each: Bin, mu: float) -> float:
    """The nuisance parameter that fits best at a strength."""
    n, aux, s, b, tau = each
    linear = n * b + aux * b - (b + tau) * mu * s
    return (linear + math.sqrt(linear**2 + 4 * (b + tau) * b * aux * mu * s)) / (2 * (b + tau) * b)


def crossing(function: Callable[[float], float], wanted: float) -> float:
    """Where a falling function takes a value, by bisection."""
    low, high = 1e-6, 1.0
    while function(high) > wanted:
        high *= 2
    for _ in range(45):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > wanted else (low, middle)
    return (low + high) / 2
