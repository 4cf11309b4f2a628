"""The whole loop: real graph, real sandbox, real clients; a script plays the model."""

import subprocess
import sys
from pathlib import Path

import pytest
from solving_case import CHEAT, GOOD, RAISES, SILENT, expected, fenced, make_task, script_model

from hepcoder.agents import Options, Solution, Supervisor
from hepcoder.graphs.task import Budget
from hepcoder.ledger.errors import CredentialError, InputError, ModelNotFoundError, TaskError, UserError
from hepcoder.ledger.events import CallFinished, Event, NodeStarted, TextDelta

RULES = Options(plan="rules")


def solve(tmp_path: Path, *replies: object, options: Options = RULES, **fields: object) -> Solution:
    task = make_task(tmp_path, **fields)
    supervisor = Supervisor(script_model(tmp_path, *replies), runs=tmp_path / "runs", options=options)
    return supervisor.solve(task)


def test_a_good_draft_is_a_solution(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(GOOD))
    n_selected, mean_pt = expected(tmp_path / "photons.root")
    assert solution.status == "unverified"
    assert solution.values == {"n_selected": n_selected, "mean_pt": pytest.approx(mean_pt)}
    assert solution.history == ()
    assert solution.totals.calls == 1
    assert solution.totals.usd is None
    assert solution.totals.unpriced_attempts == 1
    assert {item.name: item.outcome for item in solution.evidence} == {"contract": "pass", "input_dependence": "pass"}


def test_the_script_runs_alone_from_its_folder(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(GOOD))
    assert solution.script_path is not None
    before = solution.outputs["result.json"].read_bytes()
    solution.outputs["result.json"].unlink()
    subprocess.run([sys.executable, "script.py"], cwd=solution.script_path.parent, check=True, timeout=120)
    assert solution.outputs["result.json"].read_bytes() == before


def test_an_error_is_repaired_and_stays_in_the_history(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(RAISES), fenced(GOOD))
    assert solution.status == "unverified"
    assert [failure.label for failure in solution.history][0].startswith(("execution.", "static."))
    assert solution.totals.calls == 2


@pytest.mark.parametrize(
    ("bad", "labels"), [(SILENT, {"output.missing", "static.no_output"}), (CHEAT, {"output.dummy_data"})]
)
def test_exit_code_0_is_not_success(tmp_path: Path, bad: str, labels: set[str]) -> None:
    solution = solve(tmp_path, fenced(bad), fenced(GOOD))
    assert solution.history[0].label in labels
    assert solution.status == "unverified"


def test_it_gives_up_within_its_bounds(tmp_path: Path) -> None:
    replies = [fenced(RAISES.replace("fire", f"fire {number}")) for number in range(6)]
    solution = solve(tmp_path, *replies, options=Options(plan="rules", drafts=2, repairs=2))
    assert solution.status == "failed"
    assert solution.failure is not None
    assert solution.failure.stage in {"execution", "static"}
    assert solution.totals.calls == 6
    assert solution.outputs == {}


def test_a_reply_without_code_leads_to_a_fresh_draft(tmp_path: Path) -> None:
    solution = solve(tmp_path, "I am afraid I cannot do that.", fenced(GOOD))
    assert [failure.label for failure in solution.history] == ["coder.no_code"]
    assert solution.status == "unverified"


def test_a_model_plans_when_asked_to(tmp_path: Path) -> None:
    solution = solve(tmp_path, "1. read the photons 2. count", fenced(GOOD), options=Options(plan="model"))
    assert solution.status == "unverified"
    assert solution.totals.calls == 2


def test_the_stream_tells_who_acts_and_what_is_written(tmp_path: Path) -> None:
    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs", options=RULES)
    items = list(supervisor.stream(make_task(tmp_path)))
    nodes = [item.node for item in items if isinstance(item, Event) and isinstance(item.body, NodeStarted)]
    assert nodes == ["inspect", "supervise", "code", "check", "execute", "verify", "supervise"]
    assert "uproot" in "".join(item.text for item in items if isinstance(item, TextDelta))
    assert isinstance(items[-1], Solution)


def test_a_bare_string_is_a_task(tmp_path: Path) -> None:
    task = make_task(tmp_path)
    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs", options=RULES)
    solution = supervisor.solve(task.prompt, inputs=task.inputs)
    assert list(solution.outputs) == ["result.json"]


async def run_async(supervisor: Supervisor, tmp_path: Path) -> Solution:
    return await supervisor.asolve(make_task(tmp_path))


def test_asolve_gives_the_same(tmp_path: Path) -> None:
    import asyncio

    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs", options=RULES)
    assert asyncio.run(run_async(supervisor, tmp_path)).status == "unverified"


def test_a_budget_of_zero_calls_fails_with_its_name(tmp_path: Path) -> None:
    solution = solve(tmp_path, fenced(GOOD), budget=Budget(calls=0))
    assert solution.failure is not None
    assert solution.failure.label == "budget.calls"
    assert solution.totals.attempts == 0


def test_a_prompt_larger_than_the_context_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    task = make_task(tmp_path, prompt="Count the photons. " * 6000)
    solution = Supervisor("openai:gpt-4", runs=tmp_path / "runs", options=RULES).solve(task)
    assert solution.failure is not None
    assert solution.failure.label == "provider.context_overflow"
    assert "8192" in solution.failure.message
    assert solution.totals.attempts == 0


@pytest.mark.parametrize(
    ("model", "error", "named"),
    [
        ("openai:gpt-5.1", CredentialError, "OPENAI_API_KEY"),
        ("anthropic:claude-sonet-5", ModelNotFoundError, "claude-sonnet-5"),
        ("antropic:claude-sonnet-5", ModelNotFoundError, "anthropic"),
        ("local:qwen-9000", ModelNotFoundError, "qwen2.5-coder-1.5b"),
        ("compatible:llama", UserError, "base-url"),
    ],
)
def test_a_model_that_cannot_answer_is_named_before_a_run_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, error: type[Exception], named: str
) -> None:
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HEPCODER_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(error, match=named):
        Supervisor(model, runs=tmp_path / "runs").solve(make_task(tmp_path))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("content", [None, b"", b"root is what this file is not"])
def test_a_bad_input_is_named_before_anything_is_paid(tmp_path: Path, content: bytes | None) -> None:
    task = make_task(tmp_path)
    path = task.inputs[0]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs")
    with pytest.raises(InputError, match="photons.root"):
        supervisor.solve(task)


@pytest.mark.parametrize("output", ["../result.json", "/tmp/result.json", "photons.root"])
def test_an_output_that_cannot_be_is_refused(tmp_path: Path, output: str) -> None:
    task = make_task(tmp_path).model_copy(update={"outputs": ()})
    with pytest.raises(TaskError):
        Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs").solve(task, outputs=[output])


def test_sent_parameters_are_on_record(tmp_path: Path) -> None:
    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs", options=RULES)
    calls = [
        item.body
        for item in supervisor.stream(make_task(tmp_path))
        if isinstance(item, Event) and isinstance(item.body, CallFinished)
    ]
    assert calls[0].sent["temperature"] == 0.0
    assert calls[0].dropped == ()
