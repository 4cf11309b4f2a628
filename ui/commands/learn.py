"""`hepcoder learn`: classifiers trained, compared, checked and applied; no model of language is asked."""

from pathlib import Path
from typing import Any

import click

from hepcoder.ui.learning.words import MODELS
from hepcoder.ui.options import common, quiet_option

EXAMPLE = """\b
Example:
  hepcoder learn select hww.yaml --signal higgs.lhco --background wjets=w.lhco --objects jets=pt,eta,phi,mass
  hepcoder learn train --signal higgs.parquet --background wjets=w.parquet --background zz.parquet
  hepcoder learn train --signal higgs.parquet --background zz.parquet --plan-only > plan.yaml
  hepcoder learn train plan.yaml --folder learned
  hepcoder learn audit learned
  hepcoder learn apply learned data.parquet --output scores.parquet
"""

FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
ID_COLUMN = click.option("--id-column", default="event_id", show_default=True, help="Column of the event ids.")


@click.group("learn", epilog=EXAMPLE)
def command() -> None:
    """Train classifiers on selected events, say which separates best, and apply it.

    Files are Parquet or npz, as `save_selected` writes them. Networks need `pip install 'hepcoder[ml]'`.
    """


@command.command("select", short_help="Run a selection on samples, for training.")
@click.argument("selection", type=click.Path(path_type=Path))
@click.option("--signal", metavar="[NAME=]FILE", multiple=True, required=True, help="A file of signal; repeat.")
@click.option("--background", metavar="[NAME=]FILE", multiple=True, help="A file of background, or a pattern; repeat.")
@click.option("--column", "columns", metavar="NAME=QUANTITY", multiple=True, help="Such as met=MET.pt; repeat.")
@click.option("--objects", metavar="LIST=FIELDS", multiple=True, help="Such as jets=pt,eta,phi,mass; repeat.")
@click.option("--scale", "scales", metavar="NAME=FACTOR", multiple=True, help="On the weights of a sample; repeat.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("selected"),
    show_default=True,
    help="For a Parquet file of each sample.",
)
@common
def select_command(
    selection: Path, *, signal: tuple[str, ...], background: tuple[str, ...], folder: Path, as_json: bool, **more: Any
) -> int:
    """Run the typed selection in the file SELECTION on samples, and write what a classifier is trained on.

    Each event keeps its id, weight, the columns and the lists of objects that are asked for.
    """
    from hepcoder.ui.learning.select import select

    samples = {label: given for label, given in (("signal", signal), ("background", background)) if given}
    return select(selection, samples, folder, as_json=as_json, **more)


