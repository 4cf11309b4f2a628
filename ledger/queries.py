"""What a run did, in numbers: queries over the event logs of a trial or of all trials of a run.

Each function takes the folder of a trial or of a run. Damaged lines are left out, the same ones that `read_events`
leaves out; it also says which they are.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hepcoder.ledger.counts import FailureCount, ModelTotals, NodeTotals
from hepcoder.ledger.failures import FAILURE_CLASSES, Stage
from hepcoder.ledger.sums import sum_dollars, sum_events
from hepcoder.ledger.tables import open_tables
from hepcoder.ledger.totals import Totals

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["FailureCount", "ModelTotals", "NodeTotals", "by_model", "by_node", "failures", "sum_events", "totals"]

_SUMS = """
count(DISTINCT (log, call)), count(*), count(*) FILTER (failure IS NOT NULL), count(*) FILTER (lost),
coalesce(sum(usage.input), 0)::BIGINT, coalesce(sum(usage.output), 0)::BIGINT,
coalesce(sum(usage.cache_read), 0)::BIGINT,
coalesce(sum(coalesce(usage.cache_write_5m, 0) + coalesce(usage.cache_write_1h, 0)), 0)::BIGINT,
coalesce(sum(usage.reasoning), 0)::BIGINT,
coalesce(list(cost.usd) FILTER (cost.usd IS NOT NULL), []), count(*) FILTER (cost.usd IS NULL),
coalesce(list(seconds) FILTER (NOT lost), [])
"""  # lists, because only Python adds decimals of any length exactly

_SCRIPTS = "SELECT node, count(*) FROM events WHERE body.kind = 'executed' AND body.purpose = 'solve' GROUP BY node"

_NODES = """
SELECT node, count(*) FILTER (body.kind = 'node_started'),
  coalesce(list(body.seconds) FILTER (body.kind = 'node_finished'), [])
FROM events GROUP BY node ORDER BY node
"""

_FAILURES = """
WITH seen AS (
  SELECT 'call_finished' AS kind, failure FROM attempts
  UNION ALL SELECT body.kind, body.failure FROM events
    WHERE body.kind NOT IN ('call_started', 'call_finished', 'checked')
  UNION ALL SELECT body.kind, unnest(body.failures) FROM events WHERE body.kind = 'checked'
)
SELECT kind, failure.stage, failure.name, count(*) FROM seen WHERE failure IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


def totals(folder: Path) -> Totals:
    """The sums over a trial, or over all trials of a run.

    Args:
        folder: A run's or a trial's folder.

    Raises:
        RunError: It holds no event logs, or one cannot be read.
    """
    with open_tables(folder) as tables:
        row = _one(tables, f"SELECT {_SUMS} FROM attempts")  # noqa: S608 - a constant
        return _totals(row, sum(_scripts(tables).values()))


def by_model(folder: Path) -> tuple[ModelTotals, ...]:
    """The sums for each model, by the name asked for and the name served.

    Args:
        folder: A run's or a trial's folder.

    Raises:
        RunError: It holds no event logs, or one cannot be read.
    """
    query = f"SELECT vendor, model_asked, model_served, {_SUMS} FROM attempts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"  # noqa: S608 - a constant
    with open_tables(folder) as tables:
        return tuple(
            ModelTotals(vendor=row[0], model_asked=row[1], model_served=row[2], totals=_totals(row[3:], 0))
            for row in tables.execute(query).fetchall()
        )


def by_node(folder: Path) -> tuple[NodeTotals, ...]:
    """The sums for each node of the graph, in the order of their names.

    Args:
        folder: A run's or a trial's folder.

    Raises:
        RunError: It holds no event logs, or one cannot be read.
    """
    with open_tables(folder) as tables:
        query = f"SELECT node, {_SUMS} FROM attempts GROUP BY node"  # noqa: S608 - a constant
        calls = {row[0]: row[1:] for row in tables.execute(query).fetchall()}
        scripts = _scripts(tables)
        nodes = tables.execute(_NODES).fetchall()
    return tuple(
        NodeTotals(
            node=node,
            entered=entered,
            seconds=math.fsum(seconds),
            totals=_totals(calls.get(node), scripts.get(node, 0)),
        )
        for node, entered, seconds in nodes
    )


def failures(folder: Path) -> tuple[FailureCount, ...]:
    """How often each class of failure was recorded, by kind of event, stage and class.

    Args:
        folder: A run's or a trial's folder.

    Raises:
        RunError: It holds no event logs, or one cannot be read.
    """
    with open_tables(folder) as tables:
        rows = tables.execute(_FAILURES).fetchall()
    return tuple(_failure_count(*row) for row in rows)


def _failure_count(kind: str, stage: Stage, name: str, n: int) -> FailureCount:
    row = FAILURE_CLASSES[(stage, name)]
    return FailureCount(kind=kind, stage=stage, name=name, n=n, counts=row.counts, cause=row.cause)


def _one(tables: "DuckDBPyConnection", query: str) -> Sequence[Any]:
    return tables.execute(query).fetchall()[0]


def _scripts(tables: "DuckDBPyConnection") -> dict[str, int]:
    return dict(tables.execute(_SCRIPTS).fetchall())


def _totals(row: Sequence[Any] | None, executions: int) -> Totals:
    if row is None:
        return Totals(executions=executions)
    usd, unpriced, seconds = row[9:]
    return Totals(
        calls=row[0],
        attempts=row[1],
        failed_attempts=row[2],
        lost_attempts=row[3],
        input_tokens=row[4],
        output_tokens=row[5],
        cache_read_tokens=row[6],
        cache_write_tokens=row[7],
        reasoning_tokens=row[8],
        usd=sum_dollars(map(Decimal, usd)),
        unpriced_attempts=unpriced,
        model_seconds=math.fsum(seconds),
        executions=executions,
    )
