"""The output contract as text: what is read, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.ledger.errors import TaskError
from hepcoder.tools.contract import Output
from hepcoder.tools.outputs import check_outputs, parse_output


@pytest.mark.parametrize(
    ("text", "file", "kind", "fields"),
    [
        ("plot.png", "plot.png", "png", []),
        ("result.json:n_selected,mean_mass[GeV]", "result.json", "json", [("n_selected", None), ("mean_mass", "GeV")]),
        (" r.json : a , b [GeV/c] ", "r.json", "json", [("a", None), ("b", "GeV/c")]),
        ("out/h.npz:counts,edges[GeV]", "out/h.npz", "npz", [("counts", None), ("edges", "GeV")]),
        ("./t.csv:MET > 20", "t.csv", "csv", [("MET > 20", None)]),
    ],
)
def test_a_contract_is_read(text: str, file: str, kind: str, fields: list[tuple[str, str | None]]) -> None:
    output = parse_output(text)
    assert (output.file, output.kind) == (file, kind)
    assert [(field.name, field.unit) for field in output.fields] == fields


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no file name"),
        (":a", "no file name"),
        ("folder/", "no file name"),
        ("/etc/passwd.json", "outside the run folder.*'passwd.json'"),
        ("../a.json", "outside"),
        ("a/../../b.json", "outside"),
        ("~/a.json", "outside"),
        ("a\\b.json", "outside"),
        ("a\0.json", "outside"),
        ("a.xyz", "unknown suffix.*json"),
        ("noend", "unknown suffix"),
        ("a.PNG", "unknown suffix"),
        ("plot.png:a", "no named values"),
        ("a.json:", "is no name"),
        ("a.json:a,,b", "is no name"),
        ("a.json:a[GeV", "is no name"),
        ("a.json:a[]", "is no name"),
        ("a.json:a,a", "'a' twice"),
    ],
)
def test_a_contract_that_makes_no_sense_says_why(text: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        parse_output(text)


@given(st.text(max_size=40))
def test_any_text_is_a_contract_inside_the_folder_or_an_error(text: str) -> None:
    try:
        output = parse_output(text)
    except TaskError:
        return
    assert not output.file.startswith("/")
    assert ".." not in output.file.split("/")
    check_outputs([output])


def test_outputs_that_cannot_be_met_together() -> None:
    good = parse_output("a.json")
    check_outputs([])
    check_outputs([good, parse_output("b.json")])
    for outputs, words in (
        ([good, Output(file="./a.json", kind="json")], "'a.json' twice"),
        ([Output(file="a.json", kind="png")], "said to be png"),
        ([good, parse_output("a.json/b.png")], "file and the folder"),
        ([Output(file="/a.json", kind="json")], "outside"),
    ):
        with pytest.raises(TaskError, match=words):
            check_outputs(outputs)
