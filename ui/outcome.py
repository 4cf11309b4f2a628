"""The end of a trial on the terminal: status, cutflow, values, checks, files, totals."""

import shlex
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hepcoder.agents.solution import CutflowRow, Solution
from hepcoder.ledger.totals import Totals
from hepcoder.ui.formats import count, duration, money, number
from hepcoder.ui.steps import MARKS, MEANINGS, describe, first_of
from hepcoder.ui.text import clean, one_line

_COLOURS = {"verified": "bold green", "unverified": "bold yellow", "failed": "bold red"}
_MARK_COLOURS = {"pass": "green", "fail": "red", "not_applicable": "dim"}
_MOST_VALUES = 30


def print_solution(console: Console, solution: Solution) -> None:
    """Print all that a user wants to know of a trial that has ended."""
    stopped = solution.failure is not None and solution.failure.label == "harness.interrupted"
    colour = "bold yellow" if stopped else _COLOURS[solution.status]
    meaning = "it has not ended and can be resumed" if stopped else MEANINGS[solution.status]
    console.print()
    title = Text("stopped" if stopped else solution.status, colour)
    console.print(Rule(title, style=colour, align="left") if console.is_terminal else title)
    console.print(Text(meaning, style="dim"), soft_wrap=True)
    if solution.failure is not None and not stopped:
        console.print(Text(describe(solution.failure), style="red"), soft_wrap=True)
    if solution.cutflow:
        console.print(cutflow_table(solution.cutflow))
    if solution.values:
        _print_pairs(console, "values", [(name, number(value)) for name, value in solution.values.items()])
    _print_evidence(console, solution)
    _print_findings(console, solution)
    _print_attempts(console, solution)
    _print_history(console, solution)
    _print_differences(console, solution)
    _print_files(console, solution)
    _row(console, "totals", totals_line(solution.totals, solution.seconds))


def cutflow_table(rows: tuple[CutflowRow, ...]) -> Table:
    """Return a cutflow with the fraction of all events and of the row before."""
    table = Table(title="cutflow", title_justify="left", title_style="bold", box=None, padding=(0, 2), show_edge=False)
    table.add_column("cut", overflow="fold")
    for name in ("events", "of all", "of the row before"):
        table.add_column(name, justify="right")
    first = rows[0].n_events
    for before, row in zip((None, *rows), rows, strict=False):
        step = "" if before is None else _share(row.n_events, before.n_events)
        table.add_row(Text(one_line(row.name)), f"{row.n_events:,.10g}", _share(row.n_events, first), step)
    return table


def totals_line(totals: Totals, seconds: float) -> str:
    """Return the sums of a trial on one line.

    Example:
        >>> totals_line(Totals(calls=1, attempts=1, unpriced_attempts=1, input_tokens=10, output_tokens=5), 3.0)
        '1 call · 10 tokens in, 5 out · unpriced · 0 runs · model 0.0 s of 3.0 s'
    """
    calls = count(totals.calls, "call")
    if totals.failed_attempts or totals.lost_attempts:
        calls += f" ({count(totals.failed_attempts, 'attempt')} failed, {totals.lost_attempts} cut off)"
    tokens = f"{totals.input_tokens:,} tokens in, {totals.output_tokens:,} out"
    extra = {"cached": totals.cache_read_tokens, "reasoning": totals.reasoning_tokens}
    special = ", ".join(f"{count:,} {name}" for name, count in extra.items() if count)
    parts = [
        calls,
        tokens + (f" ({special})" if special else ""),
        money(totals.usd, unpriced=totals.unpriced_attempts),
        count(totals.executions, "run"),
        f"model {duration(totals.model_seconds)} of {duration(seconds)}",
    ]
    return " · ".join(parts)


def run_alone(script: Path) -> str:
    """Return the shell command that runs a script by itself in its own folder."""
    return f"cd {shlex.quote(str(script.parent))} && python {shlex.quote(script.name)}"


def _print_evidence(console: Console, solution: Solution) -> None:
    for index, item in enumerate(solution.evidence):
        kind = " (independent)" if item.independent else ""
        text = one_line(f"{MARKS[item.outcome]} {item.name}{kind}: {item.detail}")
        _row(console, "" if index else "checks", text, _MARK_COLOURS[item.outcome])


def _print_findings(console: Console, solution: Solution) -> None:
    for index, sentence in enumerate(first_of(solution.findings)):
        _row(console, "" if index else "data", one_line(sentence), "yellow")


def _print_attempts(console: Console, solution: Solution) -> None:
    for index, sentence in enumerate(first_of(solution.attempts)):
        _row(console, "" if index else "noticed", one_line(sentence), "yellow")


def _print_history(console: Console, solution: Solution) -> None:
    for index, failure in enumerate(solution.history):
        _row(console, "" if index else "errors met", describe(failure), "dim")


def _print_differences(console: Console, solution: Solution) -> None:
    if solution.replay_differences == ():
        _row(console, "replay", "the same scripts, artefacts, errors and totals as the recorded run")
    for index, text in enumerate(solution.replay_differences or ()):
        _row(console, "" if index else "differs", one_line(text, 1000), "red")


def _print_files(console: Console, solution: Solution) -> None:
    figure = solution.figure_path
    if figure is not None:
        _row(console, "figure", str(figure.absolute()))
    for index, path in enumerate(path for path in solution.outputs.values() if path != figure):
        _row(console, "" if index else "files", str(path.absolute()))
    if solution.script_path is not None:
        _row(console, "script", str(solution.script_path.absolute()))
        _row(console, "run it", run_alone(solution.script_path.absolute()))
    _row(console, "run", str(solution.folder.absolute()))


def _print_pairs(console: Console, label: str, pairs: list[tuple[str, str]]) -> None:
    shown = pairs[:_MOST_VALUES]
    width = max(len(one_line(name, 60)) for name, _ in shown)
    for index, (name, value) in enumerate(shown):
        _row(console, "" if index else label, f"{one_line(name, 60):<{width}}  {one_line(value, 200)}")
    if len(pairs) > len(shown):
        _row(console, "", f"… {len(pairs) - len(shown)} more", "dim")


def _row(console: Console, label: str, text: str, style: str = "") -> None:
    """One labelled line; never wrapped, so that paths and commands can be copied."""
    console.print(Text(f"{label:<11}", style="bold") + Text(clean(text), style=style), soft_wrap=True)


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"
