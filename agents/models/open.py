"""From a model's name to a client that is ready to be asked."""

import os
import ssl
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from hepcoder.agents.models.base import ModelClient
from hepcoder.agents.models.client import VendorClient
from hepcoder.agents.models.desk import Desk
from hepcoder.agents.models.patience import Patience
from hepcoder.agents.models.prices import Pricer, UserPrice
from hepcoder.agents.models.registry import VENDORS, ModelSpec, context_tokens, parse_model, read_key
from hepcoder.agents.models.scripted import ScriptedModel, read_script
from hepcoder.agents.models.transport import CapturingTransport
from hepcoder.agents.models.vendors import build_chat
from hepcoder.ledger.errors import CredentialError, ModelNotFoundError, UserError
from hepcoder.ledger.events import CallFinished
from hepcoder.ledger.record import Record

__all__ = ["Desk", "open_model"]

_NO_KEY = "no-key-needed"
_NOWHERE = "http://nowhere.invalid/v1"


class _Place(Record, arbitrary_types_allowed=True):
    """Where a client's requests go."""

    base_url: str
    key: str = _NO_KEY
    inner: httpx2.BaseTransport | None = None
    context_tokens: int | None = None
    close: Callable[[], None] | None = None


def open_model(
    name: str,
    desk: Desk,
    *,
    base_url: str | None = None,
    price: UserPrice | tuple[float, float] | None = None,
    patience: Patience | None = None,
    script: ScriptedModel | None = None,
    sleep: Callable[[float], object] | None = None,
) -> ModelClient:
    """Open a client; nothing is sent yet, except that ``local:`` starts its server.

    Args:
        name: The model, ``vendor:model``; see `registry.parse_model`.
        desk: The trial. In replay mode no key, no server and no script is needed.
        base_url: Another server that speaks the vendor's wire format; by default the variable HEPCODER_BASE_URL.
        price: The user's own price, in dollars per million tokens of input and of output.
        patience: Limits and retries.
        script: Answers for a ``scripted:`` model, in place of the file.
        sleep: Waits for so many seconds between attempts; by default until the desk's `stop` is set.

    Raises:
        ModelNotFoundError: The name means nothing, or looks misspelt.
        CredentialError: The vendor's key is not in the environment.
        UserError: The base URL is missing or is no HTTP address.
        InputError: The script of a ``scripted:`` model cannot be read.
    """
    base_url = _address(name, base_url)
    spec = parse_model(name, check=base_url is None and desk.mode != "replay")
    place = _find_place(spec, desk, base_url, script)
    if isinstance(price, tuple):
        price = UserPrice(input=Decimal(str(price[0])), output=Decimal(str(price[1])))
    transport = CapturingTransport(
        place.inner,
        base_path=urlsplit(place.base_url).path,
        limits=(patience or Patience()).limits,
        secrets=() if place.key == _NO_KEY else (place.key,),
        stop=desk.stop,
    )
    return VendorClient(
        spec,
        desk,
        stream=build_chat(_sent_as(spec), key=place.key, base_url=place.base_url, transport=transport),
        transport=transport,
        pricer=Pricer(
            spec.model,
            provider=VENDORS[spec.vendor].prices,
            api_url=_public(spec, base_url or place.base_url),
            user=price,
            redirected=base_url is not None,
        ),
        context_tokens=place.context_tokens,
        patience=patience,
        sleep=sleep,
        on_close=place.close,
    )


def ready_model(name: str, *, base_url: str | None = None) -> str:
    """Check all that can be checked of a model before anything is started or sent.

    Returns:
        The name, unchanged.

    Raises:
        ModelNotFoundError: The name means nothing, looks misspelt, or the embedded model is not on this machine.
        CredentialError: The vendor's key is not in the environment.
        UserError: The base URL is missing or is no HTTP address.
        InputError: The script of a ``scripted:`` model cannot be read.
    """
    address = _address(name, base_url)
    spec = parse_model(name, check=address is None)
    if spec.vendor == "scripted":
        read_script(Path(spec.model))
    elif spec.vendor == "local":
        _refuse_absent(spec)
    else:
        _checked_url(spec, address or VENDORS[spec.vendor].base_url)
        _key(spec)
    return spec.name


