"""Events that stay in their files: read again for each epoch, mixed in a buffer of bounded size.

At a time there are in memory: three times ``buffer_bytes`` while the buffer is mixed, and for each process one piece of
``chunk_events`` events beside what pyarrow holds of a row group that is being read (about 1 MB a column).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.columns import batch_of, event_bytes, joined
from hepcoder.tools.learning.data.contract import Opened
from hepcoder.tools.learning.data.report import DataReport
from hepcoder.tools.learning.data.rows import ContractError, Wanted
from hepcoder.tools.learning.data.splitting import split_of
from hepcoder.tools.learning.inputs import SPLITS, Inputs, Split, Splitting


class Buffering(Record):
    """How much of the files is held in memory.

    Attributes:
        buffer_bytes: Size of the buffer in which events are mixed.
        chunk_events: Events of a process that are read at a time.
    """

    buffer_bytes: int = 1 << 26
    chunk_events: int = 8192


class StreamedSource:
    """Events of files that need not fit into memory.

    With a seed, the row groups of each process come in random order, all processes side by side in the proportion in
    which they are in the split, and are mixed in a buffer: a batch has events of all processes. Files that are sorted
    by something should have row groups that are small against the buffer, as `save_selected` writes them.

    Args:
        opened: The processes, checked.
        wanted: What is read of them.
        splitting: Which events belong to which split.
        report: Numbers of events, from `check_values`.
        classes: Names of the classes.
        buffering: How much is held in memory.
    """

    def __init__(
        self,
        opened: Sequence[Opened],
        wanted: Wanted,
        splitting: Splitting,
        *,
        report: DataReport,
        classes: tuple[str, ...],
        buffering: Buffering | None = None,
    ) -> None:
        self._opened, self._wanted, self._splitting = tuple(opened), wanted, splitting
        self._buffering = buffering or Buffering()
        self.classes = classes
        self.report = report

    @property
    def inputs(self) -> Inputs:
        """The columns of the events."""
        return self._wanted.inputs

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes, in the order of `Batch.process`."""
        return tuple(one.process.name for one in self._opened)

    def count(self, split: Split) -> int:
        """Events of a split."""
        return self.report.count(split)

    def batches(self, split: Split, size: int, *, shuffle_seed: int | None = None) -> Iterator[Batch]:
        """The events of a split, each once, the last batch shorter.

        Args:
            split: Which events.
            size: Events of a batch, 1 or more.
            shuffle_seed: Order; None keeps that of the files.
        """
        if shuffle_seed is None:
            everything = (one for place in range(len(self._opened)) for one in self._chunks(place, split, None))
            return rebatched(everything, size)
        return rebatched(self._mixed(split, np.random.default_rng(shuffle_seed)), size)

    def _chunks(self, process: int, split: Split, rng: np.random.Generator | None) -> Iterator[Batch]:
        """The events of a process in a split, as they are read."""
        one = self._opened[process]
        groups = [(table, group) for table in one.tables for group in range(len(table.groups))]
        label = self.classes.index(one.process.label)
        for place in range(len(groups)) if rng is None else rng.permutation(len(groups)):
            table, group = groups[place]
            for rows in table.rows(self._wanted, [group], self._buffering.chunk_events):
                batch = batch_of(
                    rows, self._wanted, label=label, process=process, scale=one.process.scale, where=str(table.path)
                )
                kept = split_of(batch.event_id, one.process.name, self._splitting) == SPLITS.index(split)
                yield batch.take(kept)

    def _mixed(self, split: Split, rng: np.random.Generator) -> Iterator[Batch]:
        """Parts of a buffer that is half refilled each time, every process by its share of the split."""
        totals = np.array([one.events[split] for one in self.report.processes], dtype=np.int64)
        total = int(totals.sum())
        step = max(1, self._buffering.buffer_bytes // event_bytes(self.inputs) // 2)
        taps = [_Tap(self._chunks(place, split, rng)) for place in range(len(totals))]
        given = np.zeros_like(totals)
        held: list[Batch] = []
        for reached in range(step, total + step, step):
            due = totals if reached >= total else (totals.astype(object) * reached // total).astype(np.int64)
            fresh = [batch for tap, n in zip(taps, (due - given).tolist(), strict=True) for batch in tap.take(n)]
            given = due
            pool = joined([*held, *fresh])
            fresh, held = [], []
            order = rng.permutation(len(pool))
            out = len(pool) if reached >= total else max(0, len(pool) - step)
            piece, held = pool.take(order[:out]), [pool.take(order[out:])]
            del pool  # while the caller works, half a buffer is held and half is his
            yield piece


class _Tap:
    """The events of a process, as many at a time as are asked for."""

    def __init__(self, chunks: Iterator[Batch]) -> None:
        self._chunks = chunks
        self._rest: Batch | None = None

    def take(self, n: int) -> Iterator[Batch]:
        """The next n events, in pieces."""
        while n > 0:
            piece = next(self._chunks, None) if self._rest is None else self._rest
            if piece is None:
                message = "a file has fewer events than when it was opened; open the source again"
                raise ContractError(message)
            self._rest = piece.take(slice(n, None)) if len(piece) > n else None
            taken = piece.take(slice(0, n))
            n -= len(taken)
            yield taken


def rebatched(pieces: Iterator[Batch], size: int) -> Iterator[Batch]:
    """The events of pieces of any size in batches of one size, the last one shorter.

    Args:
        pieces: Batches.
        size: Events of a batch, 1 or more.
    """
    held: list[Batch] = []
    n_held = 0
    for piece in pieces:
        start = 0
        while n_held + len(piece) - start >= size:
            stop = start + size - n_held
            yield joined([*held, piece.take(slice(start, stop))])
            held, n_held, start = [], 0, stop
        if start < len(piece):
            held.append(piece.take(slice(start, None)))
            n_held += len(piece) - start
    if held:
        yield joined(held)
