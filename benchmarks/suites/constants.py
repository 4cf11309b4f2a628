"""The constants of a task: which values are allowed, and which one a seed draws."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Self, TypeAlias

from pydantic import Field, StrictFloat, StrictInt, StrictStr, model_validator

from hepcoder.ledger.record import Record

Value: TypeAlias = StrictInt | StrictFloat | StrictStr


class Range(Record):
    """Evenly spaced numbers, both ends allowed.

    Attributes:
        low: The smallest value.
        high: The largest value; a whole number of steps above `low`.
        step: Distance of two values, above 0.

    Example:
        >>> Range(low=0.1, high=0.4, step=0.1).values
        (0.1, 0.2, 0.3, 0.4)
    """

    low: StrictInt | StrictFloat
    high: StrictInt | StrictFloat
    step: StrictInt | StrictFloat

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        low, high, step = (Decimal(str(number)) for number in (self.low, self.high, self.step))
        if step <= 0 or high <= low or (high - low) % step:
            message = f"from {self.low} to {self.high} is no whole number of steps of {self.step}; change one of them"
            raise ValueError(message)
        return self

    @property
    def values(self) -> tuple[int | float, ...]:
        """All allowed values, rising; integers if all three numbers are, and without rounding dust otherwise."""
        low, high, step = (Decimal(str(number)) for number in (self.low, self.high, self.step))
        whole = all(isinstance(number, int) for number in (self.low, self.high, self.step))
        numbers = [low + step * index for index in range(int((high - low) / step) + 1)]
        return tuple(int(number) if whole else float(number) for number in numbers)


Allowed: TypeAlias = Range | Annotated[tuple[Value, ...], Field(min_length=1)]


def allowed_values(allowed: Allowed) -> tuple[Value, ...]:
    """The values that a constant may take.

    Example:
        >>> allowed_values((25, 30)), allowed_values(Range(low=1, high=3, step=1))
        ((25, 30), (1, 2, 3))
    """
    return allowed.values if isinstance(allowed, Range) else allowed


def draw_constants(constants: Mapping[str, Allowed], *, task: str, seed: int) -> dict[str, Value]:
    """Draw one value for each constant.

    A value depends on task, seed and the constant's own name, and on nothing else: a new constant changes no other.

    Args:
        constants: Allowed values by name.
        task: The task's name across suites, such as ``adl/q1``.
        seed: Seed of the trial.

    Returns:
        Values by name, in the order given.

    Example:
        >>> draw_constants({"pt_min": (25, 30, 35)}, task="adl/q1", seed=3)
        {'pt_min': 30}
    """
    return {
        name: (values := allowed_values(allowed))[stable_number(task, seed, name) % len(values)]
        for name, allowed in constants.items()
    }


def stable_number(*parts: object) -> int:
    """A number in 0 ... 2^63 - 1 that depends on the parts alone, in every version of everything.

    Example:
        >>> stable_number("adl/q1", 3, "data") == stable_number("adl/q1", 3, "data") != stable_number("adl/q1", 4)
        True
    """
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1
