"""Runs a script as ``python script.py`` would, in a process that is there already.

As a program, ``python execute.py`` does so in a fresh interpreter: its one argument is JSON with ``script``, ``notes``
and ``visible``.
"""

import builtins
import json
import sys
import types
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import NoReturn

from hepcoder.sandbox.inside.notes import watch_attempts


def execute(script: str, notes: int, visible: dict[str, list[str]]) -> NoReturn:
    """Run a script as the main module and end as it ends, with its exit code.

    Call it with nothing left to do: the interpreter is on its way out when this ends.

    Args:
        script: Absolute path.
        notes: Descriptor to write attempts to.
        visible: What a script may touch without being noted, as `notes.watch_attempts` takes it.

    Raises:
        SystemExit: Always.
    """
    path = Path(script)
    main = types.ModuleType("__main__")
    main.__file__ = script
    main.__loader__ = SourceFileLoader("__main__", script)
    main.__dict__.update(__builtins__=builtins, __cached__=None, __annotations__={})
    sys.modules["__main__"] = main
    sys.argv = [path.name]
    sys.path.insert(0, str(path.parent))
    watch_attempts(notes, visible, script=script)
    try:
        exec(compile(path.read_bytes(), script, "exec", dont_inherit=True), main.__dict__)  # noqa: S102 - the purpose
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - foreign code; told as the interpreter would tell it
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # the frame here is ours
        sys.excepthook(type(error), error, error.__traceback__)
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    del sys.path[0]
    execute(**json.loads(sys.argv[1]))
