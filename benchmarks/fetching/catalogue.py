"""Where the open data lie: asked of `atlasopenmagic`, or known from the address of a copy."""

import contextlib
import importlib
import io
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from hepcoder.benchmarks.fetching.errors import FetchError, UnknownDatasetError
from hepcoder.benchmarks.fetching.release import RELEASE, OpenFile
from hepcoder.ledger.errors import UserError
from hepcoder.ledger.record import Record

_FETCHED = ("http://", "https://")


class RemoteFile(Record):
    """A file on the network.

    Attributes:
        name: The name that it gets here.
        url: Where it is.
        size_bytes: Its length, or None where the catalogue does not say.
        checksum: ``algorithm:hex``, or None where the catalogue has none.
    """

    name: str
    url: str
    size_bytes: int | None = None
    checksum: str | None = None


def copies_at(files: Sequence[OpenFile], base_url: str) -> tuple[RemoteFile, ...]:
    """The files below the address of a copy that is laid out as they are published, ``Data/`` and ``MC/``.

    Raises:
        UserError: The address is not one that can be fetched from.
    """
    if not base_url.startswith(_FETCHED):
        message = f"{base_url!r} is no address to fetch from; it begins with http:// or https://"
        raise UserError(message)
    root = base_url.rstrip("/")
    return tuple(RemoteFile(name=each.file_name, url=f"{root}/{each.kind}/{each.file_name}") for each in files)


def look_up(files: Sequence[OpenFile]) -> tuple[RemoteFile, ...]:
    """Ask the catalogue of the ATLAS open data where files are.

    Args:
        files: The files.

    Raises:
        UserError: `atlasopenmagic` is not installed.
        FetchError: The catalogue cannot be reached, or does not answer as it should.
        UnknownDatasetError: It does not have one of the files.
    """
    try:
        atlasopenmagic: Any = importlib.import_module("atlasopenmagic")
    except ImportError as error:
        message = "the catalogue needs atlasopenmagic; pip install 'hepcoder[opendata]', or give --base-url"
        raise UserError(message) from error
    known: dict[str, RemoteFile] = {}
    with _answering(atlasopenmagic):
        atlasopenmagic.set_release(RELEASE)
        for key in dict.fromkeys(file.key for file in files):
            known |= {remote.name: remote for remote in _of_dataset(atlasopenmagic, key)}
    missing = [file.file_name for file in files if file.file_name not in known]
    if missing:
        message = f"the catalogue of release {RELEASE} does not have {', '.join(missing)}; give --base-url of a copy"
        raise UnknownDatasetError(message)
    return tuple(known[file.file_name] for file in files)


def _of_dataset(catalogue: Any, key: str) -> Iterator[RemoteFile]:
    """All files of a dataset, in every skim that there is."""
    whole = catalogue.get_all_info(key)
    skims = [each["skim_type"] for each in whole.get("skims") or []]
    for skim in [*(["noskim"] if whole.get("file_list") else []), *skims]:
        for url in catalogue.get_urls(key, skim=skim, protocol="https", cache=False):
            yield RemoteFile(name=url.rsplit("/", 1)[-1], url=url)


@contextlib.contextmanager
def _answering(catalogue: Any) -> Iterator[None]:
    """Keep the catalogue's own progress from the terminal, and name what fails."""
    log = logging.getLogger(catalogue.__name__)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    # What `requests` raises is an OSError.
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = " ".join(str(error).split())[:200]
        message = f"the catalogue of the ATLAS open data does not answer as it should ({type(error).__name__}: {why}); "
        raise FetchError(message + "try again where there is a network, or give --base-url of a copy") from error
    finally:
        log.setLevel(level)
