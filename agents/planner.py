"""The supervisor's part in the graph: plan first, then after each outcome end, or ask for a fresh draft."""

from hepcoder.agents.prompting import supervisor_messages
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.routing import may_draft_again
from hepcoder.graphs.state import SolveState, open_failure
from hepcoder.ledger.events import PlanMade, Status

PLAN_TOKENS = 400


def supervise(bench: Workbench, state: SolveState) -> SolveState:
    """Decide: plan and ask for the first draft, accept a result, ask for another draft, or give up.

    Where two derivations differ and one fresh draft has not settled it, the typed selection's results are given back
    unverified if it uses all that the request says; if not, neither is to be trusted.

    Raises:
        ProviderError: The model did not answer.
        BudgetExceededError: The planning call does not fit the budget.
    """
    failure = open_failure(state)
    if failure is None and state["draft"] == 0:
        return plan(bench, state)
    if failure is None:
        status: Status = "verified" if state["verified"] else "unverified"
        return SolveState(status=status)
    doubted = state.get("doubted")
    asked_again = doubted is not None and state["draft"] > 1
    if state["draft"] > 0 and not asked_again and may_draft_again(state, bench.options.policy):
        return SolveState(draft=state["draft"] + 1, repair=0, stuck=False, failure=None)
    if not doubted:
        return SolveState(status="failed")
    return SolveState(
        status="unverified",
        failure=None,
        script=doubted["script"],
        execution=doubted["execution"],
        artifacts=doubted["artifacts"],
    )


def plan(bench: Workbench, state: SolveState) -> SolveState:
    """Write the plan; empty when no model plans, since the coder's draft by rules says what rules can say."""
    text = _model_plan(bench, state) if _model_plans(bench) else ""
    sha = bench.artifacts.put_text(text)
    bench.note(PlanMade(plan_sha256=sha, text=text))
    return SolveState(plan=sha, draft=1)


def _model_plans(bench: Workbench) -> bool:
    choice = bench.options.plan
    return choice == "model" or (choice == "auto" and not bench.embedded)


def _model_plan(bench: Workbench, state: SolveState) -> str:
    messages = supervisor_messages(
        request=bench.task.prompt,
        files_text=bench.artifacts.get_text(state["files_text"]),
        outputs=bench.task.outputs,
    )
    text = bench.ask(messages, most_tokens=PLAN_TOKENS).text.strip()
    return text.encode(errors="replace").decode()  # a reply's JSON may hold lone surrogates, which no file can
