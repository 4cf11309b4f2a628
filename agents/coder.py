"""The coder: request, files and plan in, one Python script out."""

from hepcoder.agents.derivation.making import derivation_of_trial, is_complete, kept
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.drafting.skeleton import build_skeleton
from hepcoder.agents.inspector import facts_of
from hepcoder.agents.parsing import FormatError, extract_code
from hepcoder.agents.prompting import PreviousDraft, coder_messages
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Diagnosed, ScriptWritten
from hepcoder.ledger.failures import Failure
from hepcoder.tools.cards import cards_for

CARD_TOKENS = 500
_LAST_SELECTION = 2


def code(bench: Workbench, state: SolveState) -> SolveState:
    """Write a draft; a draft after the first is told of the earlier ones and sampled differently.

    Raises:
        ProviderError: The model did not answer.
        BudgetExceededError: The call does not fit the budget.
    """
    draft = state["draft"]
    if bench.options.techniques.typed_selection and draft <= _LAST_SELECTION:
        found, changes = derivation_of_trial(bench, state)
        if _takes(bench, state, found):
            sha = bench.artifacts.put_text(found.script)
            bench.note(ScriptWritten(script_sha256=sha, draft=draft, repair=0, origin="selection"))
            return SolveState({**changes, "script": sha, "repair": 0, "stuck": False, "failure": None})
        state = SolveState({**state, **changes})
    return SolveState({**kept(state), **_by_model(bench, state)})


def _takes(bench: Workbench, state: SolveState, found: Derivation) -> bool:
    """Whether the typed selection's script is the draft.

    It is the first one where it uses all that the request says and writes every output, and the second one where the
    coder's own did not even run.
    """
    if state["draft"] == 1:
        return found.is_whole and is_complete(bench, found)
    disagreed = any(failure["name"] == "disagreement" for failure in state["history"])
    taken = any(
        isinstance(event.body, ScriptWritten) and event.body.origin == "selection" for event in bench.log.events
    )
    return bool(found.folder) and not (disagreed or taken)


def _by_model(bench: Workbench, state: SolveState) -> SolveState:
    draft = state["draft"]
    try:
        source = ask_coder(bench, state, draft=draft)
    except FormatError as error:
        return bench.failed(error.failure)
    sha = bench.artifacts.put_text(source)
    bench.note(ScriptWritten(script_sha256=sha, draft=draft, repair=0, origin="coder"))
    return SolveState(script=sha, repair=0, stuck=False, failure=None)


def ask_coder(bench: Workbench, state: SolveState, *, draft: int) -> str:
    """The script that the model writes for the request.

    Args:
        bench: The trial's tools.
        state: Its state.
        draft: Number of the draft; those after the first are told of the earlier ones.

    Raises:
        FormatError: The reply has no script.
        ProviderError: The model did not answer.
        BudgetExceededError: The call does not fit the budget.
    """
    helps = bench.options.techniques
    messages = coder_messages(
        request=bench.task.prompt,
        files_text=bench.artifacts.get_text(state["files_text"]),
        plan=bench.artifacts.get_text(state["plan"]),
        outputs=bench.task.outputs,
        skeleton=build_skeleton(bench.task.prompt, facts_of(bench, state), bench.task.outputs)
        if helps.head_start
        else "",
        cards=_cards(bench, state) if helps.cards else (),
        draft=draft,
        previous=previous_drafts(bench, draft),
    )
    reply = bench.ask(messages, draft=draft)
    return extract_code(reply.text, truncated=reply.truncated)


def _cards(bench: Workbench, state: SolveState) -> tuple[str, ...]:
    """Cards of functions that the system message does not already tell of."""
    found = cards_for(bench.task.prompt, facts_of(bench, state), CARD_TOKENS, basic=False)
    return tuple(card.text for card in found)


def previous_drafts(bench: Workbench, draft: int) -> tuple[PreviousDraft, ...]:
    """The last script of each earlier draft with what was wrong with it."""
    last: dict[int, str] = {}
    wrong: dict[str, Failure] = {}
    for event in bench.log.events:
        body = event.body
        if isinstance(body, ScriptWritten) and body.draft < draft:
            last[body.draft] = body.script_sha256
        elif isinstance(body, Diagnosed) and body.script_sha256 is not None:
            wrong[body.script_sha256] = body.failure
    return tuple(
        PreviousDraft(script=bench.artifacts.get_text(sha), failure=_untold(wrong[sha]))
        for sha in last.values()
        if sha in wrong
    )


def _untold(failure: Failure) -> Failure:
    """A disagreement without its numbers: a fresh draft that knew them would be no evidence."""
    if failure.name != "disagreement":
        return failure
    return failure.model_copy(update={"message": "another way of computing it gave other results"})
