"""The benchmark's commands that ask no model: status, regrade, replay, compare, report, export."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepcoder.benchmarks.harness.archive import open_study, write_archive
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.benchmarks.harness.progress import Tracker
from hepcoder.benchmarks.harness.tasks import changed_tasks
from hepcoder.ledger.errors import RunError, StorageError
from hepcoder.ledger.files import reason
from hepcoder.ui.bench_show import progress_document, progress_table
from hepcoder.ui.exits import Exit
from hepcoder.ui.formats import count
from hepcoder.ui.say import make_console, say_json

if TYPE_CHECKING:
    from hepcoder.benchmarks.cells import CellKey, CellResult
    from hepcoder.benchmarks.harness.regrading import Regraded

REPLAYS_SHOWN = 20


def show_status(path: Path, *, as_json: bool) -> Exit:
    """Say how far a study is, which cells broke, and which tasks have changed.

    Raises:
        RunError: There is no study, or it is damaged.
    """
    with open_study(path) as folder:
        study = folder.read()
        tracker = Tracker(folder, cells_of(study))
        progress = tracker.look()
        told = ((cell.digest, folder.cell(cell.digest).broken) for cell in tracker.left)
        broken = {digest: text.strip().splitlines()[-1] for digest, text in told if text}
        changed = [entry.name for entry in changed_tasks(study.tasks)]
    if as_json:
        say_json({**progress_document(progress), "broken": broken, "changed_tasks": changed})
        return Exit.SOLVED
    make_console().print(progress_table(progress))
    for digest, why in broken.items():
        click.echo(f"cell {digest[:12]} broke when it was last tried: {why}")
    if changed:
        click.echo(f"changed since: {', '.join(changed)}; see hepcoder bench regrade")
    return Exit.SOLVED


def show_regrade(path: Path, *, everything: bool, sandbox: str, as_json: bool) -> Exit:
    """Grade again what can be, and name what must be run again.

    Raises:
        HepcoderError: It cannot be done; says why.
    """
    from hepcoder.benchmarks.harness.regrading import regrade

    def tell(row: "Regraded") -> None:
        if row.action == "rerun" or row.before != row.after:
            click.echo(f"{cell_name(row.key)}: {_regraded(row)}", err=as_json)

    rows = regrade(StudyFolder(path), everything=everything, sandbox=sandbox, watch=tell)
    actions = Counter(str(row.action) for row in rows)
    if as_json:
        say_json({"counts": dict(actions), "cells": [row.model_dump(mode="json") for row in rows]})
        return Exit.SOLVED
    changed = sum(row.action == "regraded" and row.before != row.after for row in rows)
    graded = f"{count(actions['regraded'], 'cell')} graded again, {changed} of them otherwise"
    again = f"{actions['rerun']} must be run again, which hepcoder bench resume does"
    click.echo(f"{graded}; {again}" if rows else "no task has changed; --all grades everything again")
    return Exit.SOLVED


def show_replay(path: Path, *, sandbox: str, as_json: bool) -> Exit:
    """Replay a study, and name every difference.

    Raises:
        HepcoderError: It cannot be done; says why.
    """
    from hepcoder.benchmarks.harness.replaying import replay_study

    with open_study(path) as folder:
        rows = replay_study(folder, sandbox=sandbox)
    different = [row for row in rows if row.differences]
    skipped = [row for row in rows if row.skipped]
    code = Exit.REPLAY if different else Exit.SOLVED
    if as_json:
        cells = [
            {"key": row.recorded.key.model_dump(mode="json"), "differences": list(row.differences)} for row in different
        ]
        say_json(
            {"attempts": len(rows), "skipped": len(skipped), "different": len(different), "cells": cells}
            | {"exit_code": int(code)}
        )
        return code
    for row in different[:REPLAYS_SHOWN]:
        click.echo(f"{cell_name(row.recorded.key)}: " + "; ".join(row.differences))
    for because, number in Counter(row.skipped for row in skipped).items():
        click.echo(f"{count(number, 'attempt')} taken as recorded: {because}")
    same = len(rows) - len(different) - len(skipped)
    click.echo(f"{count(same, 'attempt')} replayed and the same, {len(different)} different")
    return code


def show_comparison(before: Path, after: Path, target: Path, *, as_json: bool) -> Exit:
    """Write what changed from one study to another.

    Raises:
        HepcoderError: It cannot be done; says why.
    """
    from hepcoder.benchmarks.report.writing import write_comparison
    from hepcoder.benchmarks.statistics.changes import compare

    with open_study(before) as old, open_study(after) as new:
        comparison = compare(_results(old), _results(new))
    paths = _written(lambda: write_comparison(comparison, target, f"{before.name} and {after.name}"), target)
    if as_json:
        say_json({**comparison.model_dump(mode="json"), "files": [str(path) for path in paths]})
        return Exit.SOLVED
    click.echo((target / "comparison.md").read_text(encoding="utf-8"))
    return _told(paths)


def show_report(path: Path, target: Path, title: str | None, *, as_json: bool) -> Exit:
    """Write the report of a study.

    Raises:
        HepcoderError: It cannot be done; says why.
    """
    from hepcoder.benchmarks.report.writing import write_report

    with open_study(path) as folder:
        heading, results = title or folder.read().name, _results(folder)
    paths = _written(lambda: write_report(results, target, heading), target)
    if as_json:
        say_json({"files": [str(found) for found in paths], "attempts": len(results)})
        return Exit.SOLVED
    return _told(paths)


def show_export(path: Path, kind: str, target: Path, *, as_json: bool) -> Exit:
    """Write a study in another format.

    Raises:
        HepcoderError: It cannot be done; says why.
    """
    from hepcoder.benchmarks.report.cell_files import write_csv, write_parquet
    from hepcoder.benchmarks.report.inspect_logs import write_inspect_logs

    with open_study(path) as folder:
        if kind == "archive":
            write_archive(folder, target)
            paths: Sequence[Path] = (target,)
        elif kind == "inspect":
            created = folder.read().created.isoformat()
            paths = _written(lambda: write_inspect_logs(_results(folder), target, created=created), target)
        else:
            write = write_csv if kind == "csv" else write_parquet
            paths = _written(lambda: (write(_results(folder), target),), target)
    if as_json:
        say_json({"files": [str(found) for found in paths]})
        return Exit.SOLVED
    return _told(paths)


def cell_name(key: "CellKey") -> str:
    """Return a cell as people name it."""
    control = "" if key.data == "full" else f", {key.data} data"
    return f"{key.full_task}, trial {key.trial}, {key.agent} with {key.model}{control}"


def _results(folder: StudyFolder) -> "tuple[CellResult, ...]":
    results = folder.results()
    if not results:
        message = f"no cell of {folder.path} is done yet; run the study first"
        raise RunError(message)
    return results


def _written(write: Callable[[], tuple[Path, ...]], target: Path) -> tuple[Path, ...]:
    try:
        return write()
    except OSError as error:
        message = f"{target} cannot be written: {reason(error)}; free space or choose another place with --to"
        raise StorageError(message) from error


def _told(paths: Sequence[Path]) -> Exit:
    for path in paths:
        click.echo(f"wrote {path}", err=True)
    return Exit.SOLVED


def _regraded(row: "Regraded") -> str:
    if row.action == "rerun":
        return "must be run again: the agent would be given another prompt or other data now"
    return f"was {row.before}, is {row.after}"
