"""What is read from the wire: parameters from a request, the outcome from a reply, for each wire format."""

from typing import Any, Literal, Protocol

from hepcoder.ledger.record import Record
from hepcoder.ledger.usage import Usage

WireName = Literal["openai_chat", "openai_responses", "anthropic", "google"]


class Outcome(Record):
    """What a reply body says.

    Attributes:
        model_served: The model that answered, in the vendor's words; None when it does not say.
        usage: Tokens as the vendor counted them, in hepcoder's terms.
        finish_reason: Why the reply ended, in the vendor's words.
        text: The visible text.
        complete: False when a stream ended before the vendor said why.
        truncated: Whether the reply was cut at a token cap.
        refusal: What the model or a filter said when it refused; None when it did not.
        bad_call: Whether the model's tool call was malformed.
        error: An error object that the vendor sent inside a reply with status 200; None when there is none.
    """

    model_served: str | None = None
    usage: Usage = Usage()
    finish_reason: str | None = None
    text: str = ""
    complete: bool = True
    truncated: bool = False
    refusal: str | None = None
    bad_call: bool = False
    error: dict[str, Any] | None = None


class Wire(Protocol):
    """One wire format; every function is pure."""

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """Sampling parameters found in a request body, under hepcoder's names."""
        ...

    def fold(self, events: list[dict[str, Any]]) -> Outcome:
        """The outcome told by the objects of a reply, one when it was not streamed.

        Raises:
            MalformedReplyError: A field has the wrong type.
        """
        ...


def pick(body: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Values of a request body under hepcoder's names.

    Args:
        body: The request body, or a part of it.
        names: The vendor's name for each parameter, and hepcoder's; absent and null ones are left out.

    Example:
        >>> pick({"max_output_tokens": 5, "top_p": None}, {"max_output_tokens": "max_tokens", "top_p": "top_p"})
        {'max_tokens': 5}
    """
    return {ours: body[theirs] for theirs, ours in names.items() if body.get(theirs) is not None}


def part(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name, empty when it is missing or null."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def first(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The first object of the list under a name, empty when there is none."""
    found = value.get(name)
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def count(value: dict[str, Any], name: str) -> int | None:
    """A count of tokens, or None when the vendor did not say."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def get_wire(name: WireName) -> Wire:
    """The functions of a wire format."""
    from hepcoder.agents.models import wire_anthropic, wire_google, wire_openai, wire_responses

    wires: dict[WireName, Wire] = {
        "openai_chat": wire_openai.OpenAIChat(),
        "openai_responses": wire_responses.OpenAIResponses(),
        "anthropic": wire_anthropic.Anthropic(),
        "google": wire_google.Google(),
    }
    return wires[name]
