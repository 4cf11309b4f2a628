"""The order in which a study is told."""

from hepcoder.benchmarks.report.contrast_figures import difference_figure, failure_figure
from hepcoder.benchmarks.report.cost_tables import (
    failure_table,
    family_table,
    family_title,
    pareto_table,
    price_table,
    spending_table,
)
from hepcoder.benchmarks.report.drawing import Figure
from hepcoder.benchmarks.report.formats import RESOURCE_NAMES
from hepcoder.benchmarks.report.success_figures import pareto_figure, repeat_figure, success_figure, task_figure
from hepcoder.benchmarks.report.success_tables import (
    agreement_table,
    control_table,
    repeat_table,
    success_table,
    suite_table,
    task_table,
    trust_table,
)
from hepcoder.benchmarks.report.table import Table
from hepcoder.benchmarks.statistics.summary import Summary
from hepcoder.ledger.record import Record

PARETO_RESOURCES = ("usd", "seconds", "output_tokens")
DIFFERENCES_NOTE = (
    "Exact Cochran-Mantel-Haenszel test over the tasks that both tried; p-values corrected by Holm within each table. "
    "Detectable: the true difference that so many trials show in four studies of five; a smaller one may well be there "
    "and not be seen."
)


class Section(Record):
    """A part of a report.

    Attributes:
        title: Its heading.
        note: What holds for all of it, or an empty text.
        figures: Its figures.
        tables: Its tables.
    """

    title: str
    note: str = ""
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]


def sections(summary: Summary) -> tuple[Section, ...]:
    """Return the parts of the report of a study; a part with nothing to show is left out."""
    cost_figures = [pareto_figure(summary, resource, RESOURCE_NAMES[resource]) for resource in PARETO_RESOURCES]
    fronts = [pareto_table(front) for front in summary.paretos if front.resource in PARETO_RESOURCES]
    found = (
        _section("Success", [success_figure(summary)], [success_table(summary)]),
        _section("Success by suite", [], [suite_table(summary)]),
        _section("Success by task", [task_figure(summary)], [task_table(summary)]),
        _section(
            "Who differs from whom",
            _differences(summary),
            [family_table(item) for item in summary.families],
            note=DIFFERENCES_NOTE,
        ),
        _section("Success against cost", cost_figures, fronts),
        _section("What it took", [], [price_table(summary), spending_table(summary)]),
        _section("Several tries", [repeat_figure(summary)], [repeat_table(summary)]),
        _section("Run-to-run agreement", [], [agreement_table(summary)]),
        _section("Can its word be trusted?", [], [trust_table(summary)]),
        _section("What went wrong", [failure_figure(summary)], [failure_table(summary)]),
        _section("Controls", [], [control_table(summary)]),
    )
    return tuple(section for section in found if section.tables)


def _differences(summary: Summary) -> list[Figure | None]:
    """Figures of the pooled families; with one agent or model there is only one family of a factor."""
    shown = [family for family in summary.families if family.within is None] or list(summary.families)
    return [
        difference_figure(family, name=f"difference_{i}", title=family_title(family)) for i, family in enumerate(shown)
    ]


def _section(title: str, figures: list[Figure | None], tables: list[Table], *, note: str = "") -> Section:
    return Section(
        title=title,
        note=note,
        figures=tuple(figure for figure in figures if figure is not None),
        tables=tuple(table for table in tables if table.rows),
    )
