# ruff: noqa: E402 - what needs an optional package is imported once it is known to be there
"""Checkpoints: killed, interrupted, on a full disk, damaged, of another training."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_sources import two_gaussians

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")

from hepcoder.tools.learning.models.classifier import build
from hepcoder.tools.learning.models.configs import MlpConfig
from hepcoder.tools.learning.training.checkpoints import CHECKPOINT_NAME, read_checkpoint, write_checkpoint
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.fitting import fit
from hepcoder.tools.learning.training.history import History, read_log
from hepcoder.tools.learning.training.progress import Progress

MODEL = MlpConfig(hidden=(16, 16), dropout=0.2, norm="batch")

# A training that says where it is and then waits to be killed.
SCRIPT = """
import sys, time
from test_learning_training_resume import train

def wait(progress):
    if (progress.epoch, progress.batch) == (2, 5):
        print("here", flush=True)
        time.sleep(60)

train(sys.argv[1], schedule=sys.argv[2], on_batch=wait)
"""


def config_of(schedule: str = "cosine", **settings: object) -> TrainingConfig:
    chosen = {"optimiser": "adamw", "deterministic": True, "n_threads": 1, "checkpoint_every_batches": 3, **settings}
    return TrainingConfig.model_validate(
        {"epochs": 4, "batch_size": 64, "device": "cpu", "schedule": schedule, **chosen}
    )


def train(
    folder: str | Path, schedule: str = "cosine", *, resume: bool = False, **others: Any
) -> tuple[dict[str, np.ndarray], History]:
    """Final weights and history of a training of 7 batches an epoch."""
    source = two_gaussians(430)
    classifier = build(source, MODEL, seed=5)
    history = fit(classifier, source, config_of(schedule), folder, resume=resume, **others)
    return {name: value.numpy() for name, value in classifier.state_dict().items()}, history


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in first)


def deeds(history: History) -> list[dict[str, object]]:
    return [epoch.model_dump(exclude={"seconds"}) for epoch in history.epochs]


@pytest.mark.parametrize("schedule", ["cosine", pytest.param("plateau", marks=pytest.mark.thorough)])
def test_killed_in_the_middle_of_an_epoch_it_ends_with_the_same_weights(tmp_path: Path, schedule: str) -> None:
    paths = os.pathsep.join([str(Path(__file__).parent), *(path for path in sys.path if path.endswith("support"))])
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "killed"), schedule]
    environment = {**os.environ, "PYTHONPATH": paths}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert [epoch.number for epoch in read_log(tmp_path / "killed")] == [1]
    with pytest.raises(TrainingError, match="unfinished training; continue it with resume=True"):
        train(tmp_path / "killed", schedule)
    seen: list[Progress] = []
    resumed, history = train(tmp_path / "killed", schedule, resume=True, on_batch=seen.append)
    assert (seen[0].epoch, seen[0].batch) == (2, 4)  # the checkpoint is that of batch 3
    whole, reference = train(tmp_path / "whole", schedule)
    assert same(resumed, whole)
    assert deeds(history) == deeds(reference)
    assert (history.resumed, reference.resumed) == (1, 0)
    assert read_log(tmp_path / "killed") == history.epochs


def test_interrupted_at_an_epoch_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "first", on_epoch=interrupt)
    resumed, history = train(tmp_path / "first", resume=True)
    whole, reference = train(tmp_path / "whole", resume=True)  # without a checkpoint it begins
    assert same(resumed, whole)
    assert deeds(history) == deeds(reference)


def test_a_finished_training_only_gives_its_best_weights(tmp_path: Path) -> None:
    whole, history = train(tmp_path)
    seen: list[Progress] = []
    again, restored = train(tmp_path, resume=True, on_batch=seen.append)
    assert same(whole, again)
    assert not seen
    assert restored.epochs == history.epochs
    anew, _ = train(tmp_path)  # nothing is lost by training anew
    assert same(whole, anew)


def test_before_the_first_batch_there_is_a_checkpoint(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "first", on_batch=interrupt)
    assert same(train(tmp_path / "first", resume=True)[0], train(tmp_path / "whole")[0])


def test_another_training_is_not_continued(tmp_path: Path) -> None:
    train(tmp_path)
    source = two_gaussians(430)
    with pytest.raises(TrainingError, match=r"training learning_rate was 0\.001, is now 0\.1") as caught:
        fit(build(source, MODEL, seed=5), source, config_of(learning_rate=0.1), tmp_path, resume=True)
    assert "model" not in str(caught.value).split(":", 1)[1]
    with pytest.raises(TrainingError, match=r"model hidden was \[16, 16\], is now \[8\]"):
        fit(build(source, MlpConfig(hidden=(8,)), seed=5), source, config_of(), tmp_path, resume=True)
    other = two_gaussians(429)
    with pytest.raises(TrainingError, match="training events was 430, is now 429"):
        fit(build(other, MODEL, seed=5), other, config_of(), tmp_path, resume=True)


def test_checkpoints_may_be_written_at_another_pace(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    source = two_gaussians(430)
    with pytest.raises(KeyboardInterrupt):
        fit(build(source, MODEL, seed=5), source, config_of(), tmp_path, on_epoch=interrupt)
    config = config_of(checkpoint_every_batches=None, checkpoint_every_epochs=3)
    assert len(fit(build(source, MODEL, seed=5), source, config, tmp_path, resume=True).epochs) == 4


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The system refuses to write more than this into any file, in the middle of writing, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_leaves_the_last_good_checkpoint(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, {"value": torch.arange(3)})
    with (
        largest_file(5_000),
        pytest.raises(OSError, match=r"cannot write a checkpoint of 0\.80 MB .* is kept: ") as caught,
    ):
        write_checkpoint(tmp_path, {"value": torch.zeros(200_000)})
    assert caught.value.errno is not None
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT_NAME]
    content = read_checkpoint(tmp_path)
    assert content is not None
    assert content["value"].tolist() == [0, 1, 2]
    (tmp_path / "new").mkdir()
    with largest_file(5_000), pytest.raises(OSError, match="there is none yet"):
        write_checkpoint(tmp_path / "new", {"value": torch.zeros(200_000)})


def test_a_disk_that_fills_during_a_training_leaves_one_that_can_be_resumed(tmp_path: Path) -> None:
    def fill(progress: Progress) -> None:
        if progress.epoch == 2 and progress.batch == 5:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OSError, match="cannot write a checkpoint"):
            train(tmp_path / "full", on_batch=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert same(train(tmp_path / "full", resume=True)[0], train(tmp_path / "whole")[0])


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path, {"value": torch.zeros(1000)})
    whole = path.read_bytes()
    for wrong in (whole[: len(whole) // 2], b"", b"nonsense" * 100):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match=r"checkpoint\.pt cannot be read as a checkpoint"):
            read_checkpoint(tmp_path)
    torch.save({"weights": 1}, path)
    with pytest.raises(ValueError, match="is no checkpoint of a training of format 1"):
        read_checkpoint(tmp_path)


def test_a_checkpoint_that_carries_code_does_not_run_it(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"format": 1, "value": Evil()}, tmp_path / CHECKPOINT_NAME)
    with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
        read_checkpoint(tmp_path)
    assert not (tmp_path / "ran").exists()