@command.command("train", short_help="Train classifiers and compare them.")
@click.argument("plan_file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.option("--signal", metavar="[NAME=]FILE", multiple=True, help="A file of signal, or a pattern; repeat.")
@click.option("--background", metavar="[NAME=]FILE", multiple=True, help="A file of background, or a pattern; repeat.")
@click.option(
    "--model",
    "models",
    type=click.Choice(list(MODELS)),
    multiple=True,
    help="What to train; repeat. Default: trees and mlp, and gnn and transformer where there are lists of objects.",
)
@click.option("--epochs", type=click.IntRange(min=1), help="At most; default: what each model has.")
@click.option("--seed", type=click.IntRange(min=0), help="Of splits, weights and order; default: 42.")
@click.option("--id-column", help="Column of the event ids; default: event_id.")
@click.option("--weight-column", help="Column of the weights; default: weight, and where there is none events count.")
@click.option(
    "--background-error", type=click.FloatRange(min=0), help="Relative uncertainty of the background, such as 0.1."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("learned"),
    show_default=True,
    help="For classifiers, scores, figures and pages.",
)
@click.option("--plan-only", is_flag=True, help="Print the plan as YAML, to be edited; train nothing.")
@quiet_option
@common
def train_command(
    plan_file: Path | None,
    *,
    signal: tuple[str, ...],
    background: tuple[str, ...],
    folder: Path,
    plan_only: bool,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    """Train classifiers that tell signal from background, and compare them on events that none has seen.

    What to train is said by options or by the YAML file PLAN, whose paths begin where the command is called. What is
    trained already is not trained again, and a training that was stopped goes on.
    """
    if plan_file is not None and (signal or background or any(value not in {None, ()} for value in settings.values())):
        message = "a PLAN says everything but --folder; change the plan, or give options alone"
        raise click.UsageError(message)

    from hepcoder.tools.learning.runs.plans import LearningPlan
    from hepcoder.ui.learning.asking import asked_plan
    from hepcoder.ui.learning.errors import as_yaml, foreseen, read_record
    from hepcoder.ui.learning.run import train
    from hepcoder.ui.say import say_json

    with foreseen():
        if plan_file is None:
            plan = asked_plan(signal, background, settings)
        else:
            plan = read_record(plan_file, LearningPlan, "plan of a training")
    if not plan_only:
        return train(plan, folder, quiet=quiet, as_json=as_json)
    if as_json:
        say_json(plan.model_dump(mode="json"))
    else:
        click.echo(as_yaml(plan), nl=False)
    return 0


@command.command("apply", short_help="Write the scores of new events.")
@FOLDER
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("scores.parquet"),
    show_default=True,
    help="Parquet file to write.",
)
@ID_COLUMN
@common
def apply_command(folder: Path, *, files: tuple[Path, ...], output: Path, id_column: str, as_json: bool) -> int:
    """Write what a classifier says of the events in FILES: their ids, and the probability of each class.

    FOLDER is that of a classifier, such as learned/mlp, or that of a training, whose best one is taken.
    """
    from hepcoder.ui.learning.run import apply

    return apply(folder, files, output, id_column=id_column, as_json=as_json)


@command.command("show", short_help="Print the results again.")
@FOLDER
@common
def show_command(folder: Path, *, as_json: bool) -> int:
    """Print the results of the training in FOLDER again."""
    from hepcoder.ui.learning.show import learning_document, print_learning, read_learning
    from hepcoder.ui.say import say_json

    result = read_learning(folder)
    if as_json:
        say_json(learning_document(result, folder))
    else:
        print_learning(result, folder)
    return 0


@command.command("audit", short_help="Recompute every figure from the saved scores.")
@FOLDER
@click.option(
    "--events",
    is_flag=True,
    help="Open the files of the events too: look for leaks by value, and score some test events again.",
)
@common
def audit_command(folder: Path, *, events: bool, as_json: bool) -> int:
    """Recompute every figure of the training in FOLDER from its saved scores; exit code 1 when something is wrong."""
    from hepcoder.tools.learning.runs.auditing import audit_folder
    from hepcoder.ui.exits import Exit
    from hepcoder.ui.learning.errors import foreseen
    from hepcoder.ui.learning.show import print_audit, read_learning
    from hepcoder.ui.say import say_json

    with foreseen():
        found = audit_folder(folder, read_learning(folder), events=events)
    code = Exit.FAILED if any(one.severity == "error" for each in found.values() for one in each) else Exit.SOLVED
    if as_json:
        rows = {name: [one.model_dump(mode="json") for one in each] for name, each in found.items()}
        say_json({"ok": not code, "findings": rows, "exit_code": int(code)})
    else:
        print_audit(found)
    return code


@command.command("scan", short_help="Try settings, and name the best.")
@click.argument("scan_file", metavar="SCAN", type=click.Path(path_type=Path))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("scanned"),
    show_default=True,
    help="For trials and results.",
)
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Trials at a time.")
@common
def scan_command(scan_file: Path, *, folder: Path, processes: int, as_json: bool) -> int:
    """Try settings as the YAML file SCAN says, and name those that are best on the validation events.

    Its fields are model, training, space, source (that is `data` of a plan), metric, trials, seconds and seed. A scan
    that was stopped goes on. FOLDER/best.yaml is a plan for `hepcoder learn train`.
    """
    from hepcoder.ui.learning.run import scan

    return scan(scan_file, folder, processes=processes, as_json=as_json)


@command.command("models", short_help="List the words for --model.")
@common
def models_command(*, as_json: bool) -> int:
    """List the words for --model, what they stand for, and which can be trained here."""
    from hepcoder.ui.learning.show import print_models, usable
    from hepcoder.ui.say import say_json

    if as_json:
        rows = [{"name": name, "what": what, "usable": usable(package)} for name, (package, what) in MODELS.items()]
        say_json({"models": rows})
    else:
        print_models()
    return 0


@command.command("maps", short_help="Draw what a network looks at in one event.")
@FOLDER
@click.option("--files", multiple=True, required=True, type=click.Path(path_type=Path), help="With the event; repeat.")
@click.option("--event", "event_id", type=int, required=True, help="Id of the event.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="For the figures; default: FOLDER.")
@ID_COLUMN
@common
def maps_command(
    folder: Path, *, files: tuple[Path, ...], event_id: int, to: Path | None, id_column: str, as_json: bool
) -> int:
    """Draw what a transformer attends to in one event, and which edges of its graph a gnn decides by.

    FOLDER is that of a classifier, or that of a training, of which each transformer and gnn is drawn.
    """
    from hepcoder.ui.learning.errors import foreseen
    from hepcoder.ui.say import say_json

    with foreseen():
        from hepcoder.ui.learning.maps import draw_maps

        drawn = draw_maps(folder, files, event_id, id_column=id_column, to=to)
    if as_json:
        rows = [{"path": str(one.path), "model": one.name, "probabilities": one.probabilities} for one in drawn]
        say_json({"event": event_id, "figures": rows})
        return 0
    for one in drawn:
        said = ", ".join(f"{name} {value:.3f}" for name, value in one.probabilities.items())
        click.echo(f"wrote {one.path}: {one.name} says {said}")
    return 0
