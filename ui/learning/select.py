"""Runs a selection on samples for `hepcoder learn select`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from hepcoder.ledger.errors import UserError
from hepcoder.ui.learning.asking import samples_of
from hepcoder.ui.learning.errors import foreseen
from hepcoder.ui.say import say_json


def select(
    selection: Path,
    samples: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    columns: Sequence[str],
    objects: Sequence[str],
    scales: Sequence[str],
    as_json: bool,
) -> int:
    """Write the selected events of all samples, and print each cutflow and the command that trains on them.

    Args:
        selection: File of the typed selection.
        samples: ``[NAME=]FILE`` by the label of the class.
        folder: Where one Parquet file a sample is written.
        columns: ``NAME=QUANTITY`` of the event columns.
        objects: ``LIST=FIELD,FIELD`` of the objects.
        scales: ``NAME=FACTOR`` on the weights of a sample.
        as_json: Whether to print JSON.
    """
    from hepcoder.tools.learning.data.selected_records import SampleFiles
    from hepcoder.tools.learning.data.selecting import select_samples
    from hepcoder.tools.selection.files import load_selection

    factors = {name: _factor(name, text) for name, text in map(_named, scales)}
    found = {label: samples_of(given) for label, given in samples.items()}
    names = [name for given in found.values() for name in given]
    if unknown := set(factors) - set(names):
        message = f"--scale is for {', '.join(sorted(unknown))}, the samples are {', '.join(names)}"
        raise UserError(message)
    with foreseen():
        wanted = [
            SampleFiles(name=name, label=label, files=tuple(files), weight=factors.get(name, 1.0))
            for label, given in found.items()
            for name, files in given.items()
        ]
        selected = select_samples(
            load_selection(selection),
            wanted,
            folder,
            columns=dict(map(_named, columns)),
            objects={name: fields.split(",") for name, fields in map(_named, objects)},
        )
    if as_json:
        say_json({"samples": [one.model_dump(mode="json") for one in selected]})
        return 0
    for one in selected:
        click.echo(f"{one.process.name}: {one.n_events:,} events in {one.process.files[0]}")
        for name, number in one.cutflow.items():
            click.echo(f"  {name:<20} {number:>12,}")
    given = " ".join(f"--{one.process.label} {one.process.name}={one.process.files[0]}" for one in selected)
    click.echo(f"train on them: hepcoder learn train {given}")
    return 0


def _named(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name or not value:
        message = f"{text!r} is no NAME=VALUE, such as met=MET.pt, jets=pt,eta,phi,mass or wjets=0.25"
        raise UserError(message)
    return name, value


def _factor(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"--scale {name}={text} is no number, such as {name}=0.25"
        raise UserError(message) from None
