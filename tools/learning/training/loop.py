"""Epochs and batches, and what must be remembered between them."""

import math
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.determinism import order_seed
from hepcoder.tools.learning.training.failures import failure
from hepcoder.tools.learning.training.history import Epoch, append_log, write_log
from hepcoder.tools.learning.training.progress import Progress, seconds_left
from hepcoder.tools.learning.training.schedules import learning_rate
from hepcoder.tools.learning.training.state import Place, Weights, copied, load_state, save_state
from hepcoder.tools.learning.training.steps import Stepper
from hepcoder.tools.learning.training.stopping import metric_of
from hepcoder.tools.learning.training.survey import Survey
from hepcoder.tools.learning.training.validation import Validation, validate

# Looking at a loss waits for the device; this often a NaN is noticed within moments and costs nothing.
_BATCHES_TO_LOOK = 64

Callback = Callable[[Progress], None] | None


class Loop:
    """A training that can be left and taken up at any batch."""

    def __init__(
        self,
        stepper: Stepper,
        source: Source,
        config: TrainingConfig,
        folder: Path,
        *,
        train: Survey,
        identity: dict[str, Any],
    ) -> None:
        """Say what is trained on what; nothing happens yet.

        Args:
            stepper: The classifier with its loss and optimiser.
            source: Of the events.
            config: Settings.
            folder: For checkpoints and the log.
            train: What the training split holds.
            identity: What a checkpoint must be of, to be continued.
        """
        self._stepper, self._source, self._config, self._folder = stepper, source, config, folder
        self._train, self._identity = train, identity
        self._batches = math.ceil(train.n / config.batch_size)
        self.metric = metric_of(config)
        self._place = Place()
        self._losses: list[torch.Tensor] = []
        self._looked_at = 0
        self._best: Weights | None = None
        self._begun = self._epoch_begun = time.perf_counter()
        self._steps_here = 0

    def begin(self, *, resume: bool) -> None:
        """Restore the checkpoint, or write the first."""
        found = load_state(self._folder, self._stepper, self._identity) if resume else None
        if found is None:
            self._save()
        else:
            place, self._losses, self._best = found
            self._place = place.model_copy(update={"resumed": place.resumed + 1})
        write_log(self._folder, self._place.epochs)

    def run(self, on_epoch: Callback, on_batch: Callback) -> Place:
        """Train to the end and restore the best weights."""
        while self._place.stopped is None:
            self._epoch_begun = time.perf_counter() - self._place.seconds
            self._run_batches(on_batch)
            self._finish_epoch()
            if on_epoch is not None:
                on_epoch(self._progress(self._place.epochs[-1].number, self._batches))
        if self._best is not None:
            self._stepper.classifier.load_state_dict(self._best)
        return self._place

    def _run_batches(self, on_batch: Callback) -> None:
        self._stepper.classifier.train()
        epoch, every = self._place.epoch, self._config.checkpoint_every_batches
        for done, batch in enumerate(islice(self._order(), len(self._losses), None), start=len(self._losses) + 1):
            if len(batch) == 1 and done == self._batches > 1 and self._config.batch_size > 1:
                break  # batch normalisation has no variance of one event; another order leaves out another
            self._losses.append(self._stepper.step(batch, self._rate(done - 1)))
            self._steps_here += 1
            if done % _BATCHES_TO_LOOK == 0:
                self._require_finite()
            if every is not None and done % every == 0 and done < self._batches:
                self._require_finite()
                self._save()
            if on_batch is not None:
                on_batch(self._progress(epoch, done))
        self._require_finite()

    def _order(self) -> Any:
        seed = order_seed(self._config.seed, self._place.epoch)
        return self._source.batches("train", self._config.batch_size, shuffle_seed=seed)

    def _rate(self, batch: int) -> float:
        step = (self._place.epoch - 1) * self._batches + batch
        return learning_rate(self._config, step=step, epoch_steps=self._batches, plateau=self._place.plateau)

    def _finish_epoch(self) -> None:
        found = validate(self._stepper, self._source, self._config.batch_size)
        if not math.isfinite(found.loss):
            raise self._failure(found.loss, len(self._losses))
        epoch = self._epoch(found)
        stopping = self._place.stopping.after(epoch.number, epoch.value(self.metric), self._config)
        if stopping.best_epoch == epoch.number or self._best is None:
            self._best = copied(self._stepper.classifier)
        stopped = "patience" if stopping.stops(self._config) else None
        if epoch.number == self._config.epochs:
            stopped = "epochs"
        self._place = Place.model_validate(
            {
                "epoch": epoch.number + 1,
                "plateau": self._place.plateau.after(found.loss, self._config),
                "stopping": stopping,
                "epochs": (*self._place.epochs, epoch),
                "resumed": self._place.resumed,
                "stopped": stopped,
            }
        )
        self._losses, self._looked_at = [], 0
        append_log(self._folder, epoch)
        if stopped is not None or epoch.number % self._config.checkpoint_every_epochs == 0:
            self._save()

    def _epoch(self, found: Validation) -> Epoch:
        share = min(self._config.batch_size, self._train.n) / self._train.n
        return Epoch(
            number=self._place.epoch,
            train_loss=torch.stack(self._losses).double().sum().item() * share,
            validation_loss=found.loss,
            auc=found.auc,
            accuracy=found.accuracy,
            learning_rate=self._rate(len(self._losses) - 1),
            seconds=time.perf_counter() - self._epoch_begun,
        )

    def _save(self) -> None:
        seconds = time.perf_counter() - self._epoch_begun if self._losses else 0.0
        place = self._place.model_copy(update={"batch": len(self._losses), "seconds": seconds})
        save_state(
            self._folder, self._stepper, identity=self._identity, place=place, losses=self._losses, best=self._best
        )

    def _require_finite(self) -> None:
        if new := self._losses[self._looked_at :]:
            finite = torch.isfinite(torch.stack(new))
            if not finite.all():
                first = self._looked_at + int((~finite).nonzero()[0, 0])
                raise self._failure(self._losses[first].item(), first + 1)
            self._looked_at = len(self._losses)

    def _failure(self, value: float, batch: int) -> Exception:
        return failure(
            self._source,
            value=value,
            epoch=self._place.epoch,
            batch=batch,
            batch_size=self._config.batch_size,
            shuffle_seed=order_seed(self._config.seed, self._place.epoch),
            learning_rate=self._rate(batch - 1),
            folder=self._folder,
        )

    def _progress(self, epoch: int, batch: int) -> Progress:
        seconds = time.perf_counter() - self._begun
        left = (self._config.epochs - epoch + 1) * self._batches - batch
        return Progress(
            epoch=epoch,
            epochs=self._config.epochs,
            batch=batch,
            batches=self._batches,
            seconds=seconds,
            seconds_left=seconds_left(seconds=seconds, done=self._steps_here, total=left),
            last=self._place.epochs[-1] if self._place.epochs else None,
        )
