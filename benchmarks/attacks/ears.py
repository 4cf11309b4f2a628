"""Listeners on this machine that a sandboxed script must not reach; they keep what they hear."""

import selectors
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_CHUNK = 65536


class Ears:
    """Sockets of every sort, listened to by one thread.

    Attributes:
        addresses: Where each can be reached: a port, or a path, or an abstract name without its leading zero byte.
    """

    def __init__(self, *, outside: Path, data: Path, name: str) -> None:
        self.addresses: dict[str, str | int] = {}
        self._sockets: list[socket.socket] = []
        self._heard = bytearray()
        self._over = threading.Event()
        self._listen_on_ports()
        for place, path in (("unix_path", outside / "s.sock"), ("unix_in_data", data / "s.sock")):
            self._listen(place, socket.AF_UNIX, socket.SOCK_STREAM, str(path))
        self._listen("datagram_in_data", socket.AF_UNIX, socket.SOCK_DGRAM, str(data / "d.sock"))
        self._listen("unix_abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}")
        self._listen("datagram_abstract", socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{name}-d")
        self._thread = threading.Thread(target=self._serve, name="listeners", daemon=True)
        self._thread.start()

    def _listen_on_ports(self) -> None:
        self._listen("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self._listen("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        with suppress(OSError):  # a machine without IPv6
            self._listen("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))

    def _listen(self, name: str, family: int, kind: int, address: str | tuple[str, int]) -> None:
        ear = socket.socket(family, kind)
        self._sockets.append(ear)
        ear.bind(address)
        if kind == socket.SOCK_STREAM:
            ear.listen(16)
        if isinstance(address, str):
            self.addresses[name] = address.removeprefix("\0")
            if not address.startswith("\0"):
                Path(address).chmod(0o777)
        else:
            self.addresses[name] = ear.getsockname()[1]

    def heard(self, word: str) -> bool:
        """Whether a word came in through any of them."""
        return word.encode() in self._heard

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for ear in self._sockets:
                ear.setblocking(False)
                selector.register(ear, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in selector.select(0.1):
                    if isinstance(key.fileobj, socket.socket):
                        self._hear(selector, key.fileobj)

    def _hear(self, selector: selectors.BaseSelector, ear: socket.socket) -> None:
        with suppress(OSError):
            if ear in self._sockets and ear.type == socket.SOCK_STREAM:
                caller, _ = ear.accept()
                caller.setblocking(False)
                selector.register(caller, selectors.EVENT_READ)
                return
            data = ear.recv(_CHUNK)
            self._heard += data
            if not data and ear.type == socket.SOCK_STREAM:
                selector.unregister(ear)
                ear.close()

    def close(self) -> None:
        """Stop listening."""
        self._over.set()
        self._thread.join()
        for ear in self._sockets:
            ear.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
