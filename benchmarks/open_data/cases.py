"""What is asked, on which file, and what must come out."""

from pathlib import Path

from hepcoder.graphs.task import Task
from hepcoder.ledger.record import Record
from hepcoder.tools.outputs import parse_output


class Case(Record):
    """One sentence on one file.

    Attributes:
        id: Short name; the recording of its run has it too.
        file: Name of the open-data file.
        prompt: The request.
        outputs: Output contract, in the command line's notation.
    """

    id: str
    file: str
    prompt: str
    outputs: tuple[str, ...]

    def task(self, data: Path) -> Task:
        """The task on the file in a folder of open data."""
        outputs = tuple(parse_output(item) for item in self.outputs)
        return Task(id=self.id, prompt=self.prompt, inputs=(data / self.file,), outputs=outputs)


CASES: tuple[Case, ...] = (
    Case(
        id="dimuon",
        file="nano_dimuon.root",
        prompt="Count the events with at least two muons of pt > 3 GeV, "
        "and find the largest dimuon mass among these muons.",
        outputs=("result.json:n_events,max_mass[GeV]",),
    ),
    Case(
        id="jets",
        file="nano_tt_v12.root",
        prompt="Histogram the jet multiplicity of every event, counting jets with pt > 30 GeV and |eta| < 2.4. "
        "Save the histogram as npz and as a PNG.",
        outputs=("jets.npz:counts,edges", "jets.png"),
    ),
    Case(
        id="muons",
        file="uproot-HZZ.root",
        prompt="Show the distribution of the number of muons per event.",
        outputs=("muons.npz:counts,edges", "muons.png"),
    ),
    Case(
        id="leading_muon",
        file="uproot-Zmumu.root",
        prompt="Make the pt spectrum of the leading muon.",
        outputs=("spectrum.npz:counts,edges", "spectrum.png"),
    ),
    Case(
        id="electrons",
        file="PHYSLITE_example.root",
        prompt="How many events are in the file, and how many electrons have pt > 20 GeV?",
        outputs=("result.json:n_events,n_electrons",),
    ),
)
