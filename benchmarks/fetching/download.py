"""Fetches one file over HTTP: gone on with where it was cut, checked, and put in place only when it is whole."""

import errno
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hepcoder.benchmarks.fetching.catalogue import RemoteFile
from hepcoder.benchmarks.fetching.checksums import checksum
from hepcoder.benchmarks.fetching.errors import FetchError
from hepcoder.benchmarks.fetching.remote import Offer, ask, refuse_unless_usable
from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.ledger.errors import DigestError, StorageError
from hepcoder.ledger.files import reason

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
FRUITLESS_TRIES = 3
WAIT_SECONDS = 0.5
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MAGIC = b"root"

Report = Callable[[int, int | None], None]


def fetch(remote: RemoteFile, folder: Path, report: Report) -> Path:
    """Bring a ROOT file into a folder; nothing is ever under its name but the whole, checked file.

    Args:
        remote: The file.
        folder: Made when missing. A cut fetch leaves a hidden file ``.NAME.*.part`` there, which the next goes on with.
        report: Told the bytes at hand, and how many there are in all, or None where nobody knows.

    Returns:
        Where it is; at once when it is there already and is what it should be.

    Raises:
        FetchError: It cannot be had now, is no ROOT file, or another process is fetching it.
        DigestError: What came, or what is there already, is not what was published.
        StorageError: There is no room, or the folder cannot be written.
    """
    import httpx2

    target = folder / remote.name
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    lock = Claim(folder / f".{remote.name}.lock")
    if not lock.take():
        message = f"another process is fetching {target}; wait for it"
        raise FetchError(message)
    try:
        with httpx2.Client(follow_redirects=True, timeout=timeout) as client, _room(target):
            offer = ask(client, remote)
            if target.exists():
                _check(target, target, offer)
            else:
                _complete(client, offer, target, report)
    finally:
        lock.release()
    report(target.stat().st_size, target.stat().st_size)
    return target


def _complete(client: "httpx2.Client", offer: Offer, target: Path, report: Report) -> None:
    """Fetch what is missing, check all of it, put it in place."""
    tag = hashlib.sha256(offer.identity.encode()).hexdigest()[:12]
    partial = target.with_name(f".{target.name}.{tag}.part")
    partial.touch()
    fruitless, done = 0, False
    while not done:
        had = partial.stat().st_size
        done, why = _go_on(client, offer, partial, report)
        fruitless = 0 if partial.stat().st_size > had else fruitless + 1
        if not done and fruitless >= FRUITLESS_TRIES:
            size = "?" if offer.size_bytes is None else f"{offer.size_bytes:,}"
            message = f"{partial.stat().st_size:,} of {size} bytes of {target.name} are here and no more come ({why}); "
            raise FetchError(message + "run the same command again to go on")
        if not done:
            time.sleep(WAIT_SECONDS * fruitless)
    _check(partial, target, offer)
    partial.replace(target)
    for left in target.parent.glob(f".{target.name}.*.part"):
        left.unlink()  # of a file that was published before under the same name


def _go_on(client: "httpx2.Client", offer: Offer, partial: Path, report: Report) -> tuple[bool, str]:
    """Make one request for what is missing and keep what comes; whether that was all, and what cut it."""
    import httpx2

    had = partial.stat().st_size if offer.size_bytes is not None else 0
    if had == offer.size_bytes:
        return True, ""
    _check_room(partial.parent, offer, had)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    try:
        with client.stream("GET", offer.url, headers=headers) as response:
            refuse_unless_usable(response, had, offer)
            begin = had if response.status_code == 206 else 0
            with partial.open("ab" if begin else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
                    begin += len(chunk)
                    report(begin, offer.size_bytes)
    except httpx2.RequestError as error:
        return False, f"{type(error).__name__}: {error}"
    return offer.size_bytes is None or begin == offer.size_bytes, "the connection ended early"


def _check(path: Path, target: Path, offer: Offer) -> None:
    """Ensure that a file is the published one, as far as anybody says what that is; a wrong partial file is removed."""
    size = path.stat().st_size
    wrong = ""
    if offer.size_bytes is not None and size != offer.size_bytes:
        wrong = f"has {size:,} bytes, the published file has {offer.size_bytes:,}"
    elif offer.checksum is not None:
        found = checksum(path, offer.checksum.partition(":")[0])
        wrong = "" if found == offer.checksum else f"has {found}, the published file has {offer.checksum}"
    if not wrong:
        with path.open("rb") as file:
            wrong = "" if file.read(len(_MAGIC)) == _MAGIC else "is no ROOT file: it does not begin with 'root'"
    if wrong and path == target:
        message = f"{target} {wrong}; move it away, and fetch it again"
        raise DigestError(message)
    if wrong:
        path.unlink()
        message = f"what came for {target.name} {wrong}; it was removed, fetch it again"
        raise DigestError(message)


def _check_room(folder: Path, offer: Offer, had: int) -> None:
    free = shutil.disk_usage(folder).free
    if offer.size_bytes is not None and free < offer.size_bytes - had:
        message = f"no room in {folder}: {offer.size_bytes - had:,} bytes to write, {free:,} free; name another folder"
        raise StorageError(message)


@contextmanager
def _room(target: Path) -> Iterator[None]:
    """Name a disk that fills up or cannot be written."""
    try:
        yield
    except OSError as error:
        hint = "make room" if error.errno in _NO_ROOM else "name another folder"
        message = f"{target} cannot be written: {reason(error)}; {hint}, then run the same command again to go on"
        raise StorageError(message) from error
