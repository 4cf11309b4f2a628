"""PyFixer's rules on whole replies and scripts as models write them."""

import ast

import pytest

from hepcoder.ledger.failures import Failure
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.pyfix import Known, check_script, repair_script

SCRIPT = '''"""Jets."""

import json

import awkward as ak
import uproot

with uproot.open("data.root") as file:
    events = file["Events"].arrays(["Jet_pt", "MET_pt"])

good = events["Jet_pt"] > 30
selected = (ak.sum(good, axis=1) >= 2) & (events["MET_pt"] > 20)
result = {"n_selected": int(ak.sum(selected))}
print(f"{result['n_selected']} of {len(events)}")
with open("result.json", "w") as out:
    json.dump(result, out)
'''
KNOWN = Known(
    inputs=("data.root",),
    collections={"Jet": ("pt",), "MET": ("pt",)},
    jagged=("Jet",),
    branches={"Jet_pt": "Jet.pt", "MET_pt": "MET.pt"},
    outputs=(parse_output("result.json:n_selected"),),
    toolbox=("count", "read_events", "save_json"),
    depths={"Jet_pt": 1, "MET_pt": 0},
    trees=("Events",),
    kinds={"data.root": "root"},
    energies={"Jet_pt": (20.0, 500.0), "MET_pt": (0.1, 300.0)},
    file_unit="GeV",
)


def same(one: str, other: str) -> bool:
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


def test_right_code_is_untouched() -> None:
    assert repair_script(SCRIPT, KNOWN).source == SCRIPT
    assert check_script(SCRIPT, KNOWN) == ()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("import awkward as ak", "import awkward1 as ak"),
        ("import uproot\n", "import uproot4 as uproot\n"),
        ("import json\n", ""),
        ("json.dump(result, out)", "json.dump(out, result)"),
        ('"result.json", "w"', '"output/result.json", "w"'),
        ('events["Jet_pt"] > 30\n', 'events["Jet_pt"] > 30000\n'),
        ("(ak.sum(good, axis=1) >= 2) & (", "(ak.sum(good) >= 2) & ("),
        ("(ak.sum(good, axis=1) >= 2) & (", "(ak.sum(good, axis=1) >= 2) and ("),
        ("    json.dump", "json.dump"),
        ("\nselected", "\n  selected"),
        (") as out:", ") as out"),
        ('"Events"', '"Events'),
        ("print(f", "print f"),
        ("ak.sum(selected)", "ak.sum(selectee)"),
        ("ak.sum(selected)", "ak.sums(selected)"),
    ],
)
def test_one_thing_wrong(right: str, wrong: str) -> None:
    assert right in SCRIPT
    faulty = SCRIPT.replace(right, wrong, 1)
    if wrong.startswith("print f"):
        faulty = faulty.replace('len(events)}")', 'len(events)}"')
    repair = repair_script(faulty, KNOWN)
    assert repair.rules
    assert check_script(repair.source, KNOWN) == ()
    if "uproot4" not in wrong and wrong:
        assert same(repair.source, SCRIPT)


@pytest.mark.parametrize(
    ("label", "message", "line", "right", "wrong"),
    [
        (
            "execution.branch_name",
            "KeyInFileError: not found: 'events' (with any cycle number)",
            9,
            '"Events"',
            '"events"',
        ),
        (
            "execution.branch_name",
            "FieldNotFoundError: no field 'jet_pt' in record",
            11,
            '["Jet_pt"] >',
            '["jet_pt"] >',
        ),
        ("execution.branch_name", "AttributeError: no field named 'Jet'", 11, 'events["Jet_pt"] >', "events.Jet.pt >"),
        (
            "execution.missing_input",
            "FileNotFoundError: [Errno 2] No such file or directory: 'data/x.root'",
            8,
            '"data.root"',
            '"data/x.root"',
        ),
        (
            "execution.missing_input",
            "FileNotFoundError: [Errno 2] No such file or directory: 'result.json'",
            15,
            ', "w"',
            "",
        ),
        (
            "output.schema",
            "result.json lacks 'n_selected'; it has 'nSelected'; save under exactly these names",
            None,
            '"n_selected": ',
            '"nSelected": ',
        ),
    ],
)
def test_one_thing_wrong_after_its_error(label: str, message: str, line: int | None, right: str, wrong: str) -> None:
    faulty = SCRIPT.replace(right, wrong, 1)
    stage, name = label.split(".")
    failure = Failure(stage=stage, name=name, message=message, line=line)  # type: ignore[arg-type]
    repaired = repair_script(faulty, KNOWN, failure).source
    if "Jet.pt" in wrong:
        assert "events.Jet_pt > 30" in repaired or "read_events" in repaired
    else:
        assert same(repaired, SCRIPT)


@pytest.mark.parametrize(
    "marks", [lambda n, line: f"{n:3d}  {line}", lambda n, line: (">>> " if line[:1].strip() else "... ") + line]
)
def test_marks_before_each_line(marks: object) -> None:
    assert callable(marks)
    faulty = "\n".join(marks(n, line) for n, line in enumerate(SCRIPT.rstrip("\n").split("\n"), 1)) + "\n"
    assert same(repair_script(faulty, KNOWN).source, SCRIPT)


def test_prose_is_dropped_and_code_is_not() -> None:
    reply = f"Here is the script:\n\n{SCRIPT}\nThis script counts the events.\n"
    assert same(repair_script(reply, KNOWN).source, SCRIPT)
    broken = SCRIPT.replace("json.dump(result, out)", "json.dump(result, out $ 3)")
    assert "out $ 3" in repair_script(broken, KNOWN).source


@pytest.mark.parametrize(
    "line",
    [
        'learned.auc["mlp"]: test AUC; learned.best: name of the best; learned.verdict: a sentence',
        "Now write what was asked for.",
    ],
)
def test_prose_amid_code_becomes_a_comment(line: str) -> None:
    told = SCRIPT.replace('result = {"n_selected"', f'{line}\nresult = {{"n_selected"')
    assert repair_script(told, KNOWN).source == told.replace(line, f"# {line}")


def test_a_wrong_statement_amid_code_is_not_made_a_comment() -> None:
    wrong = SCRIPT.replace("good = events", "good = = the events that are good and\ngood = events")
    assert "= = the events" in repair_script(wrong, KNOWN).source.split("#")[0]
