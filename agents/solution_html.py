"""A solution as HTML for notebooks: figure, cutflow, values, checks, cost; pure text in, text out."""

import base64
from collections.abc import Iterable
from decimal import Decimal
from html import escape
from pathlib import Path

from hepcoder.agents.solution import Solution
from hepcoder.ledger.totals import Totals

MOST_FIGURE_BYTES = 4 * 1024**2
MOST_VALUES = 50
MOST_ATTEMPTS = 20

_COLOURS = {"verified": "#1a7f37", "unverified": "#9a6700", "failed": "#cf222e"}
_MEANINGS = {
    "verified": "independent evidence agrees with the result",
    "unverified": "it ran and met the contract; nothing vouches for the physics",
    "failed": "the task is not solved",
}
_MARKS = {"pass": "✓", "fail": "✗", "not_applicable": "-"}
_PNG = b"\x89PNG\r\n\x1a\n"


def render_html(solution: Solution) -> str:
    """Return a solution as one HTML fragment without scripts, styles sheets or outside links.

    Everything that came from a model or a file is escaped; the figure is shown inline if it is a PNG of at most
    `MOST_FIGURE_BYTES`, else its path is. Files that are gone are left out.
    """
    parts = [
        _status(solution),
        _figure(solution.figure_path),
        _cutflow(solution),
        _values(solution),
        _list("Checks", (f"{_MARKS[item.outcome]} {item.name}: {item.detail}" for item in solution.evidence)),
        _list("Noticed", solution.attempts[:MOST_ATTEMPTS]),
        _list("Errors met", (f"{item.label}: {item.message}" for item in solution.history)),
        f"<p style='color:#57606a'>{escape(totals_text(solution.totals, solution.seconds))}<br>{_where(solution)}</p>",
    ]
    return f"<div style='max-width:60em'>{''.join(parts)}</div>"


def render_mimebundle(solution: Solution) -> dict[str, str]:
    """Return the forms a notebook may choose from: HTML, and text for a terminal."""
    reason = "" if solution.failure is None else f" ({solution.failure.label})"
    text = f"Solution({solution.status}{reason}, run {solution.run}, {len(solution.outputs)} outputs)"
    return {"text/html": render_html(solution), "text/plain": text}


def totals_text(totals: Totals, seconds: float) -> str:
    """Return calls, tokens, cost and time on one line; calls without a price are said to be unpriced.

    Args:
        totals: The sums.
        seconds: Wall time of the trial.

    Example:
        >>> totals_text(Totals(calls=2, attempts=2, unpriced_attempts=2, input_tokens=1200, output_tokens=300), 72.0)
        '2 calls, 1,200 tokens in, 300 out, unpriced, 0 runs, 72.0 s'
    """
    tokens = f"{totals.input_tokens:,} tokens in, {totals.output_tokens:,} out"
    cost = _cost(totals.usd, totals.unpriced_attempts)
    return f"{totals.calls} calls, {tokens}, {cost}, {totals.executions} runs, {seconds:.1f} s"


def _cost(usd: Decimal | None, unpriced: int) -> str:
    if usd is None:
        return "unpriced" if unpriced else "no cost"
    return f"${usd:.4f}" + (f" + {unpriced} unpriced" if unpriced else "")


def _status(solution: Solution) -> str:
    colour = _COLOURS[solution.status]
    head = f"<b style='color:{colour}'>{escape(solution.status)}</b> {escape(_MEANINGS[solution.status])}"
    why = (
        ""
        if solution.failure is None
        else f"<br><code>{escape(solution.failure.label)}</code> {escape(solution.failure.message)}"
    )
    return f"<p>{head}{why}</p>"


def _figure(path: Path | None) -> str:
    if path is None or not path.is_file():
        return ""
    if path.stat().st_size > MOST_FIGURE_BYTES:
        return f"<p>figure: <code>{escape(str(path))}</code></p>"
    content = path.read_bytes()
    if not content.startswith(_PNG):
        return ""
    data = base64.b64encode(content).decode("ascii")
    return f"<img alt='{escape(path.name)}' style='max-width:100%' src='data:image/png;base64,{data}'>"


def _cutflow(solution: Solution) -> str:
    if not solution.cutflow:
        return ""
    first = solution.cutflow[0].n_events
    rows = [
        (row.name, f"{row.n_events:,.10g}", f"{100 * row.n_events / first:.1f}%" if first else "-")
        for row in solution.cutflow
    ]
    return _table(("cut", "events", "of all"), rows)


def _values(solution: Solution) -> str:
    if not solution.values:
        return ""
    items = list(solution.values.items())
    rows = [
        (name, f"{value:.6g}" if isinstance(value, float) else str(value)[:200]) for name, value in items[:MOST_VALUES]
    ]
    more = len(items) - len(rows)
    return _table(("value", ""), rows) + (f"<p>… {more} more</p>" if more > 0 else "")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details open><summary>{escape(title)}</summary><ul>{items}</ul></details>" if items else ""


def _where(solution: Solution) -> str:
    script = "" if solution.script_path is None else f"script <code>{escape(str(solution.script_path))}</code><br>"
    return f"{script}run <code>{escape(solution.run)}</code> in <code>{escape(str(solution.folder))}</code>"
