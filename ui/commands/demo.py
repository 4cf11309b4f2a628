"""`hepcoder demo`: the main job from end to end, on data made here."""

from pathlib import Path
from typing import Any

import click

from hepcoder.ui.options import common, model_options, quiet_option, runs_folder, sandbox_option


@click.command("demo")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the made-up sample.")
@model_options
@sandbox_option
@runs_folder
@quiet_option
@common
def command(*, seed: int, sandbox: Any, runs: Path, quiet: bool, as_json: bool, **settings: Any) -> int:
    """Make a small diphoton sample, ask for a selection and a mass plot in plain language, and let the agents do it.

    With no key set, the embedded model answers; its weights (1.1 GB) are fetched once.
    """
    from hepcoder.agents.models.registry import default_model
    from hepcoder.ledger.errors import StorageError
    from hepcoder.ui.conduct import conduct
    from hepcoder.ui.demo import demo_task, make_demo_data
    from hepcoder.ui.pulling import ensure_weights
    from hepcoder.ui.request import bounded, make_supervisor
    from hepcoder.ui.say import make_console

    console = make_console(stderr=as_json)
    settings["model"] = settings["model"] or default_model()
    ensure_weights(settings["model"], console)
    try:
        data = make_demo_data(runs / "demo-data", seed=seed)
    except OSError as error:
        message = (
            f"the sample cannot be written to {runs / 'demo-data'}: {error.strerror or error}; choose another --runs"
        )
        raise StorageError(message) from error
    task = bounded(demo_task(data), settings)
    if not quiet:
        console.print(f"the request, on {data}:\n\n  {task.prompt}\n", soft_wrap=not console.is_terminal)
    supervisor = make_supervisor(runs=runs, sandbox=sandbox, settings=settings)
    return conduct(lambda: supervisor.stream(task), runs=runs, as_json=as_json, quiet=quiet)
