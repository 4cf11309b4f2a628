"""Rules name what went wrong."""

import pytest

from hepcoder.agents.diagnosis import diagnose
from hepcoder.sandbox.records import Attempt, Execution, Peaks, Traceback

PEAKS = Peaks(wall_seconds=1.0)


def run(exception: str, message: str, script: str = "", inputs: tuple[str, ...] = ("data.root",)) -> str:
    trace = Traceback(exception=exception, message=message, line=3, text="")
    execution = Execution(outcome="finished", exit_code=1, traceback=trace, peaks=PEAKS, backend="test")
    failure = diagnose(execution, script, inputs)
    assert failure is not None
    return failure.label


@pytest.mark.parametrize(
    ("exception", "message", "label"),
    [
        ("NameError", "name 'ak' is not defined", "execution.name"),
        ("ModuleNotFoundError", "No module named 'ROOT'", "execution.import"),
        ("KeyError", "'mass'", "execution.key"),
        ("AttributeError", "no field named 'Pt'", "execution.branch_name"),
        ("KeyInFileError", "not found: 'Muon_PT'", "execution.branch_name"),
        ("ValueError", "cannot broadcast nested list", "execution.index"),
        ("ValueError", "bins must increase", "execution.value"),
        ("IndexError", "index 3 is out of bounds", "execution.index"),
        ("SyntaxError", "invalid syntax", "static.syntax"),
        ("ZeroDivisionError", "division by zero", "execution.exception"),
        ("OSError", "[Errno 22] Invalid argument", "execution.exception"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'data.root'", "execution.missing_input"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'other.root'", "execution.missing_input"),
    ],
)
def test_exceptions_have_a_class(exception: str, message: str, label: str) -> None:
    assert run(exception, message) == label


def test_a_file_the_script_should_have_written_is_an_intermediate_one() -> None:
    script = "save('step.npz')\nload('step.npz')\n"
    message = "[Errno 2] No such file or directory: 'step.npz'"
    assert run("FileNotFoundError", message, script) == "execution.missing_intermediate"


@pytest.mark.parametrize(
    "outcome", ["time", "cpu", "memory", "disk", "inodes", "processes", "output_flood", "forbidden"]
)
def test_a_broken_limit_is_its_own_class(outcome: str) -> None:
    execution = Execution.model_validate(
        {"outcome": outcome, "exit_code": None, "peaks": PEAKS, "backend": "test", "detail": "both numbers"}
    )
    failure = diagnose(execution, "", ())
    assert failure is not None
    assert failure.label == f"execution.{outcome}"


def test_a_broken_sandbox_is_not_the_scripts_fault() -> None:
    execution = Execution(outcome="sandbox_failed", exit_code=None, peaks=PEAKS, backend="test", detail="no mount")
    failure = diagnose(execution, "", ())
    assert failure is not None
    assert not failure.row.counts


def test_exit_code_0_is_no_failure_of_the_run() -> None:
    assert diagnose(Execution(outcome="finished", exit_code=0, peaks=PEAKS, backend="test"), "", ()) is None


def test_a_silent_exit_has_a_class() -> None:
    failure = diagnose(Execution(outcome="finished", exit_code=3, peaks=PEAKS, backend="test"), "", ())
    assert failure is not None
    assert failure.label == "execution.exit_code"


@pytest.mark.parametrize(
    ("attempt", "label"),
    [
        (Attempt(kind="read", target="~/.ssh/id_rsa"), "execution.forbidden"),
        (Attempt(kind="network", target="127.0.0.1:80"), "execution.forbidden"),
        (Attempt(kind="environment", target="os.environ"), "execution.forbidden"),
        (Attempt(kind="process", target="1"), "execution.forbidden"),
        (Attempt(kind="kernel", target="ptrace by ctypes"), "execution.forbidden"),
        (Attempt(kind="read", target="/data/run2/events.root"), None),
        (Attempt(kind="write", target="/results/plot.png"), None),
    ],
)
def test_a_good_end_does_not_excuse_reaching_for_what_no_analysis_needs(attempt: Attempt, label: str | None) -> None:
    execution = Execution(outcome="finished", exit_code=0, attempts=(attempt,), peaks=PEAKS, backend="bwrap")
    failure = diagnose(execution, "", ())
    assert (failure.label if failure else None) == label
    if failure:
        assert attempt.target in failure.message


def test_an_exception_is_told_before_an_attempt_that_did_not_cause_it() -> None:
    attempt = Attempt(kind="environment", target="os.environ")
    trace = Traceback(exception="KeyError", message="'mass'", line=3, text="")
    execution = Execution(
        outcome="finished", exit_code=1, attempts=(attempt,), traceback=trace, peaks=PEAKS, backend="bwrap"
    )
    failure = diagnose(execution, "", ())
    assert failure is not None
    assert failure.label == "execution.key"


def test_a_script_that_gives_up_silently_after_an_attempt_is_told_of_the_attempt() -> None:
    attempt = Attempt(kind="network", target="example.org:443")
    execution = Execution(outcome="finished", exit_code=1, attempts=(attempt,), peaks=PEAKS, backend="bwrap")
    failure = diagnose(execution, "", ())
    assert failure is not None
    assert failure.label == "execution.forbidden"


def test_the_line_of_a_broken_limit_is_kept_for_the_debugger() -> None:
    trace = Traceback(exception="MemoryError", message="", line=7, text="")
    execution = Execution(
        outcome="memory", exit_code=None, traceback=trace, peaks=PEAKS, backend="bwrap", detail="memory: too much"
    )
    failure = diagnose(execution, "", ())
    assert failure is not None
    assert (failure.label, failure.line) == ("execution.memory", 7)
