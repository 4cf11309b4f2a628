"""Two runs side by side, as parts of a report."""

from hepcoder.benchmarks.report.cost_tables import difference_entries, verdict
from hepcoder.benchmarks.report.formats import RESOURCE_NAMES, UNDEFINED, amount, p_value, points
from hepcoder.benchmarks.report.sections import Section
from hepcoder.benchmarks.report.table import Entry, Table, number, table, text
from hepcoder.benchmarks.statistics.changes import Comparison, ContenderChange
from hepcoder.benchmarks.statistics.cost_changes import CostChange


def change_sections(comparison: Comparison) -> tuple[str, tuple[str, ...], tuple[Section, ...]]:
    """Return the facts in a sentence, what weakens the comparison, and its parts."""
    tables = (_success_table(comparison), _cost_table(comparison), _flip_table(comparison))
    parts = tuple(Section(title=item.title, figures=(), tables=(item,)) for item in tables if item.rows)
    facts = (
        f"{len(comparison.contenders)} contenders in both runs; {comparison.same_cells} cells came out alike, "
        f"{len(comparison.flips)} did not. Intervals at {100 * comparison.confidence:.0f} %."
    )
    return facts, _cautions(comparison), parts


def _cautions(comparison: Comparison) -> tuple[str, ...]:
    found = [f"{task} was changed between the runs and is left out." for task in comparison.changed_tasks]
    for cells, which, other in (
        (comparison.only_before, "first", "second"),
        (comparison.only_after, "second", "first"),
    ):
        if cells:
            found.append(f"{len(cells)} cells of the {which} run are missing in the {other}.")
    return tuple(found)


def _success_table(comparison: Comparison) -> Table:
    return table(
        "Success before and after",
        "Exact Cochran-Mantel-Haenszel test stratified by task, over the tasks of both runs, Holm's correction over "
        f"the {len(comparison.contenders)} contenders. Detectable: the true change that so many trials would show in "
        "four cases of five.",
        ("agent", "model", "before", "after", "difference", "interval", "p", "p (Holm)", "changed", "detectable"),
        ([*_success(change)] for change in comparison.contenders),
    )


def _success(change: ContenderChange) -> list[Entry]:
    return [
        text(change.agent),
        text(change.model),
        *(number(k / n if n else None, f"{k}/{n}") for k, n in (change.before, change.after)),
        *difference_entries(change.difference),
        number(change.p, p_value(change.p)),
        number(change.p_holm, p_value(change.p_holm)),
        text(verdict(change.changed)),
        number(change.detectable, points(change.detectable, signed=False)),
    ]


def _cost_table(comparison: Comparison) -> Table:
    return table(
        "Cost before and after",
        "Per cell, all attempts paid, over the tasks of both runs. The interval of the ratio is by drawing tasks; "
        "changed means that it leaves out 1.",
        ("agent", "model", "resource", "before", "after", "ratio", "interval", "changed"),
        (
            [text(change.agent), text(change.model), *_cost(cost)]
            for change in comparison.contenders
            for cost in change.costs
        ),
    )


def _cost(cost: CostChange) -> list[Entry]:
    interval = cost.interval
    shown = UNDEFINED if interval is None else f"{interval.low:.2f} to {interval.high:.2f}"
    return [
        text(RESOURCE_NAMES[cost.resource]),
        number(cost.before, amount(cost.before, cost.resource)),
        number(cost.after, amount(cost.after, cost.resource)),
        number(cost.ratio, UNDEFINED if cost.ratio is None else f"{cost.ratio:.2f}"),
        number(None if interval is None else interval.low, shown),
        text({True: "yes", False: "not told apart", None: UNDEFINED}[cost.changed]),
    ]


def _flip_table(comparison: Comparison) -> Table:
    return table(
        "Cells that came out otherwise",
        "The same task, trial, seed, agent and model; models answer anew each time, so some flips are chance.",
        ("task", "trial", "seed", "agent", "model", "before", "after"),
        (
            [
                text(flip.key.full_task),
                number(flip.key.trial, str(flip.key.trial)),
                number(flip.key.seed, str(flip.key.seed)),
                text(flip.key.agent),
                text(flip.key.model),
                text(flip.before),
                text(flip.after),
            ]
            for flip in comparison.flips
        ),
    )
