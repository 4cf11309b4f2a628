"""What the benchmark's commands print."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hepcoder.ui.formats import count, duration, money

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hepcoder.benchmarks.harness.estimate import Line
    from hepcoder.benchmarks.harness.progress import Count, Progress


def plan_table(lines: Sequence["Line"]) -> "RenderableType":
    """Return the missing cells with what they are thought to cost."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("model", "agent"):
        table.add_column(name)
    for name in ("missing", "done", "tokens a run", "estimate"):
        table.add_column(name, justify="right")
    for line in lines:
        tokens = f"{line.tokens.input:,} + {line.tokens.output:,}"
        usd = "unpriced" if line.usd is None else f"${line.usd:.2f}"
        table.add_row(line.model, line.agent, f"{line.cells:,}", f"{line.done:,}", tokens, usd)
    return table


def plan_summary(lines: Sequence["Line"], bound: Decimal | None) -> str:
    """Return what the missing cells are thought to cost in all, and how well that is known."""
    missing = sum(line.cells for line in lines)
    known = [line.usd for line in lines if line.usd is not None]
    unpriced = sum(line.cells for line in lines if line.usd is None)
    parts = [f"{count(missing, 'cell')} to run"]
    parts += [f"about ${sum(known, Decimal(0)):.2f}"] if known else []
    parts += [f"{count(unpriced, 'cell')} unpriced"] if unpriced else []
    parts += [f"never more than ${bound}"] if bound is not None else []
    measured = any(line.tokens.runs for line in lines)
    basis = "tokens from this study's own cells where it has some" if measured else "tokens are guesses"
    return f"{', '.join(parts)} ({basis})"


def plan_document(lines: Sequence["Line"], bound: Decimal | None) -> dict[str, Any]:
    """Return a plan as plain data."""
    known = [line.usd for line in lines if line.usd is not None]
    return {
        "missing": sum(line.cells for line in lines),
        "done": sum(line.done for line in lines),
        "usd": sum(known, Decimal(0)) if known else None,
        "unpriced_cells": sum(line.cells for line in lines if line.usd is None),
        "max_usd": bound,
        "lines": [
            {
                "model": line.model,
                "agent": line.agent,
                "missing": line.cells,
                "done": line.done,
                "input_tokens": line.tokens.input,
                "output_tokens": line.tokens.output,
                "usd": line.usd,
            }
            for line in lines
        ],
    }


def progress_table(progress: "Progress", note: str = "") -> "RenderableType":
    """Return how far each model is."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("model")
    for name in ("done", "passed", "spoiled", "calls", "cost"):
        table.add_column(name, justify="right")
    for model, row in progress.models.items():
        table.add_row(model, *_cells(row))
    if len(progress.models) > 1:
        table.add_row("all", *_cells(progress.whole), style="bold")
    return Group(table, Text(progress_line(progress, note), style="dim"))


def progress_line(progress: "Progress", note: str = "") -> str:
    """Return how far a study is, in a line."""
    whole = progress.whole
    parts = [f"{whole.done:,} of {count(whole.cells, 'cell')} done", f"{whole.passed:,} passed"]
    parts += [f"{whole.spoiled:,} spoiled"] if whole.spoiled else []
    parts += [money(whole.usd, unpriced=whole.unpriced)]
    if progress.seconds:
        eta = progress.eta_seconds
        parts += [duration(progress.seconds), "end not yet known" if eta is None else f"about {duration(eta)} to go"]
    return " · ".join([*parts, *([note] if note else [])])


def progress_document(progress: "Progress") -> dict[str, Any]:
    """Return how far a study is as plain data."""
    return {
        **_count_document(progress.whole),
        "models": {name: _count_document(row) for name, row in progress.models.items()},
    }


def _count_document(row: "Count") -> dict[str, Any]:
    return {
        "cells": row.cells,
        "done": row.done,
        "passed": row.passed,
        "spoiled": row.spoiled,
        "calls": row.calls,
        "usd": row.usd,
        "unpriced_attempts": row.unpriced,
    }


def _cells(row: "Count") -> tuple[str, ...]:
    done = f"{row.done:,}/{row.cells:,}"
    cost = money(row.usd, unpriced=row.unpriced) if row.done else ""
    return done, f"{row.passed:,}", f"{row.spoiled:,}", f"{row.calls:,}", cost
