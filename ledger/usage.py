"""What one attempt at a call took: tokens and dollars."""

from decimal import Decimal
from typing import Literal

from hepcoder.ledger.record import Record


class Usage(Record):
    """Tokens of one attempt. None means the vendor did not say; 0 means it said none.

    Attributes:
        input: All input tokens, cached ones included.
        output: All output tokens, reasoning included.
        cache_read: Input tokens read from the vendor's cache.
        cache_write_5m: Input tokens written to a cache kept for minutes.
        cache_write_1h: Input tokens written to a cache kept for an hour.
        reasoning: Output tokens spent on hidden reasoning.
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None


class Cost(Record):
    """The price of one attempt.

    Attributes:
        usd: Dollars; None means unpriced, which is never the same as free.
        source: Who said so: ``genai-prices``, ``user`` or ``unpriced``.
        version: Version of the price table and digest of its data; empty when unpriced.
    """

    usd: Decimal | None
    source: Literal["genai-prices", "user", "unpriced"]
    version: str = ""
