"""The script's frame, made from file facts and the output contract by rules; the model completes it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from hepcoder.agents.drafting.histograms import Frame, binning, histogrammed
from hepcoder.agents.drafting.numbers import number_of
from hepcoder.agents.drafting.proposals import CUTFLOW, cutflow_names, proposed_lines, relevant_by_kind
from hepcoder.agents.drafting.reading import Reading, read_request
from hepcoder.agents.drafting.training import asks_for_training, training_skeleton
from hepcoder.tools.contract import Output
from hepcoder.tools.inspect import FileFacts, relevant_collections

_NUMBER = r"-?\d+(?:\.\d+)?"


def build_skeleton(request: str, facts: Sequence[FileFacts], outputs: Sequence[Output]) -> str:
    """The frame of a script: reading, what rules could read of the request, and a gap for each result.

    Args:
        request: The request in plain language.
        facts: The inputs.
        outputs: What must be written.

    Returns:
        Python with ``...`` where the model has to write; without inputs, only imports and outputs.
    """
    if asks_for_training(request, facts):
        return training_skeleton(request, facts, outputs)
    lines = ["import awkward as ak", "import numpy as np", "", "from hepcoder.tools import TOOLS", ""]
    reading = Reading()
    if facts:
        lines += _reading_lines(request, facts)
        reading = read_request(request, facts[0].layout, relevant_by_kind(request, facts[0]))
        lines += proposed_lines(request, reading, facts[0], outputs)
    frame = Frame.of(lines, facts)
    lines += ["", "# results", *_results(request, reading, outputs, frame), *_saving(request, outputs, frame)]
    used = [name for name in TOOLS if re.search(rf"\b{name}\(", "\n".join(lines))]
    return "\n".join(lines).replace("import TOOLS", "import " + ", ".join(used or ["save_json"])) + "\n"


TOOLS = (
    "Cutflow", "count", "ht", "invariant_mass", "leading", "opposite_sign_pairs", "pairs", "plot_histogram",
    "read_events", "save_csv", "save_histogram", "save_json", "save_npz", "transverse_mass",
)  # fmt: skip


def _reading_lines(request: str, facts: Sequence[FileFacts]) -> list[str]:
    lines = []
    for number, one in enumerate(facts):
        name = PurePath(one.path).name
        wanted = relevant_collections([one], request)
        listed = ", ".join(f'"{n}"' for n in wanted)
        variable = "events" if number == 0 else f"events{number + 1}"
        whole = not any(c.name in wanted for c in one.layout.collections)
        lines.append(
            f'{variable} = read_events("{name}")' if whole else f'{variable} = read_events("{name}", [{listed}])'
        )
    return lines


def _results(request: str, reading: Reading, outputs: Sequence[Output], frame: Frame) -> Iterator[str]:
    rows = cutflow_names(reading, outputs) if CUTFLOW.search(request) else []
    for output in outputs:
        if output.kind == "json":
            for field in output.fields:
                known = (
                    f'cutflow.counts["{field.name}"]' if field.name in rows else number_of(field.name, request, frame)
                )
                yield f"{variable(field.name)} = {known or '...'}"
    if any(output.kind in {"npz", "png", "pdf", "svg"} for output in outputs):
        yield f"values = {histogrammed(request, frame) or '...'}  # one number for each entry of the histogram"


def variable(name: str) -> str:
    """A variable for an output name, apart from Python's own names."""
    name = re.sub(r"\W", "_", name)
    return (
        f"n_{name}"
        if name in {"all", "sum", "min", "max", "len", "abs", "range", "any"} or name[:1].isdigit()
        else name
    )


_OPEN = '"...": ...'


def _saving(request: str, outputs: Sequence[Output], frame: Frame) -> Iterator[str]:
    for output in outputs:
        names = [field.name for field in output.fields]
        if output.kind == "json":
            inside = ", ".join(f'"{name}": {variable(name)}' for name in names)
            whole = not names and CUTFLOW.search(request) and "cut" in output.file
            yield f'cutflow.save("{output.file}")' if whole else f'save_json("{output.file}", {{{inside or _OPEN}}})'
        elif output.kind == "npz" and set(names) <= {"counts", "edges"}:
            yield f'save_histogram("{output.file}", values{binning(request, frame)})'
        elif output.kind == "npz":
            yield f'save_npz("{output.file}", {", ".join(f"{name}=..." for name in names)})'
        elif output.kind in {"png", "pdf", "svg"}:
            yield f'plot_histogram("{output.file}", values{binning(request, frame)}, xlabel="...")'
        elif output.kind == "csv":
            yield f'save_csv("{output.file}", {", ".join(f"{name}=..." for name in names) or "..."})'
        else:
            yield f"# write {output.file}" + (f" with {', '.join(names)}" if names else "")
