"""Worked examples of the forms, to show to a model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.forms import FormName

_FILE = Path(__file__).with_name("examples.yaml")


class WorkedExample(Record):
    """A request over LHCO files, and the answer to each form.

    Attributes:
        request: The request.
        outputs: Its output contract.
        answers: By form.
    """

    request: str
    outputs: tuple[str, ...]
    answers: Mapping[FormName, Mapping[str, Any]]


def worked_examples() -> tuple[WorkedExample, ...]:
    """All examples: leading objects and MET; a crack, a veto and a ratio; a pair nearest to a mass and what it leaves.

    Example:
        >>> [len(one.answers) for one in worked_examples()]
        [5, 5, 5]
    """
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(WorkedExample.model_validate(entry) for entry in entries)
