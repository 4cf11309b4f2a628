"""What rules read from a request."""

import pytest

from hepcoder.tools.request import derive_outputs


@pytest.mark.parametrize(
    ("request_text", "files"),
    [
        ("Count the events with two muons", ["result.json"]),
        ("Plot the dimuon mass", ["result.json", "plot.png"]),
        ("Write the dijet masses to masses.csv and draw them in out/masses.png", ["masses.csv", "out/masses.png"]),
        ("Save counts to counts.json and the plot as mass.pdf", ["counts.json", "mass.pdf"]),
        ("Histogram the jet pt and save it as npz", ["result.json", "plot.png", "histogram.npz"]),
        ("Give the cutflow and the yields", ["result.json", "cutflow.json"]),
        ("How many events are in data.root?", ["result.json"]),
        ("What is the mean at 13.6 TeV, i.e. not 8?", ["result.json"]),
    ],
)
def test_outputs_of_a_request(request_text: str, files: list[str]) -> None:
    assert [output.file for output in derive_outputs(request_text, ("data.root",))] == files
