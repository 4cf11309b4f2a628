"""The first program inside a sandbox: lowers its own rights and limits, then becomes the script's Python.

It runs as a file, with the standard library alone, before anything foreign does. Its one argument is JSON:
``limits`` (name of the rlimit to its value), ``uid`` (user to become, or null), ``folder`` (where to work),
``filter`` (seccomp program as hex, or null), ``ready`` (descriptor to report on) and ``argv``. It writes ``R`` there
when all is set, and ``E`` with the reason when something failed.
"""

import ctypes
import json
import os
import resource
import sys
from pathlib import Path

_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_LAST_CAPABILITY = 63
_CAPSET_VERSION = 0x20080522


def _prctl(option: int, first: object, second: object = 0) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, first, second, 0, 0) == 0:
        return 0
    return ctypes.get_errno()


def _become(uid: int) -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        _prctl(_PR_CAPBSET_DROP, capability)  # an unknown capability is refused and need not be dropped
    libc = ctypes.CDLL(None, use_errno=True)
    header, nothing = (ctypes.c_uint32 * 2)(_CAPSET_VERSION, 0), (ctypes.c_uint32 * 6)()
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if libc.capset(header, nothing):  # the inheritable set outlives the change of user
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")


def _install(program: bytes) -> None:
    sys.path.append(str(Path(__file__).parents[3]))
    from hepcoder.sandbox.inside.filter import install_filter

    install_filter(program)


def main() -> None:
    """Apply the settings and become the script's Python; exits with 125 when one of them fails."""
    settings = json.loads(sys.argv[1])
    ready = settings["ready"]
    try:
        os.set_inheritable(ready, False)
        if settings["uid"] is not None:
            _become(settings["uid"])
        if error := _prctl(_PR_SET_NO_NEW_PRIVS, 1):
            raise OSError(error, "no_new_privs was refused")  # noqa: TRY301 - reported to the host below
        os.environ["PWD"] = settings["folder"]
        os.chdir(settings["folder"])  # the folder may be closed to the user we were before
        for name, value in settings["limits"].items():
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (allowed, allowed))
        if settings["filter"] is not None:
            _install(bytes.fromhex(settings["filter"]))
        os.write(ready, b"R")
        os.execv(settings["argv"][0], settings["argv"])  # noqa: S606 - replacing this process is the purpose
    except (OSError, ValueError) as error:
        os.write(ready, b"E" + str(error).encode())
        os._exit(125)


if __name__ == "__main__":
    main()
