"""Reads classifiers that foreign code left in a folder: nothing in it is run or followed, and sizes are bounded."""

import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from hepcoder.ledger.failures import Failure
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.runs.predictors import MODEL_NAME
from hepcoder.tools.learning.runs.results import RESULT_NAME, ClassifierResult
from hepcoder.tools.learning.scores import Scores
from hepcoder.tools.learning.tabular.saving import DESCRIPTION_NAME
from hepcoder.tools.safe_files import read_output

MOST_ROWS = 2_000_000
_MOST_JSON_BYTES = 16 * 1024**2
_LONGEST_WORD = 256
_WORDS = ("process", "split", "label")
_SCORE = "score_"

_Kind = TypeVar("_Kind", bound=BaseModel)


class _Looks(BaseModel):
    """What both kinds of description say of the columns."""

    inputs: Inputs


@dataclass(frozen=True)
class LeftClassifier:
    """What is left of a classifier.

    Attributes:
        name: Of its result, else of its folder; empty for neither.
        file: Of the scores, relative to the folder that was looked at.
        scores: What it said; None where they cannot be read.
        problem: Why not; empty where they can.
        inputs: What it looks at; None where nothing says.
        result: Its reported figures; None where it has none.
    """

    name: str
    file: str
    scores: Scores | None
    problem: str
    inputs: Inputs | None
    result: ClassifierResult | None


def read_left(folder: Path, file: str) -> LeftClassifier | None:
    """Read the scores in a file, and what lies beside them.

    Args:
        folder: That foreign code wrote to.
        file: Parquet file in it, with ``/``.

    Returns:
        The classifier; None where the file holds no scores of events with a split and a known class.
    """
    scores, problem = None, ""
    try:
        scores = _read_scores(folder, file)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        problem = f"{file} cannot be read: {str(error)[:300]}"
    if scores is None and not problem:
        return None
    place = PurePosixPath(file).parent
    result = _record(folder, place / RESULT_NAME, ClassifierResult)
    looks = _record(folder, place / DESCRIPTION_NAME, _Looks) or _record(folder, place / MODEL_NAME, _Looks)
    return LeftClassifier(
        name=place.name if result is None else result.name,
        file=file,
        scores=scores,
        problem=problem,
        inputs=None if looks is None else looks.inputs,
        result=result,
    )


def _record(folder: Path, file: PurePosixPath, kind: type[_Kind]) -> _Kind | None:
    content = read_output(folder, str(file), _MOST_JSON_BYTES)
    if isinstance(content, Failure):
        return None
    try:
        return kind.model_validate_json(content)
    except (ValidationError, RecursionError):
        return None


def _read_scores(folder: Path, file: str) -> Scores | None:
    content = read_output(folder, file)
    if isinstance(content, Failure):
        raise ValueError(content.message)  # noqa: TRY004 - the file is wrong, not its type
    names = pq.read_schema(io.BytesIO(content)).names
    said = [name for name in names if name.startswith(_SCORE)]
    if not said or not {"split", "label"} <= set(names):
        return None
    # As dictionaries, the words of all rows need no more memory than the file.
    coded = [name for name in _WORDS if name in names]
    parquet = pq.ParquetFile(io.BytesIO(content), read_dictionary=coded)
    rows = parquet.metadata.num_rows
    if rows * len(said) > MOST_ROWS:
        message = f"it has {rows:,} rows of {len(said)} scores, more than are recomputed"
        raise ValueError(message)
    wanted = [name for name in ("event_id", *_WORDS, "weight") if name in names]
    table = parquet.read(columns=[*wanted, *said])
    for name in table.column_names:
        _require_plain(name, table[name])
    return Scores.of_table(table, file)


def _require_plain(name: str, column: Any) -> None:
    """A ValueError for a column that is neither numbers nor short words, or that has gaps where none may be."""
    kind = column.type
    if name in _WORDS:
        words = [chunk.dictionary for chunk in column.chunks] if pa.types.is_dictionary(kind) else None
        if words is None or any(len(word or "") > _LONGEST_WORD for each in words for word in each.to_pylist()):
            message = f"its column {name} is {kind}, not short words"
            raise ValueError(message)
        return
    fits = pa.types.is_integer(kind) if name == "event_id" else pa.types.is_floating(kind)
    if not fits or column.null_count:
        message = f"its column {name} is {kind} with {column.null_count} gaps"
        raise ValueError(message)
