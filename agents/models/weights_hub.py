"""Fetches weights from the publisher's hub over HTTPS, going on where an earlier try was cut."""

from pathlib import Path
from typing import TYPE_CHECKING

from hepcoder.agents.models.weights_progress import Meter
from hepcoder.agents.models.weights_store import room_for
from hepcoder.agents.models.weights_table import Weights, WeightsError

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 5.0  # a closed network should fall through to the package index quickly
READ_SECONDS = 30.0
MAX_FRUITLESS_TRIES = 3


def fetch_from_hub(weights: Weights, partial: Path, meter: Meter) -> None:
    """Complete a partial file from the hub; its digest is for the caller to check.

    Args:
        weights: What to fetch; its `hub_url` must be set.
        partial: Where to write; what is there is taken as the file's beginning.
        meter: Told the bytes at hand.

    Raises:
        WeightsError: The hub cannot be reached, refuses, or sends a file of another length.
        DiskFullError: No room.
    """
    import httpx2

    partial.touch()
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    fruitless = 0
    with httpx2.Client(follow_redirects=True, timeout=timeout) as client:
        while (had := partial.stat().st_size) < weights.size_bytes:
            try:
                _go_on(client, weights, partial, meter)
                cut = "the connection ended early"
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
                msg = f"the hub cannot be reached ({weights.hub_url}): {error}"
                raise WeightsError(msg) from error
            except httpx2.RequestError as error:
                cut = f"{type(error).__name__}: {error}"
            fruitless = 0 if partial.stat().st_size > had else fruitless + 1
            if fruitless >= MAX_FRUITLESS_TRIES:
                msg = f"the hub sent {partial.stat().st_size:,} of {weights.size_bytes:,} bytes and no more ({cut})"
                raise WeightsError(msg)


def _go_on(client: "httpx2.Client", weights: Weights, partial: Path, meter: Meter) -> None:
    """Make one request for what is missing and append what comes."""
    had = partial.stat().st_size
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    with client.stream("GET", str(weights.hub_url), headers=headers) as response:
        _refuse_unless_usable(response, had, weights.size_bytes)
        whole = response.status_code == 200
        done = 0 if whole else had
        with (
            room_for(weights, partial.parent, weights.size_bytes - done),
            partial.open("wb" if whole else "ab") as file,
        ):
            meter.at(done)
            for chunk in response.iter_raw():  # as it comes: what a cut leaves of a fixed chunk would be lost
                file.write(chunk)
                done += len(chunk)
                meter.at(done)


def _refuse_unless_usable(response: "httpx2.Response", had: int, total: int) -> None:
    """Raise unless this is the whole file (200) or what comes after the `had` bytes at hand (206).

    A login page of a closed network comes as 200 too; its length gives it away.
    """
    if response.status_code == 206:
        given = response.headers.get("content-range", "")
        wanted = f"bytes {had}-{total - 1}/{total}"
    else:
        given = response.headers.get("content-length", "")
        wanted = str(total)
    if response.status_code in {200, 206} and given == wanted:
        return
    msg = (
        f"the hub answered {response.status_code} {response.reason_phrase} with {given!r} in place of {wanted!r} "
        f"for {response.url}"
    )
    raise WeightsError(msg)
