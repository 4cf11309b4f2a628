"""What an `Ask` comes to before it is sent: its parameters and its size."""

from math import ceil
from typing import Any

from hepcoder.agents.models.records import Ask

_CHARS_PER_TOKEN_LEAST = 2.5
_CHARS_PER_TOKEN_MOST = 6.0


def read_asked(ask: Ask) -> dict[str, Any]:
    """The sampling parameters that are asked for; those left to the vendor are not in it."""
    values: dict[str, Any] = {"temperature": ask.temperature, "max_tokens": ask.max_tokens, "seed": ask.seed}
    values |= {"stop": list(ask.stop) or None, "json_schema": ask.json_schema}
    return {name: value for name, value in values.items() if value is not None}


def count_tokens_at_most(ask: Ask) -> int:
    """Tokens of a prompt, estimated from above: 2.5 characters a token, and room for what wraps each message."""
    return ceil(_chars(ask) / _CHARS_PER_TOKEN_LEAST) + 8 * len(ask.messages) + 64


def count_tokens_at_least(ask: Ask) -> int:
    """Tokens of a prompt, estimated from below: 6 characters a token."""
    return ceil(_chars(ask) / _CHARS_PER_TOKEN_MOST)


def _chars(ask: Ask) -> int:
    schema = 0 if ask.json_schema is None else len(str(ask.json_schema))
    return sum(len(message.text) for message in ask.messages) + schema
