"""Applies the rules, and says what is known near a failure."""

import re

from hepcoder.ledger.failures import Failure
from hepcoder.tools.pyfix import (
    array_errors,
    array_rules,
    axis_rules,
    branch_errors,
    call_errors,
    field_rules,
    file_errors,
    import_rules,
    line_rules,
    name_rules,
    order_errors,
    output_errors,
    output_rules,
    package_rules,
    text_rules,
    unit_rules,
    write_rules,
)
from hepcoder.tools.pyfix.edits import parse
from hepcoder.tools.pyfix.field_rules import wrong_names
from hepcoder.tools.pyfix.records import ErrorRule, Known, Repair, Rule, Seen

RULES: tuple[Rule, ...] = (
    *text_rules.RULES,
    *line_rules.RULES,
    *text_rules.BRACKETS,
    *text_rules.PROSE,
    *package_rules.RULES,
    *name_rules.RULES,
    *import_rules.RULES,
    *field_rules.RULES,
    *array_rules.RULES,
    *axis_rules.RULES,
    *unit_rules.RULES,
    *write_rules.RULES,
    *write_rules.NPZ_RULES,
    *output_rules.RULES,
)
ERROR_RULES: tuple[ErrorRule, ...] = (
    *call_errors.RULES,
    *order_errors.RULES,
    *array_errors.RULES,
    *file_errors.RULES,
    *branch_errors.RULES,
    *output_errors.RULES,
)
"""Rules that need to have seen the error, as they would change right code too."""


def repair_script(source: str, known: Known, failure: Failure | None = None, traceback: str = "") -> Repair:
    r"""Repair what rules can; a script in which nothing is wrong comes back byte for byte.

    Args:
        source: The script.
        known: What is known of data and outputs.
        failure: What is wrong with it; None before it ran.
        traceback: Its traceback; empty before it ran.

    Returns:
        The script and the rules that changed it. No rule makes Python of it worse: a change that no longer parses is
        dropped. After a failure, the first rule for this error that changes the script is the only one, and only
        where no rule finds anything wrong without the error.

    Example:
        >>> repair_script("x = np.pi\n", Known()).source
        'import numpy as np\nx = np.pi\n'
    """
    applied: list[str] = []
    for rule in RULES:
        changed = rule.fix(source, known)
        if changed != source and (parse(changed) is not None or parse(source) is None):
            source = changed
            applied.append(rule.name)
    if failure is None or applied:
        return Repair(source=source, rules=tuple(applied))
    seen = Seen(failure.message, failure.line, traceback)
    for after in ERROR_RULES:
        changed = after.fix(source, known, seen)
        if changed != source and parse(changed) is not None:
            return Repair(source=changed, rules=(after.name,))
    return Repair(source=source)


def hints(source: str, known: Known, failure: Failure, traceback: str) -> tuple[str, ...]:
    """What is true near a failure, in sentences for a model.

    Args:
        source: The script that failed.
        known: What is known of data and outputs.
        failure: What is wrong with it.
        traceback: Its traceback; empty when it did not come from a run.

    Returns:
        At most five sentences; empty when nothing is known.
    """
    error = f"{traceback}\n{failure.message}"
    found = [f"{one.what}; there is {', '.join(one.options[:16])}." for one in wrong_names(source, known)]
    found += [text for pattern, text in _ADVICE if re.search(pattern, error)]
    line = source.split("\n")[failure.line - 1] if failure.line and failure.line <= source.count("\n") + 1 else ""
    for name, fields in known.collections.items():
        if re.search(rf"\b{re.escape(name)}\b", line):
            kind = "a list of objects for each event" if name in known.jagged else "one object for each event"
            found.append(f"events.{name} is {kind}, with {', '.join(fields[:16])}.")
    return tuple(dict.fromkeys(found))[:5]


_ADVICE = (
    (
        r"cannot broadcast|broadcast nested list|jagged|cannot fit jagged",
        (
            "Arrays of objects (a list for each event) and arrays of events (one entry for each event) do not mix: use "
            "count(objects) or ak.any(condition, axis=1) to get one entry for each event, and select objects only with "
            "conditions on the same objects."
        ),
    ),
    (
        r"truth value of an array|bool\(\)|ambiguous",
        "Use & | ~ between arrays, with parentheses around each comparison, and no `if` on arrays.",
    ),
    (
        r"no field named|has no attribute",
        "Awkward arrays have no numpy methods: write ak.sum(x), ak.mean(x), ak.max(x), ak.num(x).",
    ),
    (
        r"None|missing",
        (
            "leading(objects) is None for events without such an object; ak.mean, ak.max, ak.sum and the functions "
            "that save skip None."
        ),
    ),
    (
        r"same length|different lengths|dimension|entries for",
        "All masks must be made from the same, uncut `events`; apply the mask only at the end.",
    ),
    (r"is nan|is inf|NaN", "The mean of an empty selection is NaN: check the selection."),
)
