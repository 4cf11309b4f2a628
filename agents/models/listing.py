"""Which models are usable here, and why the others are not."""

import os
from datetime import UTC, datetime
from decimal import Decimal

from hepcoder.agents.models.prices import Pricer
from hepcoder.agents.models.registry import VENDORS, Vendor, known_models, read_key
from hepcoder.ledger.record import Record

_TOKENS = 1_000_000


class ModelStatus(Record):
    """One line of ``hepcoder models``.

    Attributes:
        name: The model, ``vendor:model``.
        usable: Whether it can be asked now.
        reason: What is missing when it cannot, and how to mend it; empty otherwise.
        context_tokens: Size of its context; None when unknown.
        usd_per_mtok_input: Dollars for a million tokens of input, in a small prompt; None when unpriced.
        usd_per_mtok_output: Dollars for a million tokens of output; None when unpriced.
    """

    name: str
    usable: bool
    reason: str = ""
    context_tokens: int | None = None
    usd_per_mtok_input: Decimal | None = None
    usd_per_mtok_output: Decimal | None = None


def list_models() -> tuple[ModelStatus, ...]:
    """The embedded models first, then what each vendor is known to serve and price; nothing is sent."""
    vendors = [vendor for vendor in VENDORS.values() if vendor.prices is not None and vendor.name != "openai_responses"]
    remote = [status for vendor in vendors for status in _list_vendor(vendor)]
    return (*_list_local(), _compatible(), *remote)


def _list_local() -> list[ModelStatus]:
    from hepcoder.agents.models.local import DEFAULT_CONTEXT_TOKENS
    from hepcoder.agents.models.weights import find_weights
    from hepcoder.agents.models.weights_table import EMBEDDED

    statuses = []
    for weights in EMBEDDED.values():
        missing = find_weights(weights) is None
        statuses.append(
            ModelStatus(
                name=f"local:{weights.name}",
                usable=not missing,
                reason=f"its weights are not here; run `hepcoder models pull {weights.name}`" if missing else "",
                context_tokens=DEFAULT_CONTEXT_TOKENS,
            )
        )
    return statuses


def _compatible() -> ModelStatus:
    url = os.environ.get("HEPCODER_BASE_URL", "")
    reason = "" if url else "give --base-url, or set HEPCODER_BASE_URL, to any OpenAI-compatible server"
    return ModelStatus(name="compatible:MODEL", usable=bool(url), reason=reason)


def _list_vendor(vendor: Vendor) -> list[ModelStatus]:
    has_key = read_key(vendor.name) is not None
    reason = "" if has_key else f"set {' or '.join(vendor.keys)}"
    now = datetime.now(UTC)
    statuses = []
    for model, context in known_models(vendor.prices or "").items():
        pricer = Pricer(model, provider=vendor.prices)
        # A thousand tokens, since prices of large prompts have steps.
        into, out = (
            pricer.at_most(input_tokens=1000, output_tokens=0, at=now),
            pricer.at_most(input_tokens=0, output_tokens=1000, at=now),
        )
        if context is None or into is None or not out:
            continue
        statuses.append(
            ModelStatus(
                name=f"{vendor.name}:{model}",
                usable=has_key,
                reason=reason,
                context_tokens=context,
                usd_per_mtok_input=into * _TOKENS / 1000,
                usd_per_mtok_output=out * _TOKENS / 1000,
            )
        )
    return statuses
