"""How whoever conducts a study tells all who work on it to slow down: by a file that everybody looks at."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from hepcoder.ledger.files import write_atomically

Order = Literal["go", "drain", "stop"]
_ORDERS: tuple[Order, ...] = ("go", "drain", "stop")
_LOOK_SECONDS = 0.25


class Control:
    """The standing order of a study: ``go``, ``drain`` (finish what is begun) or ``stop`` (leave it, to be resumed).

    Args:
        folder: The study's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "order"

    def give(self, order: Order) -> None:
        """Give an order.

        Raises:
            StorageError: It cannot be written.
        """
        write_atomically(self._path, [order.encode()])

    def read(self) -> Order:
        """The order that stands; ``stop`` when the study's folder has gone."""
        try:
            text = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return "go" if self._path.parent.is_dir() else "stop"
        except OSError:
            return "stop"
        return next((order for order in _ORDERS if order == text), "stop")


class Watch:
    """Follows the standing order in a thread of its own, until it is closed.

    Attributes:
        drain: Set when nothing new is to be begun.
        stop: Set when what is begun is to be left.

    Args:
        control: The order.
        alive: Asked now and then; when it says False, everything stops.
    """

    def __init__(self, control: Control, alive: Callable[[], bool] = lambda: True) -> None:
        self.drain = threading.Event()
        self.stop = threading.Event()
        self._control = control
        self._alive = alive
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="hepcoder-order", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Follow no more."""
        self._closed.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            order = self._control.read() if self._alive() else "stop"
            if order != "go":
                self.drain.set()
            if order == "stop":
                self.stop.set()
                return
