"""Assembles seccomp filters: the small programs by which the kernel judges each system call."""

import errno
import struct
from collections.abc import Iterable
from dataclasses import dataclass

_LOAD = 0x20
_AND = 0x54
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_RETURN = 0x06
_AT_NUMBER, _AT_PROCESSOR, _AT_ARGUMENTS = 0, 4, 16
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERROR = 0x00050000
_ALL_BITS = 0xFFFFFFFF
_MAX_INSTRUCTIONS = 4096

PROCESSORS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


@dataclass(frozen=True)
class Condition:
    """A test on the low 32 bits of one argument: ``(argument & mask == value) is equal``.

    Attributes:
        argument: Which, from 0.
        value: What the masked argument is compared with.
        mask: Bits that count.
        equal: Whether the test holds when they are equal or when they differ.
    """

    argument: int
    value: int
    mask: int = _ALL_BITS
    equal: bool = True


@dataclass(frozen=True)
class Rule:
    """A system call that is not made but fails with an error when all conditions hold.

    Attributes:
        number: Of the system call.
        error: The `errno` that the caller gets; 0 for a call that does nothing and says that it worked.
        conditions: None means always.
    """

    number: int
    error: int
    conditions: tuple[Condition, ...] = ()


def assemble(processor: str, rules: Iterable[Rule], *, last_number: int) -> bytes:
    """Return a filter that allows everything but what the rules refuse.

    A call by the numbers of another processor kills the process.

    Args:
        processor: One of `PROCESSORS`.
        rules: The first that fits decides.
        last_number: Calls with higher numbers fail as unknown to the kernel; the x32 numbers of x86_64 are such.

    Raises:
        ValueError: There are more rules than the kernel takes.
    """
    program = [
        _step(_LOAD, _AT_PROCESSOR),
        _step(_JUMP_EQUAL, PROCESSORS[processor], if_true=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _AT_NUMBER),
        _step(_JUMP_AT_LEAST, last_number + 1, if_false=1),
        _step(_RETURN, _ERROR | errno.ENOSYS),
    ]
    for rule in rules:
        body = _body(rule)
        program += [_step(_JUMP_EQUAL, rule.number, if_false=len(body)), *body]
    program.append(_step(_RETURN, _ALLOW))
    if len(program) > _MAX_INSTRUCTIONS:
        message = f"the filter has {len(program)} instructions, more than {_MAX_INSTRUCTIONS}"
        raise ValueError(message)
    return b"".join(program)


def _body(rule: Rule) -> list[bytes]:
    """Return the steps after the number matched; when a condition fails they end by loading the number again."""
    sizes = [2 if condition.mask == _ALL_BITS else 3 for condition in rule.conditions]
    steps: list[bytes] = []
    for place, condition in enumerate(rule.conditions):
        steps.append(_step(_LOAD, _AT_ARGUMENTS + 8 * condition.argument))
        if condition.mask != _ALL_BITS:
            steps.append(_step(_AND, condition.mask))
        to_reload = sum(sizes[place + 1 :]) + 1
        jumps = {"if_false" if condition.equal else "if_true": to_reload}
        steps.append(_step(_JUMP_EQUAL, condition.value, **jumps))
    steps.append(_step(_RETURN, _ERROR | rule.error))
    return [*steps, _step(_LOAD, _AT_NUMBER)] if rule.conditions else steps


def _step(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
