"""Recomputes what a script reports of the classifiers that it trained, from the scores that it saved."""

from collections.abc import Sequence

from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Evidence
from hepcoder.ledger.failures import Failure
from hepcoder.tools.json_checks import parse_json
from hepcoder.tools.safe_files import read_output

NAME = "classifier_audit"
SCORES_SUFFIX = "scores.parquet"
MOST_CLASSIFIERS = 20
MOST_FOLDERS = 6
_MOST_TOLD = 3

_LEAKS = frozenset({"leak_by_name", "leak_by_value", "overlap", "too_good", "above_optimum", "chosen_on_test"})
_WRONG = frozenset({"differs", "not_recomputed"})
_WAYS_OUT = {
    "leak": "train without the columns that tell what an event is, on events that are not among the test events",
    "wrong_metric": "report the figures that train_classifiers returns, unchanged",
    "bad_scores": "save probabilities of all classes for events of all splits, as train_classifiers does",
}


def check_classifiers(bench: Workbench, state: SolveState) -> tuple[tuple[Evidence, ...], Failure | None]:
    """Hold the figures of classifiers against their saved scores, and look for leaks.

    Returns:
        Evidence and the failure where something is wrong; no evidence where a run is not about classifiers.
    """
    names = [name for name in state.get("artifacts", {}) if name.endswith(SCORES_SUFFIX)]
    files = sorted(name for name in names if name.count("/") <= MOST_FOLDERS)
    found = _json_outputs(bench, state)
    if not files and not any("auc" in text.lower() for _, text, _ in found):
        return (), None
    from hepcoder.tools.learning.runs.checking import check_left
    from hepcoder.tools.learning.runs.claims import claims_in

    claims = [claim for file, _, value in found for claim in claims_in(value, file)]
    checked = check_left(bench.work_folder(state["step"]) / "run", files[:MOST_CLASSIFIERS], claims)
    if checked is None:
        areas = [claim.where for claim in claims if claim.figure == "auc"]
        return _without_scores(areas), None
    wrong = [one for one in checked.findings if one.severity == "error"]
    if wrong:
        return _wrong([(one.code, one.sentence) for one in wrong])
    notes = [*(one.sentence for one in checked.findings), *checked.unchecked][:_MOST_TOLD]
    if not checked.classifiers:
        return (Evidence(name=NAME, outcome="not_applicable", detail="; ".join(notes)),), None
    what = f"{checked.recomputed} figures of {', '.join(checked.classifiers)} are what the scores give, and no leak"
    return (Evidence(name=NAME, outcome="pass", detail="; ".join([f"{what} was seen", *notes])),), None


def _json_outputs(bench: Workbench, state: SolveState) -> list[tuple[str, str, object]]:
    """Name, text and content of the JSON outputs."""
    folder = bench.work_folder(state["step"]) / "run"
    found: list[tuple[str, str, object]] = []
    for output in bench.task.outputs:
        content = read_output(folder, output.file) if output.kind == "json" else b""
        value = parse_json(content, output.file) if isinstance(content, bytes) and content else None
        if isinstance(content, bytes) and isinstance(value, dict | list):
            found.append((output.file, content.decode("utf-8"), value))
    return found


def _without_scores(areas: Sequence[str]) -> tuple[Evidence, ...]:
    if not areas:
        return ()
    detail = f"{areas[0]} cannot be recomputed: the script left no scores of events, as train_classifiers does"
    return (Evidence(name=NAME, outcome="not_applicable", detail=detail),)


def _wrong(found: Sequence[tuple[str, str]]) -> tuple[tuple[Evidence, ...], Failure]:
    """The worst kind of what was found decides the class: a leak makes figures worthless, be they reported rightly."""
    kinds = [_kind(code) for code, _ in found]
    worst = min(kinds, key=list(_WAYS_OUT).index)
    sentences = [sentence for kind, (_, sentence) in zip(kinds, found, strict=True) if kind == worst]
    told = " ".join(sentences[:_MOST_TOLD])
    message = f"{told} {_WAYS_OUT[worst][0].upper()}{_WAYS_OUT[worst][1:]}"
    failure = Failure(stage="physics" if worst == "leak" else "output", name=worst, message=message)
    return (Evidence(name=NAME, outcome="fail", detail=told),), failure


def _kind(code: str) -> str:
    if code in _LEAKS:
        return "leak"
    return "wrong_metric" if code in _WRONG else "bad_scores"
