"""The training loop.

It is plain PyTorch, not Lightning, for three reasons. A resumed training shall end with exactly the weights of one
that was never interrupted, also when it was killed in the middle of an epoch: for that the loop itself must own the
order of events, the random state and every counter, which take three small records here. The loop of a network of ten
thousand weights is dominated by what is done around each step, and here that is next to nothing: no hooks, no metric
objects, no waiting for the device. And it is one dependency less.
"""

from collections.abc import Callable
from pathlib import Path

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.models.classifier import Classifier
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.determinism import reproducible
from hepcoder.tools.learning.training.devices import device_of
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.history import HISTORY_NAME, History
from hepcoder.tools.learning.training.loop import Loop
from hepcoder.tools.learning.training.progress import Progress
from hepcoder.tools.learning.training.scoring import require_same
from hepcoder.tools.learning.training.state import identity_of, unfinished
from hepcoder.tools.learning.training.steps import Stepper
from hepcoder.tools.learning.training.survey import survey


def fit(
    classifier: Classifier,
    source: Source,
    config: TrainingConfig,
    folder: str | Path,
    *,
    resume: bool = False,
    on_epoch: Callable[[Progress], None] | None = None,
    on_batch: Callable[[Progress], None] | None = None,
) -> History:
    """Train a classifier; afterwards it has the weights of its best epoch, is in evaluation mode and on the CPU.

    The loss is the weighted cross-entropy of the logits. Only the splits ``train`` and ``validation`` are looked at.
    The folder holds ``checkpoint.pt`` (from before the first step on), ``epochs.jsonl`` (a line an epoch, while it
    runs) and at the end ``history.json``. A kill, an interrupt or an error leaves the last checkpoint.

    Args:
        classifier: Freshly built, with `inputs` and `classes` of the source. A resumed training replaces its weights.
        source: Of the events.
        config: Settings.
        folder: Made if it is not there; one training has one.
        resume: Whether to continue from the folder's checkpoint; without one the training begins. A finished training
            only restores its best weights.
        on_epoch: Called after each epoch; what it raises ends the training.
        on_batch: Called after each batch.

    Returns:
        What happened, from the beginning, over all resumptions.

    Raises:
        TrainingError: If the source has other inputs or classes than the classifier, a split is empty or lacks a
            class, an event has no class or weight, the checkpoint is of another training, or the folder has an
            unfinished training and `resume` is off.
        NonFiniteLossError: If the loss becomes NaN or infinite.
        ValueError: If the checkpoint is damaged.
        OSError: If a checkpoint cannot be written, such as on a full disk.
    """
    folder = Path(folder)
    require_same(classifier, source)
    train = survey(source, "train", config.negative_weights)
    validation = survey(source, "validation", config.negative_weights)
    folder.mkdir(parents=True, exist_ok=True)
    if not resume and unfinished(folder):
        message = f"{folder} has an unfinished training; continue it with resume=True, or take another folder"
        raise TrainingError(message)
    with reproducible(config):
        batch_size = min(config.batch_size, train.n)
        factors = train.factors(balance=config.class_balance)
        stepper = Stepper(classifier, config, factors=factors, batch_size=batch_size, device=device_of(config))
        identity = identity_of(classifier, config, train)
        loop = Loop(stepper, source, config, folder, train=train, identity=identity)
        loop.begin(resume=resume)
        place = loop.run(on_epoch, on_batch)
    classifier.to("cpu").eval()
    history = History(
        config=config,
        device=str(stepper.device),
        precision=stepper.precision,
        n_train=train.n,
        n_validation=validation.n,
        n_negative=train.n_negative,
        parameters=classifier.n_parameters,
        epochs=place.epochs,
        metric=loop.metric,
        best_epoch=place.stopping.best_epoch,
        stopped=place.stopped or "epochs",
        resumed=place.resumed,
    )
    history.save(folder / HISTORY_NAME)
    return history
