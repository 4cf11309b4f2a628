"""Cells as a table: CSV for eyes and spreadsheets, Parquet for programs."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.benchmarks.statistics.selection import sort_key

KEY_COLUMNS = tuple(CellKey.model_fields)
RESULT_COLUMNS = tuple(name for name in CellResult.model_fields if name not in ("key", "steps"))
LIST_COLUMNS = ("reasons", "failures", "models_served")
COLUMNS = (*KEY_COLUMNS, *RESULT_COLUMNS, "counts", "success")


def cell_rows(cells: Sequence[CellResult]) -> list[dict[str, Any]]:
    """Return one row an attempt with the columns `COLUMNS`, in the order of keys and attempts; None stays None."""
    ordered = sorted(cells, key=lambda cell: (sort_key(cell.key), cell.attempt))
    return [_row(cell) for cell in ordered]


def write_csv(cells: Sequence[CellResult], path: Path) -> Path:
    """Write cells as CSV: None as an empty field, lists joined by ``"; "``.

    Raises:
        OSError: The file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in cell_rows(cells):
            writer.writerow({name: "; ".join(row[name]) if name in LIST_COLUMNS else row[name] for name in COLUMNS})
    return path


def write_parquet(cells: Sequence[CellResult], path: Path) -> Path:
    """Write cells as Parquet, with the same types whatever the cells hold: None as null, lists as lists.

    Raises:
        OSError: The file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[str, Any] = dict.fromkeys(COLUMNS, pa.string())
    types |= dict.fromkeys(("trial", "seed", "attempt", "calls", "input_tokens", "output_tokens"), pa.int64())
    types |= dict.fromkeys(("usd", "seconds"), pa.float64())
    types |= dict.fromkeys(("infrastructure", "parameters_differ", "counts", "success"), pa.bool_())
    types |= dict.fromkeys(LIST_COLUMNS, pa.list_(pa.string()))
    pq.write_table(pa.Table.from_pylist(cell_rows(cells), schema=pa.schema(list(types.items()))), path)
    return path


def _row(cell: CellResult) -> dict[str, Any]:
    row = {name: getattr(cell.key, name) for name in KEY_COLUMNS}
    row |= {name: getattr(cell, name) for name in RESULT_COLUMNS}
    row["run"] = None if cell.run is None else str(cell.run)
    return row | {"counts": cell.counts, "success": cell.success}
