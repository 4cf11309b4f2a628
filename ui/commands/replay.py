"""`hepcoder replay`: a recorded run once more, without any model."""

from pathlib import Path
from typing import Any

import click

from hepcoder.ui.options import common, quiet_option, runs_folder, sandbox_option


@click.command("replay")
@click.argument("run")
@sandbox_option
@runs_folder
@quiet_option
@common
def command(run: str, *, sandbox: Any, runs: Path, quiet: bool, as_json: bool) -> int:
    """Do a recorded run again in a new folder: every call is answered from the recording, no socket is opened.

    Exit code 7 when scripts, artefacts, errors or totals differ from the recorded run.
    """
    from hepcoder.agents import Supervisor
    from hepcoder.ui.conduct import conduct

    supervisor = Supervisor(runs=runs, sandbox=sandbox)
    return conduct(lambda: supervisor.replay(run), runs=runs, as_json=as_json, quiet=quiet)
