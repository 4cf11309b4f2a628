"""Prompts: strict templates, stable system messages, skeletons made from facts."""

from pathlib import Path

import numpy as np
import pytest
from jinja2 import UndefinedError

from hepcoder.agents.drafting.grammar import condition_of, normalised, operator_of, scanner
from hepcoder.agents.drafting.skeleton import build_skeleton
from hepcoder.agents.prompting import (
    EXAMPLE_CHARACTERS,
    MOST_EXAMPLES,
    PreviousDraft,
    _render,
    coder_messages,
    debugger_messages,
    prompt_hashes,
    selection_again_message,
    selection_messages,
    supervisor_messages,
)
from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output, OutputField
from hepcoder.tools.inspect import FileFacts, inspect_input
from hepcoder.tools.pyfix import Known, check_script, repair_script

OUTPUT = Output(file="out.json", kind="json", fields=(OutputField(name="n"), OutputField(name="mean")))


@pytest.fixture
def facts(tmp_path: Path) -> FileFacts:
    import uproot

    path = tmp_path / "data.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"Tau_pt": "var * float32", "Tau_eta": "var * float32", "Tau_phi": "var * float32",
                               "Tau_mass": "var * float32", "Tau_charge": "var * int32", "Tau_idTight": "var * bool",
                               "Jet_pt": "var * float32", "Jet_eta": "var * float32", "Jet_phi": "var * float32",
                               "Jet_mass": "var * float32", "MET_pt": "float32", "MET_phi": "float32"})  # fmt: skip
        import awkward as ak

        two = ak.Array([[40.0, 30.0], [25.0]])
        number = np.array([50.0, 20.0], dtype=np.float32)
        file["Events"].extend(
            {f"{c}_{f}": ak.values_astype(two / 10 if f != "pt" else two, "float32")
             for c in ("Tau", "Jet") for f in ("pt", "eta", "phi", "mass")}
            | {"Tau_charge": ak.Array([[1, -1], [1]]), "Tau_idTight": ak.Array([[True, False], [True]]),
               "MET_pt": number, "MET_phi": number / 100}
        )  # fmt: skip
    return inspect_input(path)


def test_system_message_is_the_same_for_every_task() -> None:
    first, second = (
        coder_messages(request=text, files_text="f", plan="", outputs=(), skeleton="", cards=(), draft=1, previous=())[
            0
        ]
        for text in ("Count the taus", "Plot the jets")
    )
    assert first == second
    assert first.role == "system"


def test_request_and_contract_reach_the_coder_to_the_letter() -> None:
    request = "Taus with pT > 30 GeV & |η| < 2.1 {{ not a template }}"
    text = coder_messages(
        request=request, files_text="the files", plan="the plan", outputs=(OUTPUT,), skeleton="x = ...\n",
        cards=("nearest_to_mass(pairs, mass)",), draft=2,
        previous=(PreviousDraft(script="x", failure=Failure(stage="output", name="missing", message="no out.json")),),
    )[1].text  # fmt: skip
    for part in (request, "the files", "the plan", "out.json: n, mean", "x = ...", "no out.json", "nearest_to_mass("):
        assert part in text


def test_third_draft_goes_without_the_skeleton() -> None:
    text = coder_messages(
        request="r",
        files_text="f",
        plan="",
        outputs=(),
        skeleton="skeleton_line = ...\n",
        cards=(),
        draft=3,
        previous=(),
    )[1].text
    assert "skeleton_line" not in text


def test_a_typed_selection_is_asked_for_with_the_nearest_examples_and_no_draft() -> None:
    system, user = selection_messages(
        request="three leptons, the pair nearest to the Z", files_text="f", outputs=(OUTPUT,)
    )
    assert '"target":91.2' in system.text
    assert 1 <= system.text.count("\nRequest: ") <= MOST_EXAMPLES
    assert len(system.text) < EXAMPLE_CHARACTERS + 3000
    assert "out.json: n, mean" in user.text
    assert "```" not in system.text + user.text


def test_what_is_missing_in_a_typed_selection_is_asked_for() -> None:
    text = selection_again_message(problem="", unused=("52", "two")).text
    assert "52, two" in text
    assert "That does not work" not in text
    assert "no such name" in selection_again_message(problem="no such name", unused=()).text


def test_debugger_sees_the_marked_line_and_the_hints() -> None:
    failure = Failure(stage="execution", name="name", message="NameError: b", line=2)
    text = debugger_messages(
        request="r",
        files_text="f",
        outputs=(OUTPUT,),
        script="a = 1\nb\n",
        failure=failure,
        traceback="trace",
        hints=("hint one",),
    )[1].text
    assert "b  # <-- error" in text
    assert "- hint one" in text
    assert "trace" in text


def test_templates_are_strict() -> None:
    with pytest.raises(UndefinedError):
        _render("coder", request="only this")


def test_hashes_name_every_template() -> None:
    assert all(len(value) == 64 for value in prompt_hashes().values())
    assert supervisor_messages(request="r", files_text="f", outputs=(OUTPUT,))[1].text.startswith("# Request")


