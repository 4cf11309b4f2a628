"""The rules of PyFixer: each repairs its example, and none touches code that is right."""

import sys

import pytest

from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output, OutputField
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.pyfix import ERROR_RULES, RULES, ErrorRule, Known, Rule, Seen, check_script, hints, repair_script

KNOWN = Known(
    inputs=("data.root",),
    collections={"Tau": ("pt", "eta", "phi", "mass", "charge", "idDecay"), "MET": ("pt", "phi")},
    jagged=("Tau",),
    columns=("run", "genWeight"),
    branches={"Tau_pt": "Tau.pt", "MET_pt": "MET.pt"},
    outputs=(Output(file="out.json", kind="json", fields=(OutputField(name="n"),)), Output(file="out.png", kind="png")),
    toolbox=(
        "count",
        "delta_r",
        "leading",
        "opposite_sign_pairs",
        "plot_histogram",
        "read_events",
        "save_histogram",
        "save_json",
    ),
    depths={"Tau_pt": 1, "Tau_eta": 1, "MET_pt": 0, "run": 0},
    trees=("Events",),
    kinds={"data.root": "root"},
    energies={"Tau.pt": (5.0, 300.0), "Tau_pt": (5.0, 300.0)},
    file_unit="GeV",
)
HEAD = """import awkward as ak
import numpy as np

from hepcoder.tools import count, leading, plot_histogram, read_events, save_json

events = read_events("data.root", ["Tau", "MET"])
"""
RIGHT = (
    HEAD + """taus = events.Tau[(events.Tau.pt > 20) & (abs(events.Tau.eta) < 2.1)]
selected = (count(taus) >= 2) & (events.MET.pt > 40)
n = ak.sum(selected)
both = events.MET.pt[selected] if n and len(events) else np.zeros(0)
save_json("out.json", {"n": n})
plot_histogram("out.png", leading(taus).pt[selected], bins=20, range=(0, 200))
""",
    """import json
import uproot
import matplotlib.pyplot as plt

with uproot.open("data.root") as file:
    run = file["Events"]["run"].array(library="np")
n = sum(1 for one in run if one > 2 and not one == 5)
with open("out.json", "w") as file:
    json.dump({"n": n}, file)
figure, axes = plt.subplots()
axes.hist(run)
figure.savefig("out.png")
""",
    """from hepcoder.tools import *
events = read_events("data.root")
kept = events[events.run > 3]
pt = kept.Tau.pt[kept.Tau.idDecay == 1]
save_json("out.json", n=len(kept))
plot_histogram("out.png", pt, 5, (0, 9))
""",
)  # fmt: skip


def is_failure_class(label: str) -> bool:
    stage, name = label.split(".")
    return Failure(stage=stage, name=name, message="").label == label  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_repairs_its_example(rule: Rule) -> None:
    known = KNOWN
    if rule.name == "write_npz":
        known = KNOWN.model_copy(update={"outputs": (parse_output("h.npz:counts"),)})
    if rule.name == "inner_quotes" and sys.version_info >= (3, 12):
        pytest.skip("Python reads such f-strings since 3.12")
    assert rule.fix(rule.before, known) == rule.after
    assert rule.fix(rule.after, known) == rule.after
    assert is_failure_class(rule.cures)


@pytest.mark.parametrize("rule", ERROR_RULES, ids=lambda rule: rule.name)
def test_rule_repairs_its_example_after_its_error_alone(rule: ErrorRule) -> None:
    assert rule.fix(rule.before, KNOWN, rule.seen) == rule.after
    other = Seen("RuntimeError: the detector is on fire", rule.seen.line)
    assert rule.name == "readers" or rule.fix(rule.before, KNOWN, other) == rule.before
    assert is_failure_class(rule.cures)
    assert rule.fix(RIGHT[1], KNOWN, other) == RIGHT[1]


@pytest.mark.parametrize("source", RIGHT)
def test_right_code_is_untouched(source: str) -> None:
    repair = repair_script(source, KNOWN)
    assert repair.source == source
    assert repair.rules == ()
    assert check_script(source, KNOWN) == ()


def test_several_rules_together() -> None:
    source = """Here is the script:
```python
from hepcoder.tools import read_events, save_json, plot_hist
events = read_events("input.root", ["taus"])
good = (events.taus.Pt > 20) and (events.Tau.eta < 2.1)
n = ak.sum(count(events.Tau[good]) >= 2)
save_json("result.json", {"n": n})
plot_hist("out.png", events.Tau_pt)
```"""
    repair = repair_script(source, KNOWN)
    assert check_script(repair.source, KNOWN) == ()
    assert 'read_events("data.root", ["Tau"])' in repair.source
    assert "(events.Tau.pt > 20) & (events.Tau.eta < 2.1)" in repair.source
    assert 'save_json("out.json"' in repair.source


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("x = (", "static.syntax"),
        ("import nosuchpackage", "static.import"),
        ("from hepcoder.tools import nosuchthing", "static.import"),
        ("x = undefined_thing", "static.name"),
        ("x = events.Tau.qqqqqq", "static.branch_name"),
        ("x = events.Zzzzzz", "static.branch_name"),
        ("n = ...", "static.no_output"),
    ],
)
def test_check_names_the_fault(line: str, label: str) -> None:
    failures = check_script(RIGHT[0] + line + "\n", KNOWN)
    assert failures[0].label == label
    assert failures[0].line in {RIGHT[0].count("\n") + 1, None}


def test_missing_output_is_named() -> None:
    assert (
        check_script(HEAD + 'save_json("out.json", {"n": 1})\n', KNOWN)[0].message
        == "nothing in the script writes 'out.png'"
    )


def test_hints_name_what_there_is() -> None:
    failure = Failure(stage="execution", name="attribute", message="no field named 'isoo'", line=2)
    found = hints(HEAD + "x = events.Tau.isoo\n", KNOWN, failure, "")
    assert any("idDecay" in one for one in found)
    assert len(found) <= 5


def test_json_of_numpy_only_after_the_error() -> None:
    source = 'import json\nn = 1\njson.dump({"n": n}, open("out.json", "w"))\nprint("out.png")\n'
    assert repair_script(source, KNOWN).source == source
    failure = Failure(
        stage="execution", name="type", message="TypeError: Object of type int64 is not JSON serializable"
    )
    assert "default=lambda value: value.tolist()" in repair_script(source, KNOWN, failure, failure.message).source
