"""The second derivation in the loop: real graph, real sandbox, real engine; a script plays the model."""

import json
import re
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from solving_case import fenced, script_model

from hepcoder.agents import Options, Solution, Supervisor
from hepcoder.agents.derivation.asking import derivation_of
from hepcoder.agents.techniques import Techniques
from hepcoder.graphs.task import Budget, Task
from hepcoder.tools import read_events
from hepcoder.tools.inspect.inspection import inspect_input
from hepcoder.tools.outputs import parse_output

BOTH = Techniques(typed_selection=True, cross_check=True)
COMPARED = Techniques(typed_selection=False, cross_check=True)  # the coder's script is the draft
PROMPT = "Count the events with at least two muons of pt > 20 GeV and give the mean number of such muons in them."
# The same, in words of which rules cannot make the cut that an answer forgot.
IN_OTHER_WORDS = PROMPT.replace("of pt > 20 GeV", "none of which is softer than 20 GeV")
OUTPUT = "result.json:n_selected,mean_n_muons"
FORM: dict[str, Any] = {
    "objects": [
        {"kind": "objects", "name": "muons", "of": "Muon", "cuts": [
            {"kind": "cut", "field": "pt", "op": ">", "value": 20, "unit": "GeV"},
        ]},
    ],
    "candidates": [],
    "quantities": [{"name": "n", "value": {"kind": "count", "of": ["muons"]}}],
    "cuts": [{"name": "two muons", "when": {"kind": "count", "of": ["muons"], "op": ">=", "value": 2}}],
    "categories": [],
    "histograms": {},
    "values": {"result.json": {
        "n_selected": {"kind": "events", "cut": None}, "mean_n_muons": {"kind": "statistic", "how": "mean", "of": "n"},
    }},
    "tables": {},
}  # fmt: skip
SCRIPT = """
import awkward as ak
from hepcoder.tools import count, read_events, save_json

events = read_events("muons.root", ["Muon"])
muons = events.Muon[events.Muon.pt > 20]
selected = count(muons) >= 2
save_json("result.json", {"n_selected": ak.sum(selected), "mean_n_muons": ak.mean(count(muons)[selected])})
"""
WRONG = SCRIPT.replace("> 20", "> 15")
BROKEN = "raise RuntimeError('no idea {}')\n"


def write_muons(folder: Path) -> Path:
    dice = np.random.default_rng(3)
    counts = dice.integers(0, 4, 300)
    path = folder / "muons.root"
    with uproot.recreate(path) as file:
        total = int(counts.sum())
        muon = ak.zip({
            "pt": ak.unflatten(dice.exponential(25.0, total), counts),
            "eta": ak.unflatten(dice.normal(0, 1.2, total), counts),
            "phi": ak.unflatten(dice.uniform(-3.1, 3.1, total), counts),
        })  # fmt: skip
        file["Events"] = {"Muon": muon, "event": np.arange(300)}
    return path


def solve(folder: Path, *replies: object, prompt: str = PROMPT, **more: Any) -> Solution:
    options = Options(plan="rules", techniques=more.pop("techniques", COMPARED), drafts=more.pop("drafts", 3))
    task = Task(prompt=prompt, inputs=(write_muons(folder),), outputs=(parse_output(OUTPUT),), **more)
    return Supervisor(script_model(folder, *replies), runs=folder / "runs", options=options).solve(task)


def verdicts(solution: Solution) -> dict[str, str]:
    return {item.name: item.outcome for item in solution.evidence}


def detail(solution: Solution) -> str:
    return next(item.detail for item in solution.evidence if item.name == "second_derivation")


def changed(**parts: Any) -> str:
    return json.dumps({**FORM, **parts})


def test_two_derivations_that_agree_verify(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(SCRIPT), json.dumps(FORM))
    assert solution.status == "verified"
    assert verdicts(solution)["second_derivation"] == "pass"
    assert solution.totals.calls == 2


def test_a_replay_of_it_is_the_same(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(SCRIPT), json.dumps(FORM))
    *_, again = Supervisor(runs=tmp_path / "runs").replay(solution.run)
    assert isinstance(again, Solution)
    assert again.status == "verified"
    assert again.replay_differences == ()


