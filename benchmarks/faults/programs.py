"""The correct programs of the corpus: selections of the suites as compiled scripts, and scripts as models write them.

Each is a file of ``correct/`` with the name of its data, its outputs in the command line's notation, and its text.
They were written for the corpus or compiled from typed selections once, and stay as they are: what they write is the
truth that cured programs are held against, so that nothing else needs to be known of them.
"""

from pathlib import Path

import yaml

from hepcoder.benchmarks.faults.records import Program
from hepcoder.tools.outputs import parse_output

FOLDER = Path(__file__).parent / "correct"


def load_programs(folder: Path = FOLDER) -> tuple[Program, ...]:
    """All correct programs, in order of their names.

    Args:
        folder: Where their files are.
    """
    return tuple(_program(path) for path in sorted(folder.glob("*.yaml")))


def _program(path: Path) -> Program:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    outputs = tuple(parse_output(text) for text in data["outputs"])
    return Program(name=path.stem, data=data["data"], outputs=outputs, source=data["source"])