@pytest.mark.parametrize(
    ("request_text", "lines"),
    [
        (
            "Select taus with p_T > 30 GeV and |η| < 2.3. Events with at least two such taus and MET above 40 GeV.",
            ["taus = events.Tau[(events.Tau.pt > 30) & (abs(events.Tau.eta) < 2.3)]", "taus_cut = count(taus) >= 2",
             "MET_cut = events.MET.pt > 40", "selected = taus_cut & MET_cut"],
        ),
        (
            "How many events have no tau (pt>25) but exactly one jet with 20 < pt < 80 GeV?",
            ["taus = events.Tau[events.Tau.pt > 25]", "taus_cut = count(taus) == 0",
             "jets = events.Jet[(events.Jet.pt > 20) & (events.Jet.pt < 80)]", "jets_cut = count(jets) == 1"],
        ),
        (
            "Tight taus excluding 1.37-1.52; opposite-sign tau pairs with an invariant mass between 60 and 90 GeV",
            ["first, second = opposite_sign_pairs(taus)", "mass_cut = ak.any((mass > 60) & (mass < 90), axis=1)"],
        ),
        (
            "Select events with at least two tight taus of pt > 20 GeV and two jets",
            ["taus = events.Tau[events.Tau.idTight & (events.Tau.pt > 20)]", "taus_cut = count(taus) >= 2"],
        ),
        (
            "events whose leading jet has pt > 50 GeV and whose subleading jet has pt > 30 GeV",
            ["lead_cut = leading(jets).pt > 50", "sublead_cut = leading(jets, 2).pt > 30"],
        ),
    ],
)  # fmt: skip
def test_skeleton_proposes_what_the_request_says(facts: FileFacts, request_text: str, lines: list[str]) -> None:
    skeleton = build_skeleton(request_text, [facts], [OUTPUT])
    for line in lines:
        assert line in skeleton


def test_skeleton_of_a_histogram_fills_quantity_bins_and_range(facts: FileFacts) -> None:
    outputs = [Output(file="h.npz", kind="npz"), Output(file="h.png", kind="png")]
    text = "Histogram of the pt of the leading jet in events with MET > 30 GeV, 20 bins from 0 to 100 GeV"
    skeleton = build_skeleton(text, [facts], outputs)
    assert "values = leading_jet.pt[selected]" in skeleton
    assert 'save_histogram("h.npz", values, bins=20, range=(0, 100))' in skeleton


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (("n_all", "two_taus"), ("n_all", "two_taus")),
        (("n_selected", "mean_mass"), ("all", "taus")),
        ((), ("all", "taus")),
    ],
)
def test_rows_of_a_cutflow_take_the_names_of_the_contract_only_when_they_are_rows(
    facts: FileFacts, names: tuple[str, ...], rows: tuple[str, ...]
) -> None:
    output = Output(file="r.json", kind="json", fields=tuple(OutputField(name=name) for name in names))
    skeleton = build_skeleton("Events with at least two taus of pt > 20 GeV; give the cutflow", [facts], [output])
    assert [f'cutflow.add("{row}"' in skeleton for row in rows] == [True, True]


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("n_selected", "ak.sum(selected)"),
        ("max_ditau_mass", "ak.max(mass[selected])"),
        ("mass_mean", "ak.mean(mass[selected])"),
        ("mean_met", "ak.mean(events.MET.pt[selected])"),
        ("mean_n_taus", "ak.mean(count(taus)[selected])"),
        ("min_tau_pt", "ak.min(taus.pt[selected])"),
        ("mean_colour", "..."),
        ("significance", "..."),
    ],
)
def test_names_that_say_what_they_are_are_filled_in(facts: FileFacts, name: str, expression: str) -> None:
    output = Output(file="r.json", kind="json", fields=(OutputField(name=name),))
    text = "Invariant mass of the two leading taus in events with at least two taus of pt > 20 GeV and MET > 10 GeV"
    assert f"{name} = {expression}\n" in build_skeleton(text, [facts], [output])


def test_skeleton_is_python_and_only_its_gaps_are_wrong(facts: FileFacts) -> None:
    known = Known.of([facts], [OUTPUT])
    skeleton = build_skeleton("Count events with at least one tau with pt > 20 GeV", [facts], [OUTPUT])
    assert {one.message[:5] for one in check_script(skeleton, known)} == {"`...`"}
    filled = skeleton.replace("n = ...", "n = ak.sum(selected)").replace("mean = ...", "mean = ak.mean(events.MET.pt)")
    assert check_script(filled, known) == ()
    assert repair_script(filled, known).source == filled


def test_skeleton_without_inputs_has_outputs_only() -> None:
    skeleton = build_skeleton("Say hello", [], [OUTPUT])
    assert 'save_json("out.json", {"n": n, "mean": mean})' in skeleton
    assert "read_events" not in skeleton


@pytest.mark.parametrize(
    ("words", "symbol"), [("at least", ">="), ("above", ">"), ("fewer than", "<"), ("up to", "<="), ("exactly", "==")]
)
def test_operators(words: str, symbol: str) -> None:
    assert operator_of(words) == symbol


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("at least three jets", ">= 3"),
        ("two or more jets", ">= 2"),
        ("no jets", "== 0"),
        ("exactly 1 jet", "== 1"),
        ("jets", None),
    ],
)
def test_numbers_of_objects(text: str, condition: str | None) -> None:
    match = scanner(["pt"]).search(normalised(text))
    assert match is not None
    assert condition_of(match) == condition
