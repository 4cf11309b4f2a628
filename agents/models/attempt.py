"""One attempt of a logical call, before and after."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hepcoder.agents.models.wire import Outcome
from hepcoder.graphs.budget import Reservation
from hepcoder.ledger.events import CallFinished, NodeName
from hepcoder.ledger.failures import Failure


@dataclass
class Attempt:
    """One attempt of a logical call, from before it is sent until it is on record.

    Attributes:
        node: The node that asks.
        step: The graph's step.
        asked: Sampling parameters that hepcoder asks for.
        call: Number of the logical call in the trial.
        number: Number of the attempt within the call.
        tokens: The most tokens it may take.
        usd: The most it may cost; None when unpriced.
        ordinal: How often this request was sent in the trial; 0 until it is admitted.
        source: Where the answer comes from: ``network``, ``replay``, or ``own``, this trial's earlier sitting.
        recorded: The recorded attempt that answers, or None.
        reservation: What the budget set aside, or None.
        admitted: Whether it may be sent, or is answered from a recording.
        first_token_seconds: Time to the first visible text, or None.
    """

    node: NodeName
    step: int
    asked: dict[str, Any]
    call: int
    number: int
    tokens: int
    usd: Decimal | None
    ordinal: int = 0
    source: str = "network"
    recorded: CallFinished | None = None
    reservation: Reservation | None = None
    admitted: bool = False
    first_token_seconds: float | None = None


@dataclass(frozen=True)
class Finished:
    """What became of an attempt.

    Attributes:
        outcome: What the reply says, or None when there is no readable one.
        failure: What is wrong with it, or None.
        retry_after_seconds: The wait that the server asked for.
    """

    outcome: Outcome | None
    failure: Failure | None
    retry_after_seconds: float | None = None
