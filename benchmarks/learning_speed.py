"""Measures training beside a plain PyTorch loop of the same network, and the memory of events that stay in files.

Run as ``python -m hepcoder.benchmarks.learning_speed``. The plain loop is what one writes by hand: for events in memory
tensors that are permuted and sliced, for events in files the same batches; weighted cross-entropy, Adam, and a pass
over the validation split for its loss after each epoch. `fit` does more (first look at the events, checkpoints, AUC,
best weights), and all of it is in its time. Both run in turn, each time from the same first weights; rates are events
for a second of one core, so that other work on the machine does not count.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.data.samples import graph_structured
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.data.streaming import Buffering
from hepcoder.tools.learning.inputs import Inputs, Process, Splitting
from hepcoder.tools.learning.models.classifier import Classifier, build
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig
from hepcoder.tools.learning.models.pytorch import nn, torch
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.fitting import fit

N_EVENTS = 60_000
N_LARGE = 5_000_000
N_COLUMNS = 24
EPOCHS = 3
BATCH_SIZE = 256
REPEATS = 5
BOUND_RATIO = 0.95
BOUND_SHARE = 0.25
INPUTS = Inputs(event=tuple(f"x{place}" for place in range(N_COLUMNS)))
BUFFER = Buffering(buffer_bytes=1 << 23)

Tensors = tuple[torch.Tensor, ...]


def main() -> None:
    """Print each figure beside its bound."""
    if len(sys.argv) == 3:
        read_all(Path(sys.argv[1]), in_memory=sys.argv[2] == "whole")
        return
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flat = write_gaussians(folder / "flat", N_EVENTS)
        print(f"{N_EVENTS:,} events of {N_COLUMNS} columns, batches of {BATCH_SIZE}, {EPOCHS} epochs; events a second")
        for in_memory in (True, False):
            source = open_source(flat, INPUTS, Splitting(), in_memory=in_memory)
            compare(source, MlpConfig(), folder, in_memory=in_memory)
        sample = graph_structured(folder / "graphs", N_EVENTS // 20, 1)
        compare(open_source(sample.processes, sample.inputs, Splitting()), GnnConfig(), folder, in_memory=True)
        memory(folder / "large")


def compare(source: Source, model: ModelConfig, folder: Path, *, in_memory: bool) -> None:
    """Print the rate of `fit` beside that of the plain loop, and their ratio with its spread over the repeats."""
    config = TrainingConfig(epochs=EPOCHS, batch_size=BATCH_SIZE, optimiser="adam", stop_on=None, device="cpu")
    loop = plain_in_memory if in_memory else plain_streamed
    found = []
    for number in range(REPEATS + 1):
        ours, theirs = build(source, model, seed=1), build(source, model, seed=1)
        place = folder / f"{model.kind}_{in_memory}_{number}"
        found.append((timed(lambda: fit(ours, source, config, place)), timed(lambda: loop(theirs, source))))  # noqa: B023
    events = source.count("train") * EPOCHS
    timings = found[1:]  # the first has PyTorch's own beginning in it
    ratios = [plain / fitted for fitted, plain in timings]
    rates = [events / min(times) for times in zip(*timings, strict=True)]
    ratio = statistics.median(ratios)
    grade = "ok" if ratio >= BOUND_RATIO else "MISSED"
    kept = "in memory" if in_memory else "streamed"
    print(
        f"  {model.kind} {kept:<10} fit {rates[0]:10,.0f}  plain loop {rates[1]:10,.0f}  "
        f"ratio {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})  {grade}"
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds of one core."""
    began = time.process_time()
    work()
    return time.process_time() - began


