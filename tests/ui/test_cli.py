"""The command line from end to end: real trials, a script in place of the model."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from solving_case import GOOD, PROMPT, RAISES, fenced, script_model, write_input

from hepcoder.ui.cli import COMMANDS, run
from hepcoder.ui.exits import Exit

OUTPUT = "result.json:n_selected,mean_pt[GeV]"
HEAVY = ("pydantic", "rich", "numpy", "langgraph", "langchain_core", "duckdb", "uproot", "matplotlib", "yaml", "openai")
SLOW = "import time\ntime.sleep(60)\n" + GOOD


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the input file, where the command is called."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY", "HEPCODER_RUNS"):
        monkeypatch.delenv(name, raising=False)
    write_input(tmp_path)
    return tmp_path


def solve(where: Path, *replies: str, options: tuple[str, ...] = ()) -> list[str]:
    """The arguments of `hepcoder solve`; the first reply is the plan."""
    model = script_model(where, "Read the photons, count, write.", *(fenced(reply) for reply in replies))
    runs = str(where / "runs")
    return ["solve", PROMPT, "-i", "photons.root", "-o", OUTPUT, "--model", model, "--runs", runs, *options]


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["solve", "--help"],
        ["models", "pull", "--help"],
        ["learn", "train", "--help"],
        ["solve"],
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"import sys; from hepcoder.ui.cli import run; run({arguments!r}); "
    code += f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "HEAVY []" in done.stdout


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)
    assert all(code.meaning in text for code in Exit)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    # What a group says comes from its commands.
    words = [name, *{"bench": ["status"], "data": ["list"], "learn": ["show"], "workflow": ["write"]}.get(name, [])]
    assert run([*words, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_a_run_is_solved_listed_shown_replayed_and_resumed(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = ["--runs", str(where / "runs")]
    assert run(solve(where, RAISES, GOOD, options=("--json",))) == Exit.SOLVED
    out, err = capsys.readouterr()
    solution = json.loads(out)
    assert solution["status"] == "unverified"
    assert solution["exit_code"] == 0
    assert solution["values"]["n_selected"] > 0
    assert "wrote draft 1" in err
    assert solution["replay_differences"] is None
    (failure,) = solution["history"]
    assert f"repaired: {failure['stage']}.{failure['name']}" in err

    assert run(["runs", "--json", *runs]) == 0
    (row,) = json_of(capsys)["runs"]
    assert (row["run"], row["status"], row["usd"], row["unpriced_attempts"]) == (solution["run"], "unverified", None, 3)

    assert run(["show", "last", *runs]) == 0
    told = capsys.readouterr().out
    assert "wrote draft 1" in told
    assert "python script.py" in told
    assert run(["show", "last", "--script", *runs]) == 0
    assert "ak.any(pt > 30.0, axis=1)" in capsys.readouterr().out
    assert run(["show", "last", "--prompt", "2", *runs]) == 0
    assert PROMPT in capsys.readouterr().out
    assert run(["show", "last", "--events", "--json", *runs]) == 0
    assert [event["body"]["kind"] for event in json_of(capsys)][0] == "trial_started"
    assert run(["show", "last", "--prompt", "99", *runs]) == Exit.STORAGE
    assert "has no call 99; it has 1, 2, 3" in capsys.readouterr().err

    assert run(["resume", "last", "--json", *runs]) == 0
    assert json_of(capsys)["values"] == solution["values"]
    assert run(["replay", "last", "--json", *runs]) == 0
    replayed = json_of(capsys)
    assert replayed["replay_differences"] == []
    assert replayed["run"] != solution["run"]


def test_text_output_ends_with_the_summary(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = script_model(where, "plan", fenced(GOOD))
    assert run(["solve", PROMPT, "-i", "photons.root", "-o", OUTPUT, "--model", model, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert f"run        {where}/hepcoder-runs/" in out
    assert "started with" not in out
    assert out.strip().splitlines()[0] == "unverified"
    assert "n_selected" in out


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (["-i", "nope.root"], Exit.USAGE, "nope.root"),
        (["-o", "../x.json"], Exit.USAGE, "../x.json"),
        (["--model", "anthropc:claude-sonnet-4-5"], Exit.MODEL, "anthropic:claude-sonnet-4-5"),
        (["--model", "openai:gpt-5"], Exit.MODEL, "OPENAI_API_KEY"),
        (["--max-calls", "0"], Exit.BUDGET, "--max-calls"),
        (["--price", "3"], Exit.USAGE, "two numbers"),
        (["--runs", "/proc/nowhere"], Exit.STORAGE, "/proc/nowhere"),
    ],
)
def test_what_goes_wrong_is_one_clear_line(
    where: Path, capsys: pytest.CaptureFixture[str], change: list[str], code: Exit, says: str
) -> None:
    assert run([*solve(where, GOOD), *change, "--quiet"]) == code
    out, err = capsys.readouterr()
    assert says in out + err
    assert "Traceback" not in err


def test_errors_as_json_and_with_a_traceback_on_demand(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "last", "--json", "--debug", "--runs", str(where / "none")]) == Exit.STORAGE
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["type"] == "RunError"
    assert "Traceback" in err


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["solve"], ["show"], ["solve", "x", "--task", "t.yaml"], ["--what"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.USAGE
    assert "Error" in capsys.readouterr().err


def test_a_task_file_is_solved_and_the_options_bound_it(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = script_model(where, "plan", fenced(GOOD))
    task = f"id: photons\nprompt: {PROMPT}\ninputs: [photons.root]\noutputs: ['{OUTPUT}']\n"
    (where / "task.yaml").write_text(task, encoding="utf-8")
    arguments = ["--model", model, "--runs", str(where / "runs"), "--json", "--max-tokens", "12345"]
    assert run(["solve", "--task", "task.yaml", *arguments]) == 0
    run_folder = Path(json_of(capsys)["folder"])
    task_used = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))["task"]
    assert task_used["budget"]["tokens"] == 12345
    assert task_used["budget"]["calls"] == 40


def test_a_damaged_line_is_said_and_the_rest_is_read(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(solve(where, GOOD, options=("--json", "--quiet"))) == 0
    log = next(Path(json_of(capsys)["folder"]).glob("trials/*/events.jsonl"))
    lines = log.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3][: len(lines[3]) // 2] + b"\n"
    log.write_bytes(b"".join(lines))
    assert run(["show", "last", "--runs", str(where / "runs")]) == 0
    out, err = capsys.readouterr()
    assert "line 4 of the log is damaged" in err
    assert "wrote draft 1" in out
    assert run(["runs", "--json", "--runs", str(where / "runs")]) == 0
    assert json_of(capsys)["runs"][0]["damaged_lines"] >= 1


def start_slow_trial(where: Path) -> "subprocess.Popen[str]":
    """A trial in a process of its own, in the middle of a script that takes a minute."""
    code = "from hepcoder.ui.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *solve(where, SLOW, options=("--json",))],
        cwd=where,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any("static check" in line for line in process.stderr)
    time.sleep(0.5)
    return process


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with start_slow_trial(where) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED
    answer = json.loads(out)
    assert answer["status"] == "interrupted"
    assert answer["resume"] in err
    assert "Traceback" not in err
    assert run(["runs", "--json", "--runs", str(where / "runs")]) == 0
    assert json_of(capsys)["runs"][0]["status"] == "stopped"


@pytest.mark.thorough
def test_a_second_ctrl_c_ends_at_once_and_the_log_is_whole(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with start_slow_trial(where) as process:
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED
    assert run(["runs", "--json", "--runs", str(where / "runs")]) == 0
    (row,) = json_of(capsys)["runs"]
    assert row["status"] in {"stopped", "unfinished"}
    assert row["damaged_lines"] == 0


def test_doctor_and_models_answer(
    where: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEPCODER_CACHE", str(where / "cache"))
    code = run(["doctor", "--json"])
    report = json_of(capsys)
    assert report["exit_code"] == code
    assert {check["name"] for check in report["checks"]} == {"python", "sandbox", "model", "runs", "weights"}
    model = next(check for check in report["checks"] if check["name"] == "model")
    assert not model["ok"]
    assert "hepcoder models pull" in model["detail"]
    assert run(["models", "--json"]) == 0
    listed = json_of(capsys)
    assert any(item["name"] == listed["default"] for item in listed["models"])
    assert run(["models", "pull", "--file", "photons.root"]) == Exit.MODEL
    assert "photons.root" in capsys.readouterr().err
    assert run(["models", "pull", "no-such-model"]) == Exit.MODEL
