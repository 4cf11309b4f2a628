"""Reads from a request what rules can read: the output files it names or needs."""

import re

from hepcoder.tools.contract import Output
from hepcoder.tools.outputs import parse_output

_FILE = re.compile(
    r"(?<![\w/.-])((?:[\w-]+/)*[A-Za-z0-9_][\w-]*(?:\.[\w-]+)*\.(?:json|npz|npy|csv|parquet|png|pdf|svg|root|txt))(?![\w-])"
)
_PLOT = re.compile(r"\b(plot|histogram|spectrum|distribution|figure|png|draw)\w*\b", re.IGNORECASE)
_ARRAYS = re.compile(r"\bnpz\b", re.IGNORECASE)
_CUTFLOW = re.compile(r"\bcut[ -]?flow\b", re.IGNORECASE)


def derive_outputs(request: str, input_names: tuple[str, ...] = ()) -> tuple[Output, ...]:
    """The outputs of a request that states no contract.

    Files named in the text with a known suffix are required, unless they are inputs. Otherwise numbers go to
    ``result.json``; a plot or distribution also to ``plot.png``, arrays to ``histogram.npz``, a cutflow to
    ``cutflow.json``.

    Args:
        request: The request in plain language.
        input_names: Names of the input files, which are no outputs.

    Example:
        >>> outputs = derive_outputs("Plot the dijet mass of data.root and give the cutflow", ("data.root",))
        >>> [output.file for output in outputs]
        ['result.json', 'plot.png', 'cutflow.json']
        >>> [output.file for output in derive_outputs("Save the jet pt as jets.npz")]
        ['jets.npz']
    """
    named = [name for name in dict.fromkeys(_FILE.findall(request)) if name not in input_names]
    suffixes = {name.rsplit(".", 1)[-1] for name in named}
    files = list(named) or ["result.json"]
    if _PLOT.search(request) and not suffixes & {"png", "pdf", "svg", "npz", "npy", "csv", "parquet", "root"}:
        files.append("plot.png")
    if _ARRAYS.search(request) and "npz" not in suffixes:
        files.append("histogram.npz")
    if _CUTFLOW.search(request) and not any("cutflow" in name for name in files):
        files.append("cutflow.json")
    return tuple(parse_output(name) for name in files)
