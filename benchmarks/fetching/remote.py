"""What a server says of a file, and whether its answer can be used."""

from typing import TYPE_CHECKING

from hepcoder.benchmarks.fetching.catalogue import RemoteFile
from hepcoder.benchmarks.fetching.checksums import parse_digest
from hepcoder.benchmarks.fetching.errors import FetchError
from hepcoder.ledger.record import Record

if TYPE_CHECKING:
    import httpx2

_NO_HEAD = (403, 405, 501)


class Offer(Record):
    """What is to be fetched.

    Attributes:
        url: Where it is.
        size_bytes: Its length; None where neither catalogue nor server says.
        checksum: ``algorithm:hex``; None where neither has one.
        identity: Differs when the file at the address is another one.
    """

    url: str
    size_bytes: int | None
    checksum: str | None
    identity: str


def ask(client: "httpx2.Client", remote: RemoteFile) -> Offer:
    """Ask a server for length and checksum; where the catalogue has them, it is the catalogue that is believed.

    Raises:
        FetchError: The server cannot be reached, or does not have the file.
    """
    import httpx2

    wanted = {"Want-Digest": "adler32, sha-256, md5", "Accept-Encoding": "identity"}
    try:
        answer = client.head(remote.url, headers=wanted)
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        message = (
            f"{remote.url} cannot be reached ({type(error).__name__}: {error}); try again where there is a network"
        )
        raise FetchError(message) from error
    if answer.is_error and answer.status_code not in _NO_HEAD:
        message = f"the server answered {answer.status_code} {answer.reason_phrase} for {remote.url}"
        raise FetchError(message)
    told = answer.headers if not answer.is_error else {}
    length = told.get("content-length", "")
    size = remote.size_bytes if remote.size_bytes is not None else int(length) if length.isdigit() else None
    marks = (remote.url, str(size), told.get("etag", ""), told.get("last-modified", ""))
    return Offer(
        url=remote.url,
        size_bytes=size,
        checksum=remote.checksum or parse_digest(told.get("digest", "")),
        identity="\n".join(marks),
    )


def refuse_unless_usable(response: "httpx2.Response", had: int, offer: Offer) -> None:
    """Ensure that an answer is the whole file (200), or what comes after the bytes at hand (206).

    Raises:
        FetchError: It is something else, such as the login page of a closed network, whose length gives it away.
    """
    status = response.status_code
    given = response.headers.get("content-range" if status == 206 else "content-length", "")
    if _fits(status, given, had, offer.size_bytes):
        return
    wanted = f"{offer.size_bytes} bytes" if status != 206 else f"what comes after {had} of {offer.size_bytes} bytes"
    message = f"{response.url} was answered with {status} {response.reason_phrase}, {given!r} in place of {wanted}"
    raise FetchError(message)


def _fits(status: int, given: str, had: int, size: int | None) -> bool:
    if status == 206:
        return given.startswith(f"bytes {had}-") if size is None else given == f"bytes {had}-{size - 1}/{size}"
    return status == 200 and (size is None or not given or given == str(size))
