"""The results as tables for people."""

from collections import Counter
from collections.abc import Iterable, Sequence

from hepcoder.benchmarks.faults.measuring import Measurement
from hepcoder.benchmarks.faults.records import Half, Result
from hepcoder.benchmarks.statistics.proportions import wilson

HALVES: tuple[Half, ...] = ("development", "held-out")


def true_faults(results: Iterable[Result], half: Half | None = None) -> list[Result]:
    """The results of what is a fault indeed, of one half or of both."""
    return [one for one in results if one.effect is not None and half in {None, one.fault.half}]


def cured_share(results: Sequence[Result]) -> float:
    """The share that is cured; 0 for none."""
    return sum(one.ending == "cured" for one in results) / len(results) if results else 0.0


def report(measurement: Measurement) -> str:
    """All tables: both halves, effects, kinds, and what was left untouched."""
    faults = true_faults(measurement.results)
    kinds, n = len({one.fault.kind for one in faults}), len(measurement.programs)
    wrong = [one for one in faults if one.ending == "wrong"]
    idle = len(measurement.results) - len(faults)
    listed = "".join(f"; not {name}" for name in measurement.touched)
    lines = [
        f"{len(faults)} faults of {kinds} kinds in {n} correct programs",
        f"{idle} changes that change no result left out",
        f"correct programs left untouched: {n - len(measurement.touched)} of {n}{listed}",
        "",
        "cured by rules alone, with Wilson's interval at 95 %:",
        _line("all", faults),
        *(_line(half, true_faults(faults, half)) for half in HALVES),
        "",
        "by what the fault does as it stands:",
        *_groups(faults, [one.effect or "" for one in faults]),
        "",
        "by what was done wrong:",
        *_groups(faults, [one.fault.kind for one in faults]),
        "",
        f"rules at work: {_counted(rule for one in faults if one.ending == 'cured' for rule in one.rules)}",
        f"run to their end with another result: {len(wrong)}",
        f"of these, before the rules too: {sum(one.effect == 'silent' for one in wrong)}",
    ]
    return "\n".join(lines)


def _groups(faults: Sequence[Result], names: Sequence[str]) -> list[str]:
    found = dict.fromkeys(sorted(names))
    return [_line(name, [one for one, group in zip(faults, names, strict=True) if group == name]) for name in found]


def _line(name: str, results: Sequence[Result]) -> str:
    cured = sum(one.ending == "cured" for one in results)
    interval = wilson(cured, len(results))
    shares = f"{cured / len(results):5.0%}  [{interval.low:4.0%}, {interval.high:4.0%}]" if interval else "    -"
    wrong = sum(one.ending == "wrong" for one in results)
    return f"  {name:<26}{cured:4} of {len(results):3}  {shares}" + (f"  {wrong} run and are wrong" if wrong else "")


def _counted(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in Counter(names).most_common())
