"""What an attempt costs: the user's price, genai-prices at the call's own time, or unpriced; never a guess."""

import hashlib
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from hepcoder.ledger.errors import UserError
from hepcoder.ledger.record import Record
from hepcoder.ledger.usage import Cost, Usage

UNPRICED = Cost(usd=None, source="unpriced")
_MILLION = Decimal(1_000_000)


class UserPrice(Record):
    """A price that the user gave, in dollars per million tokens."""

    input: Decimal
    output: Decimal


def parse_price(text: str) -> UserPrice:
    """Read ``"input,output"`` in dollars per million tokens.

    Raises:
        UserError: The text is not two numbers of at least 0.

    Example:
        >>> parse_price("3,15").output
        Decimal('15')
    """
    try:
        prices = [Decimal(part.strip()) for part in text.split(",")]
    except InvalidOperation:
        prices = []
    if len(prices) != 2 or not all(price.is_finite() and price >= 0 for price in prices):
        message = f"the price {text!r} is not INPUT,OUTPUT in dollars per million tokens, such as 3,15"
        raise UserError(message)
    return UserPrice(input=prices[0], output=prices[1])


class Pricer:
    """Prices attempts of one model.

    Args:
        model: The model as it is asked for from the vendor.
        provider: The vendor in genai-prices' words; None when the vendor is not known there.
        api_url: Base URL by which genai-prices may know the vendor; used when `provider` is None.
        user: The user's own price, which wins.
        redirected: Whether requests go to another server than the vendor's; what it serves is priced by the name it
            gives, or not at all.
    """

    def __init__(
        self,
        model: str,
        *,
        provider: str | None = None,
        api_url: str | None = None,
        user: UserPrice | None = None,
        redirected: bool = False,
    ) -> None:
        self._model = model
        self._provider = provider
        self._api_url = api_url
        self._user = user
        self._redirected = redirected

    def cost(self, usage: Usage, *, served: str | None, at: datetime) -> Cost:
        """The price of these tokens.

        Args:
            usage: Tokens of the attempt; without counts of both input and output there is no price.
            served: The model the vendor says it used; the asked one is priced when this one is unknown.
            at: When the request was sent, with its time zone.
        """
        if usage.input is None or usage.output is None:
            return UNPRICED
        if self._user is not None:
            usd = (self._user.input * usage.input + self._user.output * usage.output) / _MILLION
            return Cost(usd=usd, source="user", version=f"{self._user.input},{self._user.output} USD per million")
        for name in (served,) if served is not None and self._redirected else (served, self._model):
            usd_found = None if name is None else self._look_up(name, usage, at)
            if usd_found is not None:
                return Cost(usd=usd_found, source="genai-prices", version=table_version())
        return UNPRICED

    def at_most(self, *, input_tokens: int, output_tokens: int, at: datetime) -> Decimal | None:
        """Dollars for a prompt of this size, none of it from a cache, and a reply of this size; None when unpriced."""
        return self.cost(Usage(input=input_tokens, output=output_tokens), served=None, at=at).usd

    def _look_up(self, name: str, usage: Usage, at: datetime) -> Decimal | None:
        if self._provider is None and self._api_url is None:
            return None
        from genai_prices import Usage as PricedUsage
        from genai_prices import calc_price

        written = None
        if usage.cache_write_5m is not None or usage.cache_write_1h is not None:
            written = (usage.cache_write_5m or 0) + (usage.cache_write_1h or 0)
        counts: dict[str, Any] = {
            "input_tokens": usage.input,
            "output_tokens": usage.output,
            "cache_read_tokens": usage.cache_read,
            "cache_write_tokens": written,
            "cache_write_1h_tokens": usage.cache_write_1h,
        }
        tokens = PricedUsage(**{key: value for key, value in counts.items() if value})
        where: dict[str, Any] = (
            {"provider_id": self._provider} if self._provider else {"provider_api_url": self._api_url}
        )
        try:
            return calc_price(tokens, name.removeprefix("models/"), genai_request_timestamp=at, **where).total_price
        except (LookupError, ValueError):
            # Not in the table, or counts that contradict each other, which no price can be put on.
            return None


@cache
def table_version() -> str:
    """Version of genai-prices and the start of the digest of its data."""
    digest = hashlib.sha256(files("genai_prices").joinpath("data.py").read_bytes()).hexdigest()
    return f"{version('genai-prices')} sha256:{digest[:16]}"
