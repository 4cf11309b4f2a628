"""The one contract between the roles and whatever model answers them."""

from collections.abc import Callable
from typing import Protocol

from hepcoder.agents.models.records import Ask, Reply
from hepcoder.ledger.failures import Failure


class ProviderError(Exception):
    """A call failed for good; carries the failure of its last attempt."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.label}: {failure.message}")
        self.failure = failure


class ModelClient(Protocol):
    """Answers questions, one record in the ledger for each HTTP attempt.

    Attributes:
        name: The model as the user asked for it, ``vendor:model``.
        context_tokens: Size of its context, or None when unknown.
    """

    name: str
    context_tokens: int | None

    def ask(self, ask: Ask, *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Ask once, retrying what may be retried within the budget.

        Args:
            ask: The question.
            on_text: Called with each piece of the reply as it arrives.

        Returns:
            The reply; a reply cut at the token cap is returned, marked `truncated`.

        Raises:
            ProviderError: No usable reply, after the retries its failure allows.
            BudgetError: The next attempt does not fit the budget; nothing was sent.
            ReplayMissError: In replay mode, the request is not in the recording.
        """
        ...

    def close(self) -> None:
        """Release connections and, for the embedded model, its server."""
        ...
