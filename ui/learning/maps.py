"""Draws what a network looked at in one event that the user picks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hepcoder.ledger.errors import UserError
from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.new_files import new_events
from hepcoder.tools.learning.evaluation.event_figures import plot_attention, plot_edges
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.classifier import Classifier
from hepcoder.tools.learning.models.interpretation import attention_map, edge_map
from hepcoder.tools.learning.runs.predictors import load_predictor
from hepcoder.tools.learning.runs.results import LEARNING_NAME
from hepcoder.ui.learning.show import read_learning
from hepcoder.ui.learning.words import ON_OBJECTS


@dataclass(frozen=True)
class Drawn:
    """A figure of one event.

    Attributes:
        path: The file.
        name: Of the classifier.
        probabilities: What it says of the event, by class.
    """

    path: Path
    name: str
    probabilities: dict[str, float]


def draw_maps(
    folder: Path, files: Sequence[Path], event_id: int, *, id_column: str = "event_id", to: Path | None = None
) -> list[Drawn]:
    """Draw the attention of Transformers and the edges of GNNs in one event.

    Args:
        folder: Of a classifier, or of a training, of which each Transformer and GNN is drawn.
        files: Where the event is.
        event_id: Of the event.
        id_column: Column of the event ids.
        to: Folder of the figures; None takes `folder`.

    Raises:
        UserError: There is no such network or event, or the event has no object to draw.
        ContractError: The files have not the columns that the network was trained on.
    """
    networks = {name: _network(path) for name, path in _folders(folder).items()}
    event = find_event(files, next(iter(networks.values())).inputs, event_id, id_column)
    if not event.mask.any():
        message = f"event {event_id} has no object, so there is nothing to draw; pick another"
        raise UserError(message)
    to = to or folder
    to.mkdir(parents=True, exist_ok=True)
    return [_draw(name, one, event, to) for name, one in networks.items()]


def find_event(files: Sequence[Path], inputs: Inputs, event_id: int, id_column: str) -> Batch:
    """The one event of that id, as a batch.

    Raises:
        UserError: There is none, or more than one.
        ContractError: As `new_events`.
    """
    found: list[tuple[Path, Batch]] = []
    for path in files:
        for batch in new_events([path], inputs, id_column=id_column):
            found += [(path, batch.take([row])) for row in np.flatnonzero(batch.event_id == event_id).tolist()]
    if len(found) == 1:
        return found[0][1]
    names = ", ".join(dict.fromkeys(str(path) for path in files))
    if not found:
        message = f"there is no event {event_id} in {names}; ids are in the column {id_column!r}"
        raise UserError(message)
    places = ", ".join(dict.fromkeys(str(path) for path, _ in found))
    message = f"there are {len(found)} events {event_id}, in {places}; give the one file whose event is meant"
    raise UserError(message)


def _folders(folder: Path) -> dict[str, Path]:
    if not (folder / LEARNING_NAME).is_file():
        return {folder.resolve().name: folder}
    models = read_learning(folder).plan.models
    found = {name: folder / name for name, one in models.items() if one.model.kind in ON_OBJECTS}
    if not found:
        message = f"{folder} has neither a Transformer nor a GNN, only {', '.join(models)}; maps are of these two"
        raise UserError(message)
    return found


def _network(folder: Path) -> Classifier:
    predictor = load_predictor(folder)
    if not isinstance(predictor, Classifier) or predictor.config.kind not in ON_OBJECTS:
        message = f"{folder} has neither a Transformer nor a GNN; maps are of these two"
        raise UserError(message)
    return predictor


def _draw(name: str, network: Classifier, event: Batch, to: Path) -> Drawn:
    said = dict(zip(network.classes, network.probabilities(event)[0].tolist(), strict=True))
    number = int(event.event_id[0])
    if network.config.kind == "transformer":
        path = to / f"{name}_attention_{number}.png"
        weights = attention_map(network, event, 0).weights
        plot_attention(path, weights.reshape(-1, *weights.shape[-2:]), event.mask[0], names_of(network.inputs))
        return Drawn(path, name, said)
    if not network.inputs.has_four_vectors:
        message = f"{name} has no pt, eta, phi and mass of its objects, so its edges have no place in a figure"
        raise UserError(message)
    path = to / f"{name}_edges_{number}.png"
    edges, strengths = edge_map(network, event, 0).strengths()
    plot_edges(path, event.four_vectors[0], event.mask[0], edges, strengths)
    return Drawn(path, name, said)


def names_of(inputs: Inputs) -> list[str]:
    """Names of the places for objects: the list and the number in it, from 1.

    Example:
        >>> from hepcoder.tools.learning.inputs import ObjectList
        >>> names_of(Inputs(objects=(ObjectList(name="jets", fields=("pt",), most=2),)))
        ['jets 1', 'jets 2']
    """
    return [f"{one.name} {place}" for one in inputs.objects for place in range(1, one.most + 1)]
