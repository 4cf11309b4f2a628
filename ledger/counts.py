"""What the queries answer, each row a record."""

from hepcoder.ledger.failures import Cause, Stage
from hepcoder.ledger.record import Record
from hepcoder.ledger.totals import Totals


class ModelTotals(Record):
    """The attempts of one model.

    Attributes:
        vendor: The vendor.
        model_asked: The name asked for.
        model_served: The name the vendor gave, or None for attempts that got no such answer.
        totals: The sums; `executions` is 0, since no script is run by a model.
    """

    vendor: str
    model_asked: str
    model_served: str | None
    totals: Totals


class NodeTotals(Record):
    """The work of one node of the graph.

    Attributes:
        node: Its name; ``run`` is what happened outside of any.
        entered: How often it began to work.
        seconds: Wall time of those times it came to its end.
        totals: The sums of what was done in it.
    """

    node: str
    entered: int
    seconds: float
    totals: Totals


class FailureCount(Record):
    """How often a class of failure was recorded by one kind of event.

    The same mishap may show up in several kinds: a syntax error as ``checked`` and then as ``diagnosed``. Compare
    within a kind: ``call_finished`` for attempts, ``diagnosed`` for repairs, ``trial_finished`` for outcomes.

    Attributes:
        kind: The kind of event.
        stage: Where it was noticed.
        name: The class within the stage.
        n: How often.
        counts: Whether it counts against the model under test.
        cause: Who has to act for it to go away.
    """

    kind: str
    stage: Stage
    name: str
    n: int
    counts: bool
    cause: Cause

    @property
    def infrastructure(self) -> bool:
        """Whether it must be kept out of a model's success rate."""
        return not self.counts
