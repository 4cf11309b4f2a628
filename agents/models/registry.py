"""Model names: what ``vendor:model`` means, and which vendors there are. Light to import."""

import difflib
import os
import re
from functools import cache

from hepcoder.agents.models.wire import WireName
from hepcoder.ledger.errors import ModelNotFoundError
from hepcoder.ledger.record import Record

_DEFAULTS = {
    "anthropic": "anthropic:claude-sonnet-5-5",
    "openai": "openai:gpt-5.1",
    "google_genai": "google_genai:gemini-3.8-flash",
}
LOCAL_DEFAULT = "local:qwen2.5-coder-1.5b"


class Vendor(Record):
    """One way to a model.

    Attributes:
        name: The part before the colon.
        wire: The wire format it speaks.
        base_url: Where it is; empty when the user or a local server says so.
        keys: Environment variables that may hold its key, first one first.
        needs_key: Whether it refuses a request without one.
        prices: The vendor in genai-prices' words; None when it has no price list of its own.
    """

    name: str
    wire: WireName
    base_url: str = ""
    keys: tuple[str, ...] = ()
    needs_key: bool = True
    prices: str | None = None


_OPENAI = "https://api.openai.com/v1"
VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor(
            name="anthropic",
            wire="anthropic",
            base_url="https://api.anthropic.com",
            keys=("ANTHROPIC_API_KEY",),
            prices="anthropic",
        ),
        Vendor(name="openai", wire="openai_chat", base_url=_OPENAI, keys=("OPENAI_API_KEY",), prices="openai"),
        Vendor(
            name="openai_responses",
            wire="openai_responses",
            base_url=_OPENAI,
            keys=("OPENAI_API_KEY",),
            prices="openai",
        ),
        Vendor(
            name="google_genai",
            wire="google",
            base_url="https://generativelanguage.googleapis.com",
            keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
            prices="google",
        ),
        Vendor(name="compatible", wire="openai_chat", keys=("HEPCODER_API_KEY",), needs_key=False),
        Vendor(name="local", wire="openai_chat", needs_key=False),
        Vendor(name="scripted", wire="openai_chat", needs_key=False),
    )
}


class ModelSpec(Record):
    """A model name, understood.

    Attributes:
        name: As the user wrote it, ``vendor:model``.
        vendor: The part before the colon.
        model: The part after it, as it is sent to the vendor.
        wire: The wire format.
    """

    name: str
    vendor: str
    model: str
    wire: WireName


def parse_model(name: str, *, check: bool = True) -> ModelSpec:
    """Read ``vendor:model``.

    A vendor's model is accepted when genai-prices knows it, dated and aliased names included. A name it does not
    know is refused when it is close to a known one and differs in more than digits, which is how misspellings look
    and new versions do not; every other name is passed on, unpriced, and the vendor decides.

    Args:
        name: The model, such as ``anthropic:claude-sonnet-4-5``, ``openai:gpt-5.1``, ``openai_responses:gpt-5.1``,
            ``google_genai:gemini-2.5-flash``, ``compatible:NAME``, ``local:NAME`` or ``scripted:FILE``.
        check: Whether to look for misspellings; off for a server of one's own.

    Raises:
        ModelNotFoundError: The vendor is unknown, or the model looks misspelt; with the nearest names.

    Example:
        >>> parse_model("local:qwen2.5-coder-1.5b").vendor
        'local'
    """
    vendor_name, colon, model = name.partition(":")
    vendor = VENDORS.get(vendor_name)
    if not colon or not model or vendor is None:
        near = difflib.get_close_matches(vendor_name, VENDORS, n=1)
        hint = f"did you mean {near[0]}:{model or 'MODEL'}? " if near else ""
        message = f"{name!r} is not a model; {hint}a model is VENDOR:MODEL with VENDOR one of {', '.join(VENDORS)}"
        raise ModelNotFoundError(message)
    if check and vendor.prices is not None:
        _refuse_misspelt(vendor, model)
    return ModelSpec(name=name, vendor=vendor_name, model=model, wire=vendor.wire)


@cache
def known_models(provider: str) -> dict[str, int | None]:
    """Names and context sizes (tokens, None when unknown) of a vendor's models in genai-prices."""
    from genai_prices.data_snapshot import get_snapshot

    prefixes = {"google": ("gemini-", "gemma-")}.get(provider, ("",))
    providers = [entry for entry in get_snapshot().providers if entry.id == provider]
    return {
        model.id: model.context_window
        for entry in providers
        for model in entry.models
        if not model.deprecated and model.id.startswith(prefixes)
    }


def context_tokens(vendor: Vendor, model: str) -> int | None:
    """Size of a model's context in tokens, or None when unknown."""
    found = _find(vendor, model)
    return None if found is None else known_models(vendor.prices or "").get(found)


def read_key(vendor_name: str) -> str | None:
    """The vendor's key from the environment, or None when no variable holds one."""
    found = (os.environ.get(variable, "").strip() for variable in VENDORS[vendor_name].keys)
    return next((key for key in found if key), None)


def default_model() -> str:
    """The model that is used when none is named: of the first vendor with a key, else the embedded one."""
    return next((name for vendor, name in _DEFAULTS.items() if read_key(vendor)), LOCAL_DEFAULT)


def _find(vendor: Vendor, model: str) -> str | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, info = get_snapshot().find_provider_model(model.removeprefix("models/"), None, vendor.prices, None)
    except LookupError:
        return None
    return str(info.id)


def _refuse_misspelt(vendor: Vendor, model: str) -> None:
    if _find(vendor, model) is not None:
        return
    near = difflib.get_close_matches(model, known_models(vendor.prices or ""), n=3, cutoff=0.8)
    letters = re.sub(r"\d", "", model)
    if near and all(re.sub(r"\d", "", known) != letters for known in near):
        names = " or ".join(f"{vendor.name}:{known}" for known in near)
        message = f"{vendor.name} is not known to have a model {model!r}; did you mean {names}?"
        raise ModelNotFoundError(message)
