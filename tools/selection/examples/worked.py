"""The worked examples: requests, and the answer to each."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hepcoder.ledger.record import Record
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.examples.data import layout_of, layout_of_columns
from hepcoder.tools.selection.forms import FormName
from hepcoder.tools.selection.nested import texts_in

_FOLDER = Path(__file__).parent
_NO_EXAMPLES = "data.yaml"
_LISTS = ("objects", "candidates", "quantities", "cuts", "categories")
_RESULTS = ("histograms", "values", "tables")
_MADE = frozenset({"leptons", "remaining", "softer"})  # lists that are asked for with the candidates
_KINEMATIC = frozenset({"pt", "eta", "phi", "mass"})


class WorkedExample(Record):
    """A request over some data, and the answer to it.

    Attributes:
        request: The request.
        data: A kind of data with lists of objects, or the columns of a table.
        outputs: Its output contract.
        answer: All forms in one, every part there.
    """

    request: str
    data: str | tuple[str, ...]
    outputs: tuple[str, ...]
    answer: Mapping[str, Any]

    @property
    def is_flat(self) -> bool:
        """Whether its data have one value for each event and no lists of objects."""
        return not isinstance(self.data, str)

    @property
    def layout(self) -> Layout:
        """What its data offer."""
        return layout_of(self.data) if isinstance(self.data, str) else layout_of_columns(self.data)

    @property
    def data_text(self) -> str:
        """What its data offer, as far as the answer needs it, in a line.

        Example:
            >>> [one.data_text for one in worked_examples() if "crack" in one.request][0]
            'Jet (btag), Photon (btag)'
        """
        if not isinstance(self.data, str):
            return f"columns {', '.join(name.split()[0] for name in self.data)}"
        used = {part for text in texts_in(self.answer) for part in (text, text.strip("|"))}
        lists = [
            f"{one.name} ({', '.join(fields)})" if fields else one.name
            for one in self.layout.collections
            if one.name in used
            for fields in [[field.name for field in one.fields if field.name in used - _KINEMATIC]]
        ]
        single = [field.branch for one in self.layout.collections for field in one.fields if field.branch in used]
        columns = [one.name for one in self.layout.columns if one.name in used]
        return ", ".join([*lists, *single, *columns])

    @property
    def answers(self) -> Mapping[FormName, Mapping[str, Any]]:
        """The answer form by form."""
        lists = self.answer["objects"]
        return {
            "objects": {"objects": [one for one in lists if one["kind"] not in _MADE]},
            "candidates": {
                "objects": [one for one in lists if one["kind"] in _MADE],
                "candidates": self.answer["candidates"],
            },
            "quantities": {"quantities": self.answer["quantities"]},
            "cuts": {"cuts": self.answer["cuts"], "categories": self.answer["categories"]},
            "results": {part: self.answer[part] for part in (*_RESULTS, "weight") if part in self.answer},
        }


@cache
def worked_examples() -> tuple[WorkedExample, ...]:
    """All examples, over lists of objects and over tables.

    Example:
        >>> {len(one.answers) for one in worked_examples()}
        {5}
    """
    files = sorted(path for path in _FOLDER.glob("*.yaml") if path.name != _NO_EXAMPLES)
    return tuple(example_of(entry) for path in files for entry in yaml.safe_load(path.read_text(encoding="utf-8")))


def example_of(entry: Mapping[str, Any]) -> WorkedExample:
    """An example as a file states it, where parts of the answer that are empty are left out.

    Args:
        entry: ``request``, ``data``, ``outputs`` and ``answer``.

    Raises:
        ValidationError: Something else is missing, or is there that does not belong.
    """
    empty: dict[str, Any] = {part: [] for part in _LISTS} | {part: {} for part in _RESULTS}
    return WorkedExample.model_validate({**entry, "answer": empty | entry["answer"]})