@pytest.mark.thorough
def test_agreement_after_the_results_were_shown_does_not_verify(tmp_path: Path) -> None:
    lacking = changed(objects=[{"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}])
    agreeing = SCRIPT.replace("[events.Muon.pt > 20]", "")
    solution = solve(tmp_path, fenced(WRONG), lacking, lacking, fenced(agreeing), prompt=IN_OTHER_WORDS)
    assert solution.status == "unverified"
    assert [failure.label for failure in solution.history] == ["physics.disagreement"]
    assert "result.json n_selected" in solution.history[0].message
    assert verdicts(solution)["second_derivation"] == "pass"
    assert "was shown" in next(e.detail for e in solution.evidence if e.name == "second_derivation")
    assert solution.totals.calls == 4


def test_a_fresh_draft_that_agrees_verifies(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(WRONG), json.dumps(FORM), fenced(SCRIPT))
    assert solution.status == "verified"
    assert [failure.label for failure in solution.history] == ["physics.disagreement"]
    assert solution.totals.calls == 3


@pytest.mark.thorough
def test_a_disagreement_that_stays_gives_the_whole_selection_unverified(tmp_path: Path) -> None:
    others = [fenced(WRONG.replace("15", number)) for number in ("16", "17")]
    solution = solve(tmp_path, fenced(WRONG), json.dumps(FORM), *others)
    assert solution.status == "unverified"
    assert solution.failure is None
    assert solution.script is not None
    assert "> 20" in solution.script
    pt = read_events(tmp_path / "muons.root", ["Muon"]).Muon.pt
    assert solution.values["n_selected"] == ak.sum(ak.sum(pt > 20, axis=1) >= 2)
    assert solution.totals.calls == 3


@pytest.mark.thorough
def test_a_fresh_draft_is_not_told_the_other_results(tmp_path: Path) -> None:
    others = [fenced(WRONG.replace("15", number)) for number in ("16", "17")]
    solution = solve(tmp_path, fenced(WRONG), json.dumps(FORM), *others)
    told = solution.history[0].message.split("against ")[1].split()[0].rstrip(";")
    texts = [path.read_text(errors="replace") for path in (solution.folder / "artifacts").iterdir() if path.is_file()]
    asked = [text for text in texts if "Earlier drafts that failed" in text and "hepcoder.tools, awkward" in text]
    assert asked
    assert all(f"against {told}" not in text for text in asked)


def test_a_whole_selection_is_the_first_draft_and_the_coder_its_judge(tmp_path: Path) -> None:
    solution = solve(tmp_path, json.dumps(FORM), fenced(SCRIPT), techniques=BOTH)
    assert solution.status == "verified"
    assert solution.totals.calls == 2
    assert "a script that the coder wrote" in detail(solution)


@pytest.mark.parametrize(("opinion", "said"), [(WRONG, "gives other results"), (BROKEN, "does not work: Runtime")])
def test_a_judge_that_disagrees_or_fails_leaves_it_unverified(tmp_path: Path, opinion: str, said: str) -> None:
    solution = solve(tmp_path, json.dumps(FORM), fenced(opinion), techniques=BOTH)
    assert solution.status == "unverified"
    assert solution.totals.calls == 2
    assert said.removeprefix("does not work: ") in detail(solution)
    pt = read_events(tmp_path / "muons.root", ["Muon"]).Muon.pt
    assert solution.values["n_selected"] == ak.sum(ak.sum(pt > 20, axis=1) >= 2)


@pytest.mark.thorough
def test_no_call_left_for_a_judge_costs_no_answer(tmp_path: Path) -> None:
    solution = solve(tmp_path, json.dumps(FORM), techniques=BOTH, budget=Budget(calls=1))
    assert solution.status == "unverified"
    assert "budget of 1 call" in detail(solution)


@pytest.mark.thorough
def test_a_selection_that_leaves_something_out_is_the_draft_only_where_no_script_works(tmp_path: Path) -> None:
    lacking = changed(objects=[{"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}])
    broken = [fenced(BROKEN.format(number)) for number in range(4)]
    solution = solve(tmp_path, lacking, lacking, *broken, fenced(SCRIPT), prompt=IN_OTHER_WORDS, techniques=BOTH)
    events = next(solution.folder.rglob("events.jsonl")).read_text()
    written = re.findall(r'"origin": ?"(\w+)"', events)
    assert written[0] == "coder"
    assert written[-1] == "selection"
    assert solution.status == "unverified"


@pytest.mark.thorough
def test_a_request_that_fits_no_form_ends_as_without(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(SCRIPT), "{}", "{}")
    assert solution.status == "unverified"
    assert verdicts(solution)["second_derivation"] == "not_applicable"


@pytest.mark.thorough
def test_figures_alone_are_no_evidence(tmp_path: Path) -> None:
    histograms = {"n": {"of": "n_muons", "bins": 4, "low": 0, "high": 4}}
    form = {**FORM, "quantities": [], "values": {}, "histograms": histograms}
    script = SCRIPT[: SCRIPT.index("save_json(")].replace("save_json", "plot_histogram")
    script += 'plot_histogram("n.png", count(muons)[selected], bins=4, range=(0, 4))\n'
    task = Task(
        prompt="Plot the number of muons of pt > 20 GeV in events with two of them, 4 bins from 0 to 4.",
        inputs=(write_muons(tmp_path),),
        outputs=(parse_output("n.png"),),
    )
    options = Options(plan="rules", techniques=COMPARED)
    model = script_model(tmp_path, fenced(script), json.dumps(form))
    solution = Supervisor(model, runs=tmp_path / "runs", options=options).solve(task)
    assert solution.status == "unverified"
    assert "figures alone" in next(e.detail for e in solution.evidence if e.name == "second_derivation")


@pytest.mark.thorough
def test_a_budget_without_room_for_it_costs_no_answer(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(SCRIPT), json.dumps(FORM), budget=Budget(calls=1))
    assert solution.status == "unverified"
    assert verdicts(solution)["second_derivation"] == "not_applicable"


@pytest.mark.thorough
def test_what_an_answer_leaves_out_is_asked_for_again(tmp_path: Path) -> None:
    lacking = changed(objects=[{"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}])
    solution = solve(tmp_path, fenced(SCRIPT), lacking, json.dumps(FORM))
    assert solution.status == "verified"
    assert solution.totals.calls == 3


@pytest.mark.thorough
def test_a_selection_that_leaves_a_number_out_verifies_nothing(tmp_path: Path) -> None:
    lacking = changed(objects=[{"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}])
    script = SCRIPT.replace("[events.Muon.pt > 20]", "")
    solution = solve(tmp_path, fenced(script), lacking, lacking, prompt=IN_OTHER_WORDS)
    assert solution.status == "unverified"
    assert "does not use 20" in next(e.detail for e in solution.evidence if e.name == "second_derivation")


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"cuts": [{"name": "two", "when": {"kind": "count", "of": ["mouns"], "op": ">=", "value": 2}}]}, "'mouns'"),
        (
            {
                "values": {
                    "result.json": {
                        "n_selected": {"kind": "events", "cut": None},
                        "mean_n_muons": {"kind": "events", "cut": None},
                    }
                }
            },
            "is to be a mean",
        ),
        (
            {"objects": [{"kind": "objects", "name": "muons", "of": "Muon", "cuts": [{"kind": "cut"}]}]},
            "at objects.0.cuts.0",
        ),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(tmp_path: Path, parts: dict[str, Any], problem: str) -> None:
    facts = inspect_input(write_muons(tmp_path)).model_copy(update={"path": "muons.root"})
    found = derivation_of(changed(**parts), PROMPT, facts, (parse_output(OUTPUT),))
    assert found.selection is None
    assert problem in found.problem


def test_a_cut_that_leaks_from_a_pair_to_its_objects_is_seen(tmp_path: Path) -> None:
    facts = inspect_input(write_muons(tmp_path)).model_copy(update={"path": "muons.root"})
    leaked = [
        {"kind": "window", "field": "eta", "low": 20, "high": 30, "low_op": "<", "high_op": "<", "outside": False}
    ]
    muons = {**FORM["objects"][0], "cuts": [*FORM["objects"][0]["cuts"], *leaked]}
    found = derivation_of(changed(objects=[muons]), PROMPT, facts, (parse_output(OUTPUT),))
    assert "the request says 20 once" in found.problem


def test_quantities_that_their_names_explain_need_no_definition(tmp_path: Path) -> None:
    facts = inspect_input(write_muons(tmp_path)).model_copy(update={"path": "muons.root"})
    values = {"result.json": {
        "n_selected": {"kind": "events", "cut": None},
        "mean_n_muons": {"kind": "statistic", "how": "mean", "of": "n_muons"},
    }}  # fmt: skip
    cuts = [*FORM["cuts"], {"name": "lead", "when": {"kind": "compare", "left": "pt1", "op": ">", "right": 30}}]
    given = changed(quantities=[], values=values, cuts=cuts)
    found = derivation_of(given, PROMPT + " The leading one has 30.", facts, (parse_output(OUTPUT),))
    assert found.problem == ""
    assert found.selection is not None
    assert {one.name for one in found.selection.quantities} == {"n_muons", "pt1"}


def test_a_request_that_cannot_be_met_is_told(tmp_path: Path) -> None:
    prompt = "Count the events with a muon of pt > 20 GeV and pt < 10 GeV."
    cuts = [*FORM["objects"][0]["cuts"], {"kind": "cut", "field": "pt", "op": "<", "value": 10, "unit": "GeV"}]
    form = {
        **FORM,
        "objects": [{**FORM["objects"][0], "cuts": cuts}],
        "quantities": [],
        "cuts": [{"name": "a muon", "when": {"kind": "count", "of": ["muons"], "op": ">=", "value": 1}}],
        "values": {"result.json": {"n_selected": {"kind": "events", "cut": None}}},
    }
    script = SCRIPT.replace("> 20]", "> 20][events.Muon.pt[events.Muon.pt > 20] < 10]").replace(">= 2", ">= 1")
    script = script.replace(', "mean_n_muons": ak.mean(count(muons)[selected])', "")
    task = Task(prompt=prompt, inputs=(write_muons(tmp_path),), outputs=(parse_output("result.json:n_selected"),))
    options = Options(plan="rules", techniques=COMPARED)
    model = script_model(tmp_path, fenced(script), json.dumps(form))
    solution = Supervisor(model, runs=tmp_path / "runs", options=options).solve(task)
    assert solution.findings == (
        "no muons pt can be > 20 and < 10",
        "no event is left after the cut 'a muon', of 300 before it",
    )


@pytest.mark.thorough
def test_an_empty_selection_that_both_find_excuses_no_missing_file(tmp_path: Path) -> None:
    far = {"name": "far", "when": {"kind": "count", "of": ["muons"], "op": ">=", "value": 20}}
    form = {
        **FORM,
        "quantities": [],
        "cuts": [far],
        "histograms": {"plot": {"of": "n_muons", "bins": 4, "low": 0, "high": 4}},
        "values": {"result.json": {"n_selected": {"kind": "events", "cut": None}}},
    }
    script = SCRIPT.replace(">= 2", ">= 20").replace(', "mean_n_muons": ak.mean(count(muons)[selected])', "")
    script = script.replace("save_json\n", "plot_histogram, save_json\n")
    script += 'if ak.sum(selected) > 0:\n    plot_histogram("plot.png", count(muons)[selected], bins=4, range=(0, 4))\n'
    outputs = (parse_output("result.json:n_selected"), parse_output("plot.png"))
    prompt = "Count the events with at least 20 muons of pt > 20 GeV and plot the number of muons, 4 bins from 0 to 4."
    task = Task(prompt=prompt, inputs=(write_muons(tmp_path),), outputs=outputs, budget=Budget(calls=2))
    options = Options(plan="rules", techniques=COMPARED)
    model = script_model(tmp_path, fenced(script), json.dumps(form))
    solution = Supervisor(model, runs=tmp_path / "runs", options=options).solve(task)
    assert solution.status == "failed"
    assert solution.history[0].label == "physics.empty_selection"


@pytest.mark.thorough
def test_a_budget_that_ends_at_the_second_question_keeps_the_first_answer(tmp_path: Path) -> None:
    lacking = changed(objects=[{"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}])
    script = SCRIPT.replace("[events.Muon.pt > 20]", "")
    solution = solve(tmp_path, fenced(script), lacking, prompt=IN_OTHER_WORDS, budget=Budget(calls=2))
    assert solution.status == "unverified"
    assert "does not use 20" in next(e.detail for e in solution.evidence if e.name == "second_derivation")


@pytest.mark.thorough
def test_what_rules_put_in_is_no_independent_evidence(tmp_path: Path) -> None:
    lacking = changed(objects=[{"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}])
    solution = solve(tmp_path, fenced(SCRIPT), lacking, lacking)
    assert solution.status == "unverified"
    assert "rules that also serve the coder" in next(
        e.detail for e in solution.evidence if e.name == "second_derivation"
    )
