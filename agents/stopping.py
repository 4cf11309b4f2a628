"""Closes model clients as soon as their trials are to stop: one thread for all trials that stop together."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

_LOOK_SECONDS = 1.0

_lock = threading.Lock()
_open: dict[threading.Event, list["_Open"]] = {}


class _Client(Protocol):
    def close(self) -> None: ...


class _Open:
    """A client that is to be closed on a stop, until its trial is over."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._is_over = False

    def close(self) -> None:
        with self._lock:
            if not self._is_over:
                self._client.close()

    def leave(self) -> None:
        """Let go of the client, after whoever closes it just now."""
        with self._lock:
            self._is_over = True


@contextmanager
def closed_on_stop(client: _Client, stop: threading.Event) -> Iterator[None]:
    """Close the client at once when `stop` is set: a model that is still reading must not hold up the end."""
    mine = _Open(client)
    with _lock:
        if stop not in _open:
            _open[stop] = []
            threading.Thread(target=_follow, args=(stop,), name="hepcoder-stop", daemon=True).start()
        _open[stop].append(mine)
    try:
        yield
    finally:
        mine.leave()
        with _lock:
            if mine in _open.get(stop, ()):
                _open[stop].remove(mine)


def _follow(stop: threading.Event) -> None:
    """Wait for the event, and see now and then whether there is still a reason to."""
    while not stop.wait(_LOOK_SECONDS):
        with _lock:
            if not _open[stop]:
                del _open[stop]
                return
    with _lock:
        left = _open.pop(stop)
    with ExitStack() as closing:
        for one in left:
            closing.callback(one.close)
