"""Scores of events: what a classifier said, beside what is known of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hepcoder.tools.learning.inputs import SPLITS, Split

_PREFIX = "score_"


@dataclass(frozen=True)
class Scores:
    """One row for each event.

    Attributes:
        classes: Names of the classes.
        processes: Names of the processes.
        event_id: int64 (n,).
        process: Index of the process, int64 (n,).
        split: Index into `SPLITS`, int64 (n,); -1 for events that no split knows, as in data.
        label: Index of the class, int64 (n,); -1 where it is unknown.
        weight: float64 (n,).
        score: Probability of each class, float32 (n, classes).

    Example:
        >>> import tempfile
        >>> one = np.array([0, 1])
        >>> said = np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
        >>> scores = Scores(("background", "signal"), ("zz", "higgs"), one, one, one, one, one * 0.5, said)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     read = Scores.load(scores.save(folder + "/scores.parquet"))
        >>> read.classes, read.of("validation").score.tolist() == said[1:].tolist()
        (('background', 'signal'), True)
    """

    classes: tuple[str, ...]
    processes: tuple[str, ...]
    event_id: npt.NDArray[np.int64]
    process: npt.NDArray[np.int64]
    split: npt.NDArray[np.int64]
    label: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]
    score: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, which: Any) -> "Scores":
        """The events that a mask, slice or list of indices picks; a slice shares its memory with the whole."""
        rows = {name: values[which] for name, values in vars(self).items() if isinstance(values, np.ndarray)}
        return Scores(self.classes, self.processes, **rows)

    def of(self, split: Split) -> "Scores":
        """The events of one split."""
        return self.take(self.split == SPLITS.index(split))

    def save(self, path: str | Path) -> Path:
        """Write a Parquet file: event_id, process, split, label and class as words, weight, one ``score_`` a class."""
        words = {
            "process": _words(self.processes, self.process),
            "split": _words(SPLITS, self.split),
            "label": _words(self.classes, self.label),
        }
        columns = {"event_id": self.event_id, **words, "weight": self.weight}
        columns |= {_PREFIX + name: self.score[:, place] for place, name in enumerate(self.classes)}
        table = pa.table(columns).replace_schema_metadata({"processes": "\n".join(self.processes)})
        pq.write_table(table, path)
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ValueError: If a column, or the list of processes, is missing.
        """
        return cls.of_table(pq.read_table(path), path)

    @classmethod
    def of_table(cls, table: Any, path: str | Path) -> Self:
        """The scores in an Arrow table with the columns and metadata that `save` writes.

        Args:
            table: The table; its words may be encoded as dictionaries.
            path: Where it is from, for errors.

        Raises:
            ValueError: If a column, or the list of processes, is missing.
            KeyError: If there is a class, process or split that is not listed.
        """
        names = ("event_id", "process", "split", "label", "weight")
        classes = tuple(name.removeprefix(_PREFIX) for name in table.column_names if name.startswith(_PREFIX))
        missing = [name for name in names if name not in table.column_names] or ([] if classes else [_PREFIX + "*"])
        if missing:
            message = f"{path} holds no scores: it has no column {', '.join(missing)}, only {table.column_names}"
            raise ValueError(message)
        listed = (table.schema.metadata or {}).get(b"processes")
        if listed is None:
            message = f"{path} holds no scores: its metadata do not list the processes"
            raise ValueError(message)
        processes = tuple(listed.decode().split("\n"))
        return cls(
            classes,
            processes,
            event_id=table["event_id"].to_numpy(),
            process=_indices(processes, table["process"]),
            split=_indices(SPLITS, table["split"]),
            label=_indices(classes, table["label"]),
            weight=table["weight"].to_numpy(),
            score=np.column_stack([table[_PREFIX + name].to_numpy() for name in classes]),
        )


def _words(names: tuple[str, ...], indices: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array([None if one < 0 else names[one] for one in indices.tolist()], type=pa.string())


def _indices(names: tuple[str, ...], words: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    place = {name: index for index, name in enumerate(names)} | {None: -1}
    return np.array([place[word] for word in words.to_pylist()], dtype=np.int64)
