"""`hepcoder runs`: the runs of a folder, newest first."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hepcoder.ui.options import common, runs_folder

if TYPE_CHECKING:
    from hepcoder.ledger.runs import RunFolder


@click.command("runs")
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@runs_folder
@common
def command(*, limit: int, runs: Path, as_json: bool) -> int:
    """List the runs of a folder, newest first."""
    from hepcoder.ledger.runs import list_runs
    from hepcoder.ui.say import say_json

    found = list_runs(runs)
    rows = [describe_run(run) for run in found[:limit]]
    if as_json:
        say_json({"folder": str(runs), "count": len(found), "runs": rows})
    elif not rows:
        click.echo(f"no runs in {runs}")
    else:
        _print_rows(rows)
        if len(found) > limit:
            click.echo(f"… and {len(found) - limit} older; raise --limit to see them")
    return 0


def describe_run(run: "RunFolder") -> dict[str, Any]:
    """Return what a list says of a run, as plain data; what cannot be read is None."""
    from hepcoder.ui.history import manifest_or_none, story_or_none
    from hepcoder.ui.text import one_line

    manifest, story = manifest_or_none(run), story_or_none(run)
    row: dict[str, Any] = {"run": run.id, "folder": str(run.path), "status": "not started"}
    if manifest is not None:
        prompt = one_line(str(manifest.task.get("prompt", "")))
        row |= {
            "model": manifest.model,
            "mode": manifest.mode,
            "created": manifest.created.isoformat(),
            "prompt": prompt,
        }
    if story is not None:
        sums = story.view.counters
        row |= {
            "status": story.state,
            "failure": None if story.view.final_failure is None else story.view.final_failure.label,
            "calls": sums.calls,
            "tokens": sums.input_tokens + sums.output_tokens,
            "usd": sums.usd,
            "unpriced_attempts": sums.unpriced,
            "seconds": None if story.view.last_at is None else story.view.elapsed(story.view.last_at),
            "damaged_lines": len(story.damaged),
        }
    return row


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from hepcoder.ui.formats import count, duration, money
    from hepcoder.ui.say import make_console
    from hepcoder.ui.text import clean

    colours = {"verified": "green", "unverified": "yellow", "failed": "red"}
    console = make_console()
    for row in rows:
        status = f"failed ({row['failure']})" if row["status"] == "failed" else row["status"]
        parts = [row.get("model", "no manifest")]
        if "calls" in row:
            cost = money(row["usd"], unpriced=row["unpriced_attempts"])
            parts += [count(row["calls"], "call"), cost, duration(row["seconds"] or 0.0)]
        if row.get("damaged_lines"):
            parts.append(count(row["damaged_lines"], "damaged line"))
        head = Text(row["run"], "bold") + Text(f"  {status}", colours.get(row["status"], ""))
        console.print(head + Text(clean("  " + " · ".join(parts))), soft_wrap=True)
        console.print(Text("    " + row.get("prompt", ""), style="dim"), no_wrap=True, overflow="ellipsis")
