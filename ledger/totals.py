"""The sums of a trial or a run, as every report shows them."""

from decimal import Decimal

from hepcoder.ledger.record import Record


class Totals(Record):
    """Sums over call and execution events.

    Attributes:
        calls: Logical calls.
        attempts: HTTP attempts, failed and retried ones included.
        failed_attempts: Attempts that ended in a failure.
        lost_attempts: Attempts that were started and whose end was never recorded (the process was killed).
        input_tokens: Input tokens that vendors reported.
        output_tokens: Output tokens that vendors reported.
        cache_read_tokens: Part of the input that came from a cache.
        cache_write_tokens: Part of the input that was written to a cache.
        reasoning_tokens: Part of the output spent on hidden reasoning.
        usd: Dollars over the priced attempts; None when none was priced.
        unpriced_attempts: Attempts without a price; when this is not 0, `usd` is a lower bound.
        model_seconds: Time spent waiting for models.
        executions: Scripts run to solve the task.
    """

    calls: int = 0
    attempts: int = 0
    failed_attempts: int = 0
    lost_attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    usd: Decimal | None = None
    unpriced_attempts: int = 0
    model_seconds: float = 0.0
    executions: int = 0