def _refuse_absent(spec: ModelSpec) -> None:
    from hepcoder.agents.models.weights import UnknownWeightsError, find_weights

    try:
        found = find_weights(spec.model)
    except UnknownWeightsError as error:
        raise ModelNotFoundError(str(error)) from error
    if found is None:
        message = (
            f"the weights of {spec.name} are not on this machine; fetch them with: hepcoder models pull {spec.model}"
        )
        raise ModelNotFoundError(message)


def _find_place(spec: ModelSpec, desk: Desk, base_url: str | None, script: ScriptedModel | None) -> _Place:
    vendor = VENDORS[spec.vendor]
    if desk.mode == "replay":
        return _Place(base_url=vendor.base_url or _NOWHERE, context_tokens=_context(spec))
    if spec.vendor == "scripted":
        return _Place(base_url=_NOWHERE, inner=script or read_script(Path(spec.model), answered=_answered(desk)))
    if spec.vendor == "local":
        return _start_local(spec, desk)
    url = _checked_url(spec, base_url or vendor.base_url)
    return _Place(base_url=url, key=_key(spec), inner=_network(url), context_tokens=_context(spec))


def _address(name: str, base_url: str | None) -> str | None:
    if name.partition(":")[0] in ("local", "scripted"):
        return None
    return base_url or os.environ.get("HEPCODER_BASE_URL") or None


def _key(spec: ModelSpec) -> str:
    vendor = VENDORS[spec.vendor]
    key = read_key(spec.vendor)
    if key is None and vendor.needs_key:
        message = (
            f"{spec.name} needs a key: set {' or '.join(vendor.keys)} in the environment, or choose a local: model"
        )
        raise CredentialError(message)
    return key or _NO_KEY


def _answered(desk: Desk) -> int:
    return sum(isinstance(event.body, CallFinished) for event in desk.log.events)


def _sent_as(spec: ModelSpec) -> ModelSpec:
    # A script's path says something of this machine and nothing of the model.
    return spec.model_copy(update={"model": Path(spec.model).stem}) if spec.vendor == "scripted" else spec


def _start_local(spec: ModelSpec, desk: Desk) -> _Place:
    from hepcoder.agents.models.local import LocalModelError, start_server
    from hepcoder.agents.models.weights_table import UnknownWeightsError

    try:
        server = start_server(spec.model, stop=desk.stop)
    except (UnknownWeightsError, LocalModelError) as error:
        raise ModelNotFoundError(str(error)) from error
    return _Place(
        base_url=server.openai_url,
        key=server.api_key,
        inner=httpx2.HTTPTransport(trust_env=False),
        context_tokens=server.context_tokens,
        close=server.close,
    )


def _context(spec: ModelSpec) -> int | None:
    vendor = VENDORS[spec.vendor]
    if spec.vendor == "local":
        from hepcoder.agents.models.local import DEFAULT_CONTEXT_TOKENS

        return DEFAULT_CONTEXT_TOKENS
    return None if vendor.prices is None else context_tokens(vendor, spec.model)


def _public(spec: ModelSpec, base_url: str) -> str | None:
    return base_url if spec.vendor == "compatible" else None


def _checked_url(spec: ModelSpec, base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"{spec.name} needs the address of its server, and {base_url!r} is none; "
        message += "give --base-url, or set HEPCODER_BASE_URL, such as http://127.0.0.1:8000/v1"
        raise UserError(message)
    return base_url.rstrip("/")


def _network(base_url: str) -> httpx2.BaseTransport:
    # A transport of our own switches off the SDKs' reading of proxy variables, on which many sites depend.
    parts = urlsplit(base_url)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    return httpx2.HTTPTransport(verify=_tls(), proxy=proxy)


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: to read the certificates takes longer than all else that opening a client does."""
    return httpx2.create_ssl_context()
