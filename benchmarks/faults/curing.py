"""The rules at work on a fault, in the very order of the agent's nodes, with no model to ask."""

from dataclasses import dataclass

from hepcoder.benchmarks.faults.bench import Bench, Ran
from hepcoder.benchmarks.faults.contents import Contents, same_contents
from hepcoder.benchmarks.faults.records import Ending, Fault, Program, Result
from hepcoder.graphs.state import MAX_REPAIRS
from hepcoder.ledger.failures import Failure
from hepcoder.tools.pyfix import Known, check_script, repair_script


@dataclass(frozen=True)
class Repaired:
    """Where the loop came to its end.

    Attributes:
        source: The last text.
        rules: The rules that changed it, in order.
        failure: What is left, None when there is nothing that the agent could see.
        contents: What the program wrote; None with a failure.
    """

    source: str
    rules: tuple[str, ...]
    failure: Failure | None
    contents: Contents | None


def repair_by_rules(source: str, known: Known, bench: Bench, program: Program) -> Repaired:
    """Check, run, judge and repair as the nodes of an agent do, to the point where a model would be asked.

    The check repairs a text before it runs. A failure of the check, the run or its outputs goes to the debugger,
    whose rules may change the text at most `MAX_REPAIRS` times; a text that was there before is no progress.

    Args:
        source: The text.
        known: What is known of data and outputs.
        bench: Where programs run.
        program: The program in whose place the text stands.
    """
    tried = {source}
    rules: tuple[str, ...] = ()
    for left in range(MAX_REPAIRS, -1, -1):
        repair = repair_script(source, known)
        source, rules = repair.source, (*rules, *repair.rules)
        failure = next(iter(check_script(source, known)), None)
        ran = bench.run(program, source) if failure is None else Ran(failure, "", None)
        if ran.failure is None:
            return Repaired(source, rules, None, ran.contents)
        tried.add(source)
        repair = repair_script(source, known, ran.failure, ran.traceback)
        if not left or repair.source in tried:
            break
        source, rules = repair.source, (*rules, *repair.rules)
    return Repaired(source, rules, ran.failure, None)


def effect_of(fault: Fault, bench: Bench, program: Program, truth: Contents) -> str | None:
    """What is wrong with a fault as it stands: see `Result.effect`; what is no Python is not run."""
    known = bench.known(program)
    try:
        compile(fault.source, "script.py", "exec")
    except (SyntaxError, ValueError):
        return check_script(fault.source, known)[0].label
    ran = bench.run(program, fault.source)
    if ran.failure is not None:
        return ran.failure.label
    return None if ran.contents is not None and same_contents(ran.contents, truth) else "silent"


def cure(fault: Fault, bench: Bench, program: Program, truth: Contents) -> Result:
    """Let the rules try a fault.

    Args:
        fault: The fault.
        bench: Where programs run.
        program: The correct program.
        truth: What the correct program writes.
    """
    effect = effect_of(fault, bench, program, truth)
    repaired = repair_by_rules(fault.source, bench.known(program), bench, program)
    ending: Ending = "failing"
    if repaired.contents is not None:
        ending = "cured" if same_contents(repaired.contents, truth) else "wrong"
    left = "" if repaired.failure is None else f"{repaired.failure.label}: {repaired.failure.message}"
    return Result(fault=fault, effect=effect, ending=ending, left=left, rules=repaired.rules)
