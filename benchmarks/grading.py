"""Grades what a script left on disk against what the reference left; printed claims count for nothing."""

from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hepcoder.benchmarks.graders.histograms import check_histogram
from hepcoder.benchmarks.graders.identities import check_ids
from hepcoder.benchmarks.graders.numbers import WrongError, as_floats, check_close, check_exact, row_order
from hepcoder.benchmarks.graders.plots import check_plot
from hepcoder.benchmarks.graders.reading import UnreadableError, Values, read_named
from hepcoder.benchmarks.suites.checks import covered_names, split_target
from hepcoder.benchmarks.suites.programs import compiled
from hepcoder.benchmarks.suites.task import BenchTask, Rule
from hepcoder.benchmarks.suites.variant import Variant
from hepcoder.ledger.record import Record
from hepcoder.tools.contract import Output


class Grade(Record):
    """What the artefacts are worth.

    Attributes:
        verdict: ``pass``: every rule holds. ``fail``: one does not. ``harness_error``: the grader itself or the
            reference's outputs failed, which says nothing about the script.
        reasons: Why it is not a pass, in words; empty for a pass.
    """

    verdict: Literal["pass", "fail", "harness_error"]
    reasons: tuple[str, ...] = ()


class GraderError(Exception):
    """The reference's outputs or a rule cannot be used."""


def grade(task: BenchTask, variant: Variant, outputs: Path) -> Grade:
    """Compare the outputs of a script with the expected ones.

    Nothing in the files is run or followed: no pickles, no links; sizes are bounded. Other files in the folder do not
    matter, other names in a file of the contract do.

    Args:
        task: The task, unchanged since the variant was made.
        variant: The variant that the script was run on.
        outputs: The folder that the script wrote to.

    Returns:
        The grade; never an exception.
    """
    try:
        _check_unchanged(task, variant)
        reasons = [reason for output in task.contract for reason in _grade_file(task, variant, output, outputs)]
    except Exception as error:  # noqa: BLE001  a crash of the grader is an answer of its own, never a fail
        return Grade(verdict="harness_error", reasons=(f"{type(error).__name__}: {error}",))
    return Grade(verdict="fail" if reasons else "pass", reasons=tuple(reasons))


def _check_unchanged(task: BenchTask, variant: Variant) -> None:
    if (variant.suite, variant.task, variant.task_digest) != (task.suite, task.id, task.digest):
        message = f"{task.name} was changed since this variant was made, or is another task; make the variant again"
        raise GraderError(message)


def _grade_file(task: BenchTask, variant: Variant, output: Output, outputs: Path) -> list[str]:
    try:
        expected = read_named(variant.expected, output)
    except UnreadableError as error:
        message = f"the reference's {error}"
        raise GraderError(message) from error
    try:
        found = read_named(outputs, output)
    except UnreadableError as error:
        return [str(error)]
    reasons: list[str] = []
    for target, rule in task.grading.items():
        file, name = split_target(target)
        if file == output.file:
            reasons += _graded(_Case(task, variant, output, target, name, rule), found, expected)
    return reasons


class _Case(NamedTuple):
    """One rule on one file."""

    task: BenchTask
    variant: Variant
    output: Output
    where: str
    name: str
    rule: Rule


def _graded(case: _Case, found: Values, expected: Values) -> list[str]:
    rule, name = case.rule, case.name
    if rule.by is not None and rule.kind in ("exact", "relative", "absolute", "pull"):
        orders = row_order(found[rule.by], expected[rule.by], rule.by)
        if isinstance(orders, str):
            return [orders]
        try:
            found = {**found, name: _reordered(found[name], orders[0])}
        except (TypeError, IndexError):
            return [f"{case.where} has not one row for each {rule.by!r}"]
        names = [name, rule.uncertainty] if rule.uncertainty else [name]
        expected = {**expected, **{each: _reordered(expected[each], orders[1]) for each in names}}
    return _KINDS[rule.kind](case, found, expected)


def _reordered(value: Any, order: Any) -> Any:
    if len(value) != len(order):
        raise IndexError
    return [value[n] for n in order] if isinstance(value, list) else value[list(order)]


def _exact(case: _Case, found: Values, expected: Values) -> list[str]:
    return check_exact(found[case.name], expected[case.name], case.where)


def _close(case: _Case, found: Values, expected: Values) -> list[str]:
    unit = 1.0 if case.rule.uncertainty is None else as_floats(expected[case.rule.uncertainty], case.rule.uncertainty)
    return check_close(found[case.name], expected[case.name], case.where, case.rule, unit)


def _histogram(case: _Case, found: Values, expected: Values) -> list[str]:
    names = covered_names(case.rule, case.output, case.name)
    return check_histogram({n: found[n] for n in names}, {n: expected[n] for n in names}, case.rule)


def _ids(case: _Case, found: Values, expected: Values) -> list[str]:
    return check_ids(found[case.name], expected[case.name], case.where)


def _plot(case: _Case, found: Values, expected: Values) -> list[str]:  # noqa: ARG001  any drawing will do
    return check_plot(found[case.name], case.where)


def _custom(case: _Case, found: Values, expected: Values) -> list[str]:  # noqa: ARG001  it reads what it needs
    """A function of the suite; one with a parameter `found` is given the other values of the file too."""
    file, _, function = (case.rule.function or "").partition(":")
    path = case.task.folder / file
    check = compiled(path.read_text(encoding="utf-8"), function, str(path))
    more = {"found": found} if "found" in signature(check).parameters else {}
    constants = dict(case.variant.constants)
    try:
        return [str(reason) for reason in check(found[case.name], case.variant.expected, constants, **more)]
    except WrongError as error:
        return [str(error)]


_KINDS: Mapping[str, Callable[[_Case, Values, Values], list[str]]] = {
    "exact": _exact,
    "relative": _close,
    "absolute": _close,
    "pull": _close,
    "histogram": _histogram,
    "ids": _ids,
    "plot": _plot,
    "custom": _custom,
}
