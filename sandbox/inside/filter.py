"""Loads a seccomp filter, by which the kernel judges every later system call of this process and its children."""

import ctypes
import os
import struct

# In a filter, the process that loads it: a filter is made before that process is there. No process has this number.
LOADING_PROCESS = 0x7FFFFFFF

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_INSTRUCTION = "=HBBI"


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def install_filter(program: bytes) -> None:
    """Put the calling thread, and all that it starts from now on, under a filter, for good.

    Other threads of the process stay as they are, so call it while there are none.

    Args:
        program: What `kernel.seccomp.script_filter` returned; `LOADING_PROCESS` in it becomes this process.

    Raises:
        OSError: The kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *(ctypes.c_ulong(value) for value in (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")
    program = b"".join(_for_this_process(step) for step in struct.iter_unpack(_INSTRUCTION, program))
    memory = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // struct.calcsize(_INSTRUCTION), ctypes.addressof(memory))
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(header)):
        raise OSError(ctypes.get_errno(), "the seccomp filter was refused")


def _for_this_process(step: tuple[int, int, int, int]) -> bytes:
    code, if_true, if_false, value = step
    return struct.pack(_INSTRUCTION, code, if_true, if_false, os.getpid() if value == LOADING_PROCESS else value)
