"""What the name of a required number says it is: a count, or a statistic of a quantity."""

import re

from hepcoder.agents.drafting.histograms import Frame

_CHOSEN = re.compile(r"n(?:um|_events)?_(?:selected|pass(?:ed|ing)?)(?:_events)?|n_events")
_WHOLE = re.compile(r"\btotal\b|\ball events\b|\bin the file\b|number of events,? and", re.IGNORECASE)
_STATISTICS = {
    "mean": "mean", "average": "mean", "avg": "mean", "std": "std", "rms": "std",
    "max": "max", "maximum": "max", "largest": "max", "highest": "max",
    "min": "min", "minimum": "min", "smallest": "min", "lowest": "min",
}  # fmt: skip
_WORDS = "|".join(_STATISTICS)
_STATISTIC = re.compile(
    rf"(?:(?P<before>{_WORDS})_(?P<of>\w+)|(?P<what>\w+?)_(?P<after>{_WORDS}))(?:_gev)?", re.IGNORECASE
)


def number_of(name: str, request: str, frame: Frame) -> str | None:
    """The expression of a number whose name says what it is; None for other names.

    Example:
        >>> number_of("n_taus", "Count the taus", Frame(("taus",), ()))
        'ak.sum(count(taus))'
        >>> number_of("mean_ditau_mass", "", Frame(("taus", "mass", "selected"), ()))
        'ak.mean(mass[selected])'
    """
    noun = name.removeprefix("n_")
    if noun != name and noun in frame.variables and noun not in {"selected", "events"}:
        return f"ak.sum(count({noun}))"
    if _CHOSEN.fullmatch(name) and frame.chosen and (name != "n_events" or not _WHOLE.search(request)):
        return "ak.sum(selected)"
    return _statistic(name, frame)


def _statistic(name: str, frame: Frame) -> str | None:
    match = _STATISTIC.fullmatch(name)
    if match is None:
        return None
    quantity = _quantity((match["of"] or match["what"]).lower(), frame)
    function = _STATISTICS[(match["before"] or match["after"]).lower()]
    return None if quantity is None else f"ak.{function}({quantity}{frame.chosen})"


def _quantity(name: str, frame: Frame) -> str | None:
    """What a name such as ``ditau_mass``, ``ht``, ``met`` or ``leading_tau_pt`` stands for in the script."""
    if name in frame.variables:
        return name
    if name in frame.columns:
        return f"events.{name}"
    if name in {"met", "met_pt"}:
        return frame.met
    if name in {"ht", "h_t"} and "event_ht" in frame.variables:
        return "event_ht"
    if name.startswith("n_") and name.removeprefix("n_") in frame.variables:
        return f"count({name.removeprefix('n_')})"
    return _mass(name, frame) or _field(name, frame)


def _mass(name: str, frame: Frame) -> str | None:
    masses = [one for one in frame.variables if one == "mass" or one.endswith("_mass")]
    return masses[0] if re.fullmatch(r"(?:\w+_)?(?:m|mass)", name) and len(masses) == 1 else None


def _field(name: str, frame: Frame) -> str | None:
    match = re.fullmatch(r"(\w+?)s?_(pt|eta|phi)", name)
    objects = () if match is None else (match[1], f"{match[1]}s")
    found = next((one for one in objects if one in frame.variables and not one.endswith("_cut")), None)
    return None if match is None or found is None else f"{found}.{match[2]}"
