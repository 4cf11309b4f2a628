"""The check node: rule-based repairs that need no model, then a static check, before anything runs."""

from hepcoder.agents.inspector import facts_of
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Checked, ScriptWritten
from hepcoder.tools.pyfix import Known, Repair, check_script, repair_script


def check(bench: Workbench, state: SolveState) -> SolveState:
    """Repair by rules what rules can repair, and name the first thing that is left."""
    known = known_of(bench, state)
    source = bench.artifacts.get_text(state["script"])
    repair = repair_script(source, known) if bench.options.techniques.rules else Repair(source=source)
    changes = SolveState()
    sha = state["script"]
    if repair.source != source:
        sha = bench.artifacts.put_text(repair.source)
        bench.note(
            ScriptWritten(
                script_sha256=sha, draft=state["draft"], repair=state["repair"], origin="rules", rules=repair.rules
            )
        )
        changes["script"] = sha
    failures = check_script(repair.source, known)
    bench.note(Checked(script_sha256=sha, failures=failures))
    if failures:
        changes.update(bench.failed(failures[0], script=sha))
    return changes


def known_of(bench: Workbench, state: SolveState) -> Known:
    """What is known of the data and the outputs, for the rules."""
    return Known.of(facts_of(bench, state), bench.task.outputs)
