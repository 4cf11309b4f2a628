"""Worked examples of the forms, to show to a model."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.forms import FORMS, FormName, merge_answers

_FILE = Path(__file__).with_name("examples.yaml")
_LHCO = "collections Electron, Muon, Photon, Tau, Jet, MET"


class WorkedExample(Record):
    """A request over LHCO files or a flat table, and the answer to each form.

    Attributes:
        request: The request.
        data: What the data offer, in a few words.
        outputs: Its output contract.
        answers: By form.
    """

    request: str
    data: str = _LHCO
    outputs: tuple[str, ...]
    answers: Mapping[FormName, Mapping[str, Any]]

    @property
    def is_flat(self) -> bool:
        """Whether its data have one value for each event and no lists of objects."""
        return self.data != _LHCO

    @property
    def answer(self) -> Mapping[str, Any]:
        """The answers to all forms as one."""
        return merge_answers([self.answers[form] for form in FORMS])


def nearest_examples(request: str, most: int, *, flat: bool = False) -> tuple[WorkedExample, ...]:
    """The examples that share most words with a request, the nearest last, where a model minds it most.

    Args:
        request: The request.
        most: How many at most.
        flat: Whether the data have no lists of objects; examples of the other kind would lead astray.

    Example:
        >>> [one.outputs for one in nearest_examples("two photons outside the crack, b-tagged jets", 1)]
        [('cutflow.json',)]
    """
    words = _words(request)
    fitting = [one for one in worked_examples() if one.is_flat == flat]
    ranked = sorted(fitting, key=lambda one: len(words & _words(one.request)))
    return tuple(ranked[-most:])


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[a-z]{2,}|[a-z]-[a-z]+", text.lower())}


def worked_examples() -> tuple[WorkedExample, ...]:
    """All examples: leading objects; a crack, a veto, a ratio; a pair nearest to a mass; all pairs; columns.

    Example:
        >>> [len(one.answers) for one in worked_examples()]
        [5, 5, 5, 5, 5]
    """
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(WorkedExample.model_validate(entry) for entry in entries)
