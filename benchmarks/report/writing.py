"""A study as files: one HTML page, Markdown, CSV, Parquet."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.report.cell_files import write_csv, write_parquet
from hepcoder.benchmarks.report.change_sections import change_sections
from hepcoder.benchmarks.report.sections import Section, sections
from hepcoder.benchmarks.statistics.changes import Comparison
from hepcoder.benchmarks.statistics.summary import Summary, summarise
from hepcoder.ledger.record import Record

if TYPE_CHECKING:
    from jinja2 import Environment

# Longer tables are folded, so that the page can be scrolled through.
LONG_TABLE = 40


class Head(Record):
    """The top of a report.

    Attributes:
        title: Its heading.
        facts: What it is about, in a sentence or two.
        cautions: What weakens it, a sentence each.
    """

    title: str
    facts: str
    cautions: tuple[str, ...]


def write_report(
    cells: Iterable[CellResult], folder: Path, title: str, *, confidence: float = 0.95, seed: int = 0
) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.md``, its figures, ``cells.csv`` and ``cells.parquet``, and return their paths.

    The page needs no other file and no network; the Markdown's drawings lie beside it as ``report_NAME.svg``. The same
    cells, in any order, give the same bytes.

    Args:
        cells: All attempts at all cells, controls too.
        folder: Where the files go; made if it is missing, files of these names are replaced.
        title: Heading of the report.
        confidence: Level of the intervals, between 0 and 1.
        seed: Seed of the bootstrap.

    Raises:
        CellsError: There is no cell, or an attempt is there twice.
        OSError: The folder cannot be written.
    """
    attempts = tuple(cells)
    summary = summarise(attempts, confidence=confidence, seed=seed)
    head = Head(title=title, facts=_facts(summary), cautions=summary.cautions)
    pages = _write_pages(folder, "report", head, sections(summary))
    return (*pages, write_csv(attempts, folder / "cells.csv"), write_parquet(attempts, folder / "cells.parquet"))


def write_comparison(comparison: Comparison, folder: Path, title: str) -> tuple[Path, ...]:
    """Write ``comparison.html``, ``comparison.md`` and its figures on two runs, and return their paths.

    Args:
        comparison: What changed from one run to the other.
        folder: Where the files go; made if it is missing, files of these names are replaced.
        title: Heading of the report.

    Raises:
        OSError: The folder cannot be written.
    """
    facts, cautions, parts = change_sections(comparison)
    return _write_pages(folder, "comparison", Head(title=title, facts=facts, cautions=cautions), parts)


def _write_pages(folder: Path, name: str, head: Head, parts: Sequence[Section]) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    environment = _environment()
    written = []
    for kind in ("html", "md"):
        page = environment.get_template(f"page.{kind}")
        text = page.render(name=name, head=head, sections=parts, long=LONG_TABLE)
        path = folder / f"{name}.{kind}"
        path.write_text(text, encoding="utf-8")
        written.append(path)
    for figure in (figure for part in parts for figure in part.figures):
        path = folder / f"{name}_{figure.name}.svg"
        path.write_bytes(figure.svg)
        written.append(path)
    return tuple(written)


def _facts(summary: Summary) -> str:
    return (
        f"{_count(summary.models, 'model')}, {_count(summary.agents, 'agent')}, {_count(summary.tasks, 'task')} of "
        f"{_count(summary.suites, 'suite')}; {summary.cells:,} cells in {summary.attempts:,} attempts. Intervals at "
        f"{100 * summary.confidence:.0f} %; draws of tasks with seed {summary.seed}. A dash means undefined, never 0."
    )


def _count(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

    loader = FunctionLoader(lambda name: files("hepcoder.benchmarks.report").joinpath(name).read_text(encoding="utf-8"))
    environment = Environment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    return environment


def _plain(value: str) -> str:
    """Text that stays text inside a Markdown table: one line, no markup."""
    escaped = "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in value)
    return " ".join(escaped.split())
