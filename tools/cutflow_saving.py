"""Writes the rows of a cutflow."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def save_rows(path: str | Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Path:
    """Write rows to ``.json`` (a list) or ``.csv`` (empty where a row has no value); return the path.

    Args:
        path: The file.
        rows: One mapping for each row.
        columns: Columns of the CSV, in order.

    Raises:
        ValueError: If the suffix is another one.
    """
    path = Path(path)
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    else:
        message = f"cannot save a cutflow as {path.name!r}; use cutflow.json or cutflow.csv"
        raise ValueError(message)
    return path
