"""Notes what a script tries to reach and must not: an audit hook, installed just before the script begins.

It is a tell, never the boundary: a script can get round being noticed, or forge what is noted. What libraries do on
their own gives no note.
"""

import json
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hepcoder.sandbox.inside.places import Places
from hepcoder.sandbox.inside.watcher import Watcher

MOST_NOTES = 200
_MOST_CHARACTERS = 200


def watch_attempts(descriptor: int, visible: Mapping[str, Sequence[str]], *, script: str) -> None:
    """Note from now on, in this process and its forks, what is tried; cannot be taken back.

    Each attempt is one JSON object a line with ``kind`` and ``target``, as `records.Attempt` has them; each is written
    once, and at most `MOST_NOTES` are. A full or closed pipe is ignored.

    Args:
        descriptor: The writing end of a pipe; made non-blocking, and closed in programs that the script starts.
        visible: What may be touched without a note, besides Python and what the system's libraries need: ``read``,
            files and folders to read; ``write``, folders to read and write. Both may be missing.
        script: Absolute path of the script, as its code names it.
    """
    os.set_blocking(descriptor, False)
    os.set_inheritable(descriptor, False)
    places = Places(
        read=visible.get("read", ()),
        write=visible.get("write", ()),
        folder=os.path.dirname(script),  # noqa: PTH120
        home=os.environ.get("HOME", ""),
    )
    watcher = Watcher(_Pipe(descriptor).note, places, script)
    watcher.watch_environment()
    get = watcher.handlers().get

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        handler = get(event)
        if handler is not None:
            watcher.handle(handler, arguments)

    sys.addaudithook(hook)


class _Pipe:
    """Writes notes, each once, and only as long as the descriptor is the pipe that it was."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._identity = os.fstat(descriptor)
        self._noted: set[tuple[str, str]] = set()

    def note(self, kind: str, target: str) -> None:
        key = kind, target[:_MOST_CHARACTERS]
        if key in self._noted or len(self._noted) >= MOST_NOTES:
            return
        self._noted.add(key)
        now = os.fstat(self._descriptor)  # the script may have closed it and got its number for a file
        if stat.S_ISFIFO(now.st_mode) and os.path.samestat(now, self._identity):
            os.write(self._descriptor, json.dumps({"kind": key[0], "target": key[1]}).encode() + b"\n")
