"""`hepcoder resume`: go on with a run that was stopped or killed."""

from pathlib import Path
from typing import Any

import click

from hepcoder.ui.options import common, quiet_option, runs_folder, sandbox_option


@click.command("resume")
@click.argument("run")
@sandbox_option
@runs_folder
@quiet_option
@common
def command(run: str, *, sandbox: Any, runs: Path, quiet: bool, as_json: bool) -> int:
    """Go on with a run that was stopped or killed; a call that is on record is not paid again."""
    from hepcoder.agents import Supervisor
    from hepcoder.ledger.runs import RunFolder
    from hepcoder.ui.conduct import conduct
    from hepcoder.ui.history import read_story

    folder = RunFolder.find(runs, run)
    earlier = read_story(folder).view if folder.trials() else None
    supervisor = Supervisor(runs=runs, sandbox=sandbox)
    return conduct(
        lambda: supervisor.resume(folder.id), runs=runs, as_json=as_json, quiet=quiet, run=folder.id, earlier=earlier
    )
