"""Comparing histograms bin by bin, with what lies below and above."""

from typing import Any

import numpy as np

from hepcoder.benchmarks.graders.numbers import Floats, WrongError, as_floats
from hepcoder.benchmarks.suites.task import Rule

_EDGE_ROUNDING = 1e-5  # of a bin width: edges kept as 32-bit floats
_SUM_ROUNDING = 1e-12  # of the sum of all bins: a bin that cancels to zero
_MOST_TOLD = 3


def check_histogram(found: dict[str, Any], expected: dict[str, Any], rule: Rule) -> list[str]:
    """Say what is wrong with a histogram.

    Args:
        found: Counts, edges and, where the contract has them, underflow and overflow: in this order, by name.
        expected: The same of the reference.
        rule: Without tolerance every bin is equal. `moved` is the number of steps from a bin to its neighbour that
            events may have taken; the total stays exact. A tolerance is relative, bin by bin, for weights.

    Reference:
        The validator of the Analysis Grand Challenge compares the sums of neighbouring bins; counting the steps over
        each edge is stricter, and needs no choice of neighbours.
    """
    try:
        counts, edges, *flow = [as_floats(value, repr(name)) for name, value in found.items()]
    except WrongError as error:
        return [str(error)]
    right, right_edges, *right_flow = [as_floats(value, repr(name)) for name, value in expected.items()]
    name = next(iter(found))
    problem = _shape_problem(name, (counts, edges, flow), (right, right_edges))
    if problem:
        return [problem]
    width = np.diff(right_edges).min()
    if not np.abs(edges - right_edges).max() <= _EDGE_ROUNDING * width:
        return [f"the edges of {name!r} run from {edges[0]:g} to {edges[-1]:g}, not as asked for, or not evenly"]
    with np.errstate(all="ignore"):  # counts near the end of the double range
        return _check_bins(name, _with_flow(counts, flow), _with_flow(right, right_flow), rule)


def _shape_problem(name: str, found: tuple[Floats, Floats, list[Floats]], right: tuple[Floats, Floats]) -> str | None:
    counts, edges, flow = found
    if (counts.shape, edges.shape) != (right[0].shape, right[1].shape):
        return (
            f"{name!r} has counts of shape {counts.shape} and edges of shape {edges.shape}, "
            f"should have {right[0].shape} and {right[1].shape}"
        )
    if any(each.size != 1 for each in flow):
        return f"underflow and overflow of {name!r} must be one number each"
    if not all(np.isfinite(each).all() for each in (counts, edges, *flow)):
        return f"{name!r} has NaN or infinite values"
    return None


def _with_flow(counts: Floats, flow: list[Floats]) -> Floats:
    return np.concatenate([flow[0].ravel(), counts, flow[1].ravel()]) if flow else counts


def _check_bins(name: str, bins: Floats, right: Floats, rule: Rule) -> list[str]:
    if rule.moved:
        return _check_steps(name, bins, right, rule.moved)
    tolerance = rule.tolerance or 0.0
    allowed = tolerance * np.abs(right) + (_SUM_ROUNDING * np.abs(right).sum() if tolerance else 0.0)
    wrong = np.flatnonzero(~(np.abs(bins - right) <= allowed))
    if not wrong.size:
        return []
    shown = "; ".join(f"entry {n} is {bins[n]:.10g}, should be {right[n]:.10g}" for n in wrong[:_MOST_TOLD])
    return [f"{wrong.size} of {len(bins)} bins of {name!r}, with flow, are wrong: {shown}"]


def _check_steps(name: str, bins: Floats, right: Floats, most: int) -> list[str]:
    steps = np.cumsum(bins - right)
    if steps[-1] != 0:
        return [f"{name!r} holds {bins.sum():.10g} in all, should hold {right.sum():.10g}"]
    taken = float(np.abs(steps).sum())
    return [f"{taken:g} steps from bin to bin in {name!r}, at most {most}"] if taken > most else []