def plain_in_memory(classifier: Classifier, source: Source) -> None:
    """Train on tensors that hold everything."""
    train, held_out = (
        tensors_of(next(source.batches(split, source.count(split)))) for split in ("train", "validation")
    )

    def batches() -> Iterator[Tensors]:
        order = torch.randperm(len(train[0]))
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            yield tuple(one[rows] for one in train)

    def validation() -> Iterator[Tensors]:
        for start in range(0, len(held_out[0]), BATCH_SIZE):
            yield tuple(one[start : start + BATCH_SIZE] for one in held_out)

    plain_loop(classifier, batches, validation)


def plain_streamed(classifier: Classifier, source: Source) -> None:
    """Train on the batches of files."""
    seeds = iter(range(EPOCHS))
    plain_loop(
        classifier,
        lambda: map(tensors_of, source.batches("train", BATCH_SIZE, shuffle_seed=next(seeds))),
        lambda: map(tensors_of, source.batches("validation", BATCH_SIZE)),
    )


def plain_loop(
    classifier: Classifier, batches: Callable[[], Iterator[Tensors]], validation: Callable[[], Iterator[Tensors]]
) -> None:
    """The loop that one writes by hand."""
    optimiser = torch.optim.Adam(classifier.parameters(), lr=1e-3, weight_decay=1e-4)
    for _ in range(EPOCHS):
        classifier.train()
        for *inputs, label, weight in batches():
            loss = (weight * nn.functional.cross_entropy(classifier(*inputs), label, reduction="none")).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        classifier.eval()
        total = 0.0
        with torch.no_grad():
            for *inputs, label, weight in validation():
                each = nn.functional.cross_entropy(classifier(*inputs), label, reduction="none")
                total += (weight * each).sum().item()


def tensors_of(batch: Batch) -> Tensors:
    """What a loop needs of a batch."""
    arrays = (batch.event, batch.objects, batch.four_vectors, batch.mask, batch.label, batch.weight)
    return tuple(map(torch.from_numpy, arrays))


def write_gaussians(folder: Path, n: int) -> tuple[Process, ...]:
    """Files of n events in all, two classes whose columns are a little apart."""
    folder.mkdir()
    processes = []
    for place, name in enumerate(("background", "signal")):
        path = folder / f"{name}.parquet"
        rng = np.random.default_rng(place)
        writer = None
        for start in range(0, n // 2, 50_000):
            size = min(50_000, n // 2 - start)
            values = {one: rng.normal(0.2 * place, 1, size).astype(np.float32) for one in INPUTS.event}
            weight = np.ones(size, dtype=np.float32)
            table = pa.table({**values, "event_id": np.arange(start, start + size), "weight": weight})
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
        processes.append(Process(name=name, label=name, files=(str(path),)))
    return tuple(processes)


def memory(folder: Path) -> None:
    """Print the peak memory of reading large files once, streamed and whole, each in a process of its own."""
    write_gaussians(folder, N_LARGE)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    grown = {}
    for how in ("streamed", "whole"):
        command = [sys.executable, "-m", "hepcoder.benchmarks.learning_speed", str(folder), how]
        grown[how] = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    grade = "ok" if grown["streamed"] < BOUND_SHARE * grown["whole"] else "MISSED"
    print(
        f"  {N_LARGE:,} events in files of {size:.0f} MB: peak memory grows by {grown['streamed']:.0f} MB streamed "
        f"(buffer of {BUFFER.buffer_bytes / 1e6:.0f} MB), by {grown['whole']:.0f} MB whole  {grade}"
    )


def read_all(folder: Path, *, in_memory: bool) -> None:
    """Print by how many MB the peak memory grows while each training event is read once in a random order."""
    processes = [
        Process(name=name, label=name, files=(str(folder / f"{name}.parquet"),)) for name in ("background", "signal")
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = open_source(processes, INPUTS, Splitting(), in_memory=in_memory, buffering=BUFFER)
    n = sum(len(batch) for batch in source.batches("train", BATCH_SIZE * 16, shuffle_seed=1))
    if n != source.count("train"):
        message = f"{n} events were read of {source.count('train')}"
        raise ValueError(message)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


if __name__ == "__main__":
    main()
