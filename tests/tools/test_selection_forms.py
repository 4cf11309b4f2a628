"""The small forms: only names that exist, schemas of a size for a small model, answers that make a selection."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from selection_cases import compare, count, cut, leading, objects, quantity, system

from hepcoder.tools.inspect.inspection import inspect_input
from hepcoder.tools.inspect.lhco import lhco_layout
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.samples.hyy import make_hyy_sample
from hepcoder.tools.selection.examples.worked import WorkedExample, worked_examples
from hepcoder.tools.selection.forms import FORMS, FormName, merge_answers, schema_for, schema_of_all, selection_from
from hepcoder.tools.selection.program import lower
from hepcoder.tools.selection.script import to_script

REQUEST = "Select events with at least two muons of pt > 20 GeV and |eta| < 2.4 and MET > 30 GeV; plot the dimuon mass"
OUTPUTS = tuple(map(parse_output, (
    "result.json:n_selected,mean_mass[GeV]", "mass.npz:counts,edges,underflow,overflow", "mass.png",
    "table.csv:event,m", "cutflow.json",
)))  # fmt: skip
ANSWERS: dict[FormName, dict[str, Any]] = {
    "objects": {"objects": [{
        "kind": "objects", "name": "muons", "of": "Muon",
        "cuts": [cut("pt", ">", 20, "GeV"), {"kind": "cut", "field": "|eta|", "op": "<", "value": 2.4}],
    }]},
    "candidates": {"objects": [], "candidates": [leading("mu1", "muons"), leading("mu2", "muons", 2)]},
    "quantities": {"quantities": [system("m", "mass", "mu1", "mu2")]},
    "cuts": {"cuts": [count("two muons", "muons", ">=", 2), compare("met", "MET.pt", ">", 30, "GeV")],
             "categories": []},
    "results": {
        "histograms": {"mass": {"of": "m", "bins": 60, "low": 60, "high": 120}},
        "values": {"result.json": {
            "n_selected": {"kind": "events", "cut": None}, "mean_mass": {"kind": "statistic", "how": "mean", "of": "m"},
        }},
        "tables": {"table.csv": {"event": "event", "m": "m"}},
    },
}  # fmt: skip


def schemas() -> dict[FormName, dict[str, Any]]:
    """The schema of each form as it is asked, after the answers to those before."""
    filled: list[dict[str, Any]] = []
    found = {}
    for form in FORMS:
        found[form] = schema_for(lhco_layout(), form, request=REQUEST, filled=merge_answers(filled), outputs=OUTPUTS)
        filled.append(ANSWERS[form])
    return found


def test_answers_that_fit_their_schemas_make_a_selection() -> None:
    for form, schema in schemas().items():
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(json.dumps(ANSWERS[form])), schema)
    selection = selection_from([ANSWERS[form] for form in FORMS], [{"files": ["events.lhco"]}], OUTPUTS)
    program = lower(selection, lhco_layout())
    assert list(program.cuts) == ["two muons", "met"]
    assert [output.kind for output in selection.outputs] == ["json", "histograms", "plot", "table", "cutflow"]


@pytest.mark.parametrize("example", worked_examples(), ids=lambda one: one.request[:20])
def test_worked_examples_fit_their_schemas_and_the_data(example: WorkedExample) -> None:
    outputs = tuple(map(parse_output, example.outputs))
    filled: list[Any] = []
    for form in FORMS:
        answer = json.loads(json.dumps(example.answers[form]))
        merged = merge_answers(filled)
        jsonschema.validate(
            answer, schema_for(example.layout, form, request=example.request, filled=merged, outputs=outputs)
        )
        filled.append(answer)
    whole = json.loads(json.dumps(example.answer))
    jsonschema.validate(whole, schema_of_all(example.layout, request=example.request, outputs=outputs))
    selection = selection_from([whole], [{"files": ["events.lhco"]}], outputs)
    assert len(selection.outputs) == len(outputs)
    compile(to_script(selection, example.layout), "script.py", "exec")


def test_each_request_has_one_example() -> None:
    requests = [one.request for one in worked_examples()]
    assert len(requests) == len(set(requests)) > 100
    assert all(one.data_text for one in worked_examples())


@pytest.mark.parametrize(
    ("form", "path", "wrong"),
    [
        ("objects", ("objects", 0, "of"), "Muons"),
        ("objects", ("objects", 0, "cuts", 0, "field"), "p_t"),
        ("objects", ("objects", 0, "cuts", 1, "field"), "eta_abs"),
        ("candidates", ("candidates", 0, "of"), "mouns"),
        ("quantities", ("quantities", 0, "value", "of", 0), "mu3"),
        ("cuts", ("cuts", 1, "when", "left"), "MET"),
        ("results", ("histograms", "mass", "of"), "mass"),
        ("results", ("values", "result.json", "n_selected", "kind"), "number"),
    ],
)
def test_a_name_that_does_not_exist_does_not_fit(form: FormName, path: tuple[str | int, ...], wrong: str) -> None:
    answer = json.loads(json.dumps(ANSWERS[form]))
    inner = answer
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, schemas()[form])


def test_schemas_are_small() -> None:
    sizes = {form: len(json.dumps(schema, separators=(",", ":"))) for form, schema in schemas().items()}
    assert max(sizes.values()) < 8000, sizes


def test_schemas_follow_the_data(tmp_path: Path) -> None:
    facts = inspect_input(make_hyy_sample(tmp_path / "hyy.root", n_events=50))
    text = json.dumps(schema_for(facts, "objects", request="two tight isolated photons"))
    assert '"photon"' in text
    assert '"isTightID"' in text
    assert '"lep"' not in text
    everything = json.dumps(schema_for(facts, "objects"))
    assert '"lep"' in everything
    flags = json.dumps(schema_for(facts, "cuts", request="events that fired trigP with two photons"))
    assert '"trigP"' in flags


def test_quantities_of_one_form_are_offered_by_the_next() -> None:
    filled = {"quantities": [quantity("n_jets", "count", of=["Jet"]), quantity("ht", "scalar_sum", of=["Jet"])]}
    schema = schema_for(lhco_layout(), "cuts", filled=filled)
    kinds = schema["properties"]["cuts"]["items"]["anyOf"][0]["properties"]["when"]["anyOf"]
    compared = [one["properties"] for one in kinds if one["properties"]["kind"]["const"] == "compare"]
    assert ["unit" in one for one in compared] == [True, False]
    assert "ht" in compared[0]["left"]["enum"]
    assert "n_jets" in compared[1]["left"]["enum"]


def test_objects_are_not_shared_by_mistake() -> None:
    answers = [{"objects": [objects("a", "Muon")]}, {"objects": [objects("b", "Jet")]}]
    assert [one["name"] for one in merge_answers(answers)["objects"]] == ["a", "b"]
