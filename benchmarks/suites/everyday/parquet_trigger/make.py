"""The flat table as Parquet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hepcoder.benchmarks.suites.everyday.make_flat import N_EVENTS, table


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.parquet``."""
    columns = table(np.random.default_rng(seed), N_EVENTS, constants)
    pq.write_table(pa.table(columns), folder / "events.parquet")
