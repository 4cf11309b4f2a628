"""Event logs as DuckDB tables, read from the JSON lines in place.

Importing this module is light; DuckDB is loaded by `open_tables`.
"""

import glob
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hepcoder.ledger.chain import check_lines
from hepcoder.ledger.errors import RunError
from hepcoder.ledger.files import reason
from hepcoder.ledger.log import EVENTS_FILE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_READ = """
CREATE TEMP TABLE events AS
SELECT filename AS log, seq, node, body FROM read_json($paths, format = 'newline_delimited', filename = true,
  ignore_errors = true, columns = {
  v: 'INTEGER', seq: 'BIGINT', node: 'VARCHAR',
  body: 'STRUCT(kind VARCHAR, call BIGINT, ordinal BIGINT, vendor VARCHAR, model_asked VARCHAR, model_served VARCHAR,
    request_sha256 VARCHAR, failure STRUCT(stage VARCHAR, name VARCHAR),
    failures STRUCT(stage VARCHAR, name VARCHAR)[], seconds DOUBLE, replayed BOOLEAN, purpose VARCHAR,
    cost STRUCT(usd VARCHAR), usage STRUCT(input BIGINT, output BIGINT, cache_read BIGINT, cache_write_5m BIGINT,
    cache_write_1h BIGINT, reasoning BIGINT))'})
WHERE v = 1
"""

# The same rules as `hepcoder.ledger.sums.select_attempts`: a start that no end follows is lost, and an answer taken
# again from the trial's own log is no attempt.
_ATTEMPTS = """
CREATE TEMP TABLE attempts AS
WITH calls AS (
  SELECT log, node, unnest(body), body.kind = 'call_finished' AS ended,
    lead(body.kind) OVER attempt IS DISTINCT FROM 'call_finished' AS last_word,
    count(*) FILTER (body.kind = 'call_finished') OVER (attempt ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0
      AS ended_before
  FROM events WHERE body.kind IN ('call_started', 'call_finished')
  WINDOW attempt AS (PARTITION BY log, body.request_sha256, body.ordinal ORDER BY seq)
)
SELECT *, NOT ended AS lost FROM calls WHERE CASE WHEN ended THEN NOT (replayed AND ended_before) ELSE last_word END
"""


def find_logs(folder: Path) -> tuple[Path, ...]:
    """The event logs of a trial's folder, or of all trials of a run's folder.

    Raises:
        RunError: There is none.
    """
    own = folder / EVENTS_FILE
    logs = (own,) if own.is_file() else tuple(sorted(folder.glob(f"trials/*/{EVENTS_FILE}")))
    if not logs:
        message = f"{folder} holds no {EVENTS_FILE} and no trials with one; name a run's or a trial's folder"
        raise RunError(message)
    return logs


@contextmanager
def open_tables(folder: Path) -> Iterator["DuckDBPyConnection"]:
    """Open the tables ``events`` and ``attempts`` over the logs of a trial or a run.

    Hashes are checked first, so that a damaged line is left out exactly as `read_events` leaves it out; DuckDB's
    ``ignore_errors`` only covers a line that is being written meanwhile. Logs without damage are read where they lie.

    Args:
        folder: A run's or a trial's folder.

    Yields:
        A connection that lives as long as the block.

    Raises:
        RunError: There are no logs, or one cannot be read.
    """
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with TemporaryDirectory(prefix="hepcoder-") as scratch, duckdb.connect(config=settings) as connection:
        paths = [_undamaged(path, Path(scratch) / str(number)) for number, path in enumerate(find_logs(folder))]
        connection.execute("SET enable_progress_bar = false")
        connection.execute(_READ, {"paths": [glob.escape(str(path)) for path in paths]})
        connection.execute(_ATTEMPTS)
        yield connection


def _undamaged(path: Path, spare: Path) -> Path:
    """The log itself, or, when it has damaged lines, a copy of its good ones."""
    try:
        with path.open("rb") as file:
            if all(line.reason is None for line in check_lines(file)):
                return path
            file.seek(0)
            with spare.open("wb") as copy:
                copy.writelines(line.event_json + b"\n" for line in check_lines(file) if line.reason is None)
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        raise RunError(message) from error
    return spare
