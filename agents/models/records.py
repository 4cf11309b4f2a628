"""What a role asks of a model and what it gets back."""

from typing import Any, Literal

from hepcoder.ledger.events import NodeName
from hepcoder.ledger.record import Record
from hepcoder.ledger.usage import Usage


class Message(Record):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


class Ask(Record):
    """One logical call.

    Attributes:
        messages: The conversation, system message first if there is one.
        node: The node that asks, for the ledger.
        step: The graph's step, for the ledger and for resuming.
        max_tokens: Cap on the reply.
        temperature: Sampling temperature; None leaves the vendor's default.
        seed: Sampling seed where the vendor takes one; None asks for none.
        json_schema: A JSON schema the reply must follow, or None for free text.
        stop: Strings that end the reply.
    """

    messages: tuple[Message, ...]
    node: NodeName
    step: int
    max_tokens: int = 2048
    temperature: float | None = 0.0
    seed: int | None = None
    json_schema: dict[str, Any] | None = None
    stop: tuple[str, ...] = ()


class Reply(Record):
    """What a model answered.

    Attributes:
        text: The visible text.
        truncated: Whether it was cut at the token cap.
        model_served: The name the vendor gave.
        usage: Tokens of the attempt that succeeded.
    """

    text: str
    truncated: bool
    model_served: str | None
    usage: Usage
