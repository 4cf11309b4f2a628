"""What stands in an answer, at any depth."""

from collections.abc import Iterator, Mapping
from typing import Any


def texts_in(value: Any) -> Iterator[str]:
    """Every text in plain data, keys left out.

    Args:
        value: Lists, dictionaries, texts and other values, in each other.

    Example:
        >>> list(texts_in({"of": ["mu1", "mu2"], "value": 3, "when": {"kind": "charge"}}))
        ['mu1', 'mu2', 'charge']
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)
