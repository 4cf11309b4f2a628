"""Applies a trained classifier to files that it has not seen."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hepcoder.tools.learning.data.new_files import new_events
from hepcoder.tools.learning.runs.predictors import load_predictor


def apply_classifier(
    folder: str | Path,
    files: str | Path | Sequence[str | Path],
    output: str | Path = "scores.parquet",
    *,
    id_column: str = "event_id",
) -> Path:
    """Write the scores of new events: their id, and a column ``score_`` for each class, in the order of the files.

    Memory is bounded, however large the files are.

    Args:
        folder: Of a trained classifier.
        files: Parquet or npz files with the columns that it was trained on.
        output: Parquet file to write.
        id_column: Column of the event ids.

    Returns:
        The path of the scores.

    Raises:
        TrainingError: The folder holds no classifier, or was changed.
        ContractError: A column is missing or of the wrong kind, or a number is NaN; names file and column.

    Example:
        >>> from hepcoder.tools import apply_classifier
        >>> path = apply_classifier("learned/trees", "data.parquet", "scores.parquet")  # doctest: +SKIP
        >>> ak.from_parquet(path).score_signal  # one for each event  # doctest: +SKIP
    """
    predictor = load_predictor(folder)
    given = [files] if isinstance(files, str | Path) else list(files)
    numbers = [(f"score_{name}", pa.float32()) for name in predictor.classes]
    schema = pa.schema([(id_column, pa.int64()), *numbers])
    part = Path(f"{output}.part")
    try:
        with pq.ParquetWriter(part, schema) as writer:
            for batch in new_events(given, predictor.inputs, id_column=id_column):
                columns = [batch.event_id, *predictor.probabilities(batch).T]
                writer.write_table(pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema))
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return Path(output)
