"""The words that every part of a selection uses: names, operators, units."""

import difflib
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from hepcoder.ledger.errors import UserError

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,60}$")]
"""What a definition is called; a Python identifier, as it becomes a variable of the script."""

Comparison = Literal[">", ">=", "<", "<=", "==", "!="]
Below = Literal["<", "<="]
"""How a bound of a window is written: ``low < x`` or ``low <= x``."""

Unit = Literal["GeV", "MeV", "TeV", "rad", "cm", "mm"]
ChargeRule = Literal["opposite", "same"]
FlavourRule = Literal["same", "different"]

_IN_GEV = {"GeV": 1.0, "MeV": 1000.0, "TeV": 0.001}


class SelectionError(UserError):
    """A selection that does not fit itself or the data; names the part, and the nearest name that exists."""


def known_or_nearest(name: str, known: Iterable[str], most: int = 5) -> str:
    """The names nearest to a wrong one, for a message.

    Args:
        name: What was given.
        known: What there is.
        most: Number of names at most.

    Returns:
        The nearest names, else the first ones, separated by commas.

    Example:
        >>> known_or_nearest("Muons", ["Jet", "Muon", "Electron"])
        'Muon'
        >>> known_or_nearest("xyz", ["Jet", "Muon"])
        'Jet, Muon'
    """
    lower: dict[str, str] = {}
    for one in known:
        lower.setdefault(one.lower(), one)
    near = [lower[one] for one in difflib.get_close_matches(name.lower(), lower, n=most, cutoff=0.6)]
    near += [one for key, one in lower.items() if name.lower() in key and one not in near]
    return ", ".join((near or list(lower.values()))[:most])


def converted(value: float, unit: Unit | None, target: str | None, where: str) -> float:
    """A number in the unit of the quantity it is compared with.

    Args:
        value: The number as stated.
        unit: Its unit; None takes the number as it is.
        target: Unit of the quantity as delivered; None when the file does not tell.
        where: What is being compared, for the message.

    Returns:
        The number in the target's unit; unchanged where both are the same, so that 25 GeV stays exactly 25.

    Raises:
        SelectionError: The units measure different things, or need a conversion from an unknown unit.

    Example:
        >>> converted(25000.0, "MeV", "GeV", "pt")
        25.0
    """
    if unit is None or unit == target or (target is None and unit not in {"MeV", "TeV"}):
        return value
    if unit in _IN_GEV and target in _IN_GEV:
        return value / _IN_GEV[unit] * _IN_GEV[str(target)]
    if target is None:
        msg = f"{where}: {value:g} {unit} cannot be converted, as the unit of the data is not known; leave the unit out"
        raise SelectionError(msg)
    if {unit, target} == {"cm", "mm"}:
        return value * 10 if unit == "cm" else value / 10
    msg = f"{where}: {value:g} {unit} is compared with a quantity in {target}; state the number in {target}"
    raise SelectionError(msg)


def literal(value: float) -> str:
    """A number as a script writes it: whole ones without a point.

    Example:
        >>> literal(25.0), literal(2.4)
        ('25', '2.4')
    """
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
