"""Where a training is, as it goes into a checkpoint and comes out of it."""

import json
from pathlib import Path
from typing import Any, Literal

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.models.classifier import Classifier
from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.training.checkpoints import CHECKPOINT_NAME, read_checkpoint, write_checkpoint
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.determinism import random_state, restore_random_state
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.history import Epoch
from hepcoder.tools.learning.training.schedules import Plateau
from hepcoder.tools.learning.training.steps import Stepper
from hepcoder.tools.learning.training.stopping import Stopping
from hepcoder.tools.learning.training.survey import Survey

# Settings that a training may be resumed with other values of: the result does not hang on them.
_FREE = {"device", "checkpoint_every_epochs", "checkpoint_every_batches"}


class Place(Record):
    """Where a training is.

    Attributes:
        epoch: The running one, from 1.
        batch: Batches done in it.
        seconds: Wall time spent in it.
        plateau: State of the schedule.
        stopping: Best epoch so far.
        epochs: Those that are finished.
        resumed: How many times it was taken up again.
        stopped: Why it ended; None while it goes on.
    """

    epoch: int = 1
    batch: int = 0
    seconds: float = 0.0
    plateau: Plateau = Plateau()
    stopping: Stopping = Stopping()
    epochs: tuple[Epoch, ...] = ()
    resumed: int = 0
    stopped: Literal["epochs", "patience"] | None = None


Weights = dict[str, torch.Tensor]


def identity_of(classifier: Classifier, config: TrainingConfig, train: Survey) -> dict[str, Any]:
    """What must be the same for a checkpoint to be continued: settings, network, inputs and events."""
    return {
        **{f"training {name}": value for name, value in config.model_dump(mode="json", exclude=_FREE).items()},
        **{f"model {name}": value for name, value in classifier.config.model_dump(mode="json").items()},
        "inputs": classifier.inputs.model_dump(mode="json"),
        "classes": list(classifier.classes),
        "training events": train.n,
        "sums of weights": list(train.sums),
    }


def save_state(
    folder: Path,
    stepper: Stepper,
    *,
    identity: dict[str, Any],
    place: Place,
    losses: list[torch.Tensor],
    best: Weights | None,
) -> Path:
    """Write a checkpoint; see `write_checkpoint` for what it raises."""
    content = {
        "identity": json.dumps(identity),
        "place": place.model_dump_json(),
        "losses": torch.stack(losses) if losses else torch.zeros(0),
        "weights": stepper.classifier.state_dict(),
        "best_weights": best,
        "optimiser": stepper.optimiser.state_dict(),
        "scaler": stepper.scaler.state_dict(),
        "random": random_state(stepper.device),
    }
    return write_checkpoint(folder, content)


def load_state(
    folder: Path, stepper: Stepper, identity: dict[str, Any]
) -> tuple[Place, list[torch.Tensor], Weights | None] | None:
    """Restore what `save_state` wrote, random generators too; None where there is no checkpoint.

    Raises:
        ValueError: If the checkpoint is damaged.
        TrainingError: If it is of another training; names what differs.
    """
    content = read_checkpoint(folder)
    if content is None:
        return None
    _require_identity(folder / CHECKPOINT_NAME, json.loads(content["identity"]), json.loads(json.dumps(identity)))
    stepper.classifier.load_state_dict(content["weights"])
    stepper.optimiser.load_state_dict(content["optimiser"])
    stepper.scaler.load_state_dict(content["scaler"])
    restore_random_state(content["random"], stepper.device)
    losses = list(content["losses"].to(stepper.device).unbind())
    return Place.model_validate_json(content["place"]), losses, content["best_weights"]


def unfinished(folder: Path) -> bool:
    """Whether the folder has the checkpoint of a training that did not come to its end."""
    content = read_checkpoint(folder)
    return content is not None and Place.model_validate_json(content["place"]).stopped is None


def _require_identity(path: Path, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    names = [name for name in {**theirs, **ours} if theirs.get(name) != ours.get(name)]
    if names:
        found = "; ".join(f"{name} was {theirs.get(name)!r}, is now {ours.get(name)!r}" for name in names)
        message = f"{path} is of another training: {found}; give the same, or train anew in another folder"
        raise TrainingError(message)


def copied(classifier: Classifier) -> Weights:
    """Weights as they are now, safe from further steps."""
    return {name: value.detach().clone() for name, value in classifier.state_dict().items()}
