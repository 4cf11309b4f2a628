"""What it took, who beats whom, and what went wrong."""

from hepcoder.benchmarks.report.formats import (
    RESOURCE_NAMES,
    amount,
    amount_interval,
    p_value,
    percent,
    percent_interval,
    points,
)
from hepcoder.benchmarks.report.table import Entry, Table, number, table, text
from hepcoder.benchmarks.statistics.comparisons import Family, Pair
from hepcoder.benchmarks.statistics.pareto import Pareto
from hepcoder.benchmarks.statistics.spending import RESOURCES, Spent
from hepcoder.benchmarks.statistics.stratified import Difference
from hepcoder.benchmarks.statistics.summary import Summary


def spending_table(summary: Summary) -> Table:
    """Return what each agent with each model spent per cell and per success."""
    level = f"{100 * summary.confidence:.0f} %"
    return table(
        "In full",
        f"All attempts are paid for, spoiled ones too. Intervals ({level}) by drawing tasks; median and quartiles over "
        "cells. Per success is undefined without a success, and unpriced is not free.",
        ("agent", "model", "resource", "total", "per cell", "interval", "median", "quartiles", "per success",
         "interval", "cells", "attempts"),
        (
            [
                text(contender.score.agent),
                text(contender.score.model),
                text(RESOURCE_NAMES[resource]),
                *_spent(getattr(contender.spending, resource), resource),
                number(contender.spending.cells, str(contender.spending.cells)),
                number(contender.spending.attempts, str(contender.spending.attempts)),
            ]
            for contender in summary.contenders
            for resource in RESOURCES
        ),
    )  # fmt: skip


def price_table(summary: Summary) -> Table:
    """Return what a cell and a success cost each agent with each model, one row for both."""
    columns = [f"{RESOURCE_NAMES[resource]} per {what}" for resource in RESOURCES for what in ("cell", "success")]
    return table(
        "Per cell and per success",
        "All attempts are paid for, failed and spoiled ones too. Per success: all that was spent over all that came "
        "out right. Unpriced is not free.",
        ("agent", "model", *columns),
        (
            [
                text(contender.score.agent),
                text(contender.score.model),
                *(
                    entry
                    for resource in RESOURCES
                    for entry in _prices(getattr(contender.spending, resource), resource)
                ),
            ]
            for contender in summary.contenders
        ),
    )


def pareto_table(front: Pareto) -> Table:
    """Return success against one kind of cost."""
    name = RESOURCE_NAMES[front.resource]
    missing = "; ".join(f"{agent} with {model}" for agent, model in front.left_out)
    left_out = f" Left out, because their {name} or success are not known: {missing}." if missing else ""
    return table(
        f"Success against {name}",
        "On the front: nobody is at least as good and as cheap, and better in one. The last column is the share of "
        f"draws of tasks in which that is so.{left_out}",
        ("agent", "model", f"{name} per cell", "interval", "rate", "interval", "on the front", "share of draws"),
        (
            [
                text(point.agent),
                text(point.model),
                number(point.cost, amount(point.cost, front.resource)),
                number(_low(point.cost_interval), amount_interval(point.cost_interval, front.resource)),
                number(point.rate, percent(point.rate)),
                number(_low(point.rate_interval), percent_interval(point.rate_interval)),
                text("yes" if point.on_front else "no"),
                number(point.front_share, percent(point.front_share)),
            ]
            for point in front.points
        ),
    )


def family_title(family: Family) -> str:
    """Return the heading of a family of comparisons."""
    other = "agent" if family.factor == "model" else "model"
    within = f"all {other}s pooled" if family.within is None else f"{other} {family.within}"
    return f"{family.factor.capitalize()} against {family.factor}: {within}"


def family_table(family: Family) -> Table:
    """Return every pair of a family, with ties and the smallest detectable difference."""
    ties = "; ".join(" = ".join(members) for members in family.tied) or "none"
    other = "agent" if family.factor == "model" else "model"
    strata = f"task and {other}" if family.within is None else "task"
    return table(
        family_title(family),
        f"Stratified by {strata}; {len(family.pairs)} pairs, told apart at {100 * family.level:.0f} %. Not told apart: "
        f"{ties}.",
        ("first", "second", "right", "right", "difference", "interval", "strata that differ", "p", "p (Holm)", "differ",
         "detectable"),
        ([*_pair(pair)] for pair in family.pairs),
    )  # fmt: skip


def failure_table(summary: Summary) -> Table:
    """Return what went wrong, by stage, class, agent and model."""
    against = {True: "yes", False: "no", None: "not in the table of failures"}
    return table(
        "What went wrong",
        "Every failure met on the way, repaired ones too. Ended: attempts that were not right and had it last.",
        ("stage", "class", "agent", "model", "met", "in attempts", "ended", "counts against the model", "meaning"),
        (
            [
                text(item.stage),
                text(item.name),
                text(item.agent),
                text(item.model),
                number(item.occurrences, str(item.occurrences)),
                number(item.attempts, str(item.attempts)),
                number(item.ended, str(item.ended)),
                text(against[item.counts]),
                text(item.meaning),
            ]
            for item in summary.failures
        ),
    )


def difference_entries(value: Difference | None) -> list[Entry]:
    """Return a difference and its interval as two entries."""
    if value is None:
        return [number(None, points(None)), number(None, points(None))]
    ends = f"{points(value.interval.low)} to {points(value.interval.high)}".replace(" pp to", " to")
    return [number(value.value, points(value.value)), number(value.interval.low, ends)]


def verdict(differ: bool | None) -> str:
    """Return whether a test found a difference, in a word."""
    return {True: "yes", False: "not told apart", None: "no common task"}[differ]


def _pair(pair: Pair) -> list[Entry]:
    return [
        text(pair.a),
        text(pair.b),
        number(pair.a_right, f"{pair.a_right}/{pair.a_n}"),
        number(pair.b_right, f"{pair.b_right}/{pair.b_n}"),
        *difference_entries(pair.difference),
        number(pair.n_informative, f"{pair.n_informative} of {pair.n_strata}"),
        number(pair.p, p_value(pair.p)),
        number(pair.p_holm, p_value(pair.p_holm)),
        text(verdict(pair.differ)),
        number(pair.detectable, points(pair.detectable, signed=False)),
    ]


def _prices(spent: Spent, resource: str) -> tuple[Entry, Entry]:
    shown = amount(spent.per_success, resource)
    if spent.total is not None and spent.per_success is None:
        shown = "no success"
    return number(spent.per_cell, amount(spent.per_cell, resource)), number(spent.per_success, shown)


def _spent(spent: Spent, resource: str) -> list[Entry]:
    per_cell, per_success = _prices(spent, resource)
    return [
        number(spent.total, amount(spent.total, resource)),
        per_cell,
        number(_low(spent.per_cell_interval), amount_interval(spent.per_cell_interval, resource)),
        number(spent.median, amount(spent.median, resource)),
        number(_low(spent.quartiles), amount_interval(spent.quartiles, resource)),
        per_success,
        number(_low(spent.per_success_interval), amount_interval(spent.per_success_interval, resource)),
    ]


def _low(interval: object) -> float | None:
    return getattr(interval, "low", None)
