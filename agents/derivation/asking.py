"""Asks a model for the typed selection of a request, and once more for what is missing or wrong in it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from hepcoder.agents.derivation.aims import aimed
from hepcoder.agents.derivation.completing import as_named
from hepcoder.agents.derivation.coverage import numbers_in, overused_numbers, unused_numbers
from hepcoder.agents.derivation.mentions import unused_words
from hepcoder.agents.derivation.naming import misnamed
from hepcoder.agents.derivation.placing import miscounted, misplaced, uses_of
from hepcoder.agents.derivation.reading import with_read_cuts
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.derivation.rows import invented_cells, rows_as_labelled
from hepcoder.agents.derivation.splitting import split_as_named
from hepcoder.agents.derivation.statements import stated_numbers
from hepcoder.agents.derivation.tidying import tidied
from hepcoder.agents.derivation.valued import said_twice, valued_as_said
from hepcoder.agents.inspector import facts_of
from hepcoder.agents.models.records import Message
from hepcoder.agents.prompting import selection_again_message, selection_messages
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.budget import BudgetExceededError
from hepcoder.graphs.state import SolveState
from hepcoder.tools.contract import Output
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.selection.contradictions import contradictions
from hepcoder.tools.selection.forms import schema_of_all, selection_from
from hepcoder.tools.selection.formulas import with_formulas
from hepcoder.tools.selection.script import to_script
from hepcoder.tools.selection.vocabulary import SelectionError

MOST_ASKED = 2
# What stands for a missing value, which no cut from below lets pass.
_NOT_THERE = re.compile(r"-9{2,5}(?:\.0*)?(?![\d.])")
# The format's numbers of kinds of objects, which have names here: *jets (type 4)*, *types 1 and 2 are leptons*.
_KINDS_OF_LHCO = re.compile(r"\btyp(?:e|es)?\s*[=:]*\s*[0-6]\b(?:(?:\s*,|\s+and|\s+or|\s*/)\s*[0-6]\b)*", re.IGNORECASE)
_EMPTY: dict[str, Any] = {part: [] for part in ("objects", "candidates", "quantities", "cuts", "categories")}
_EMPTY |= {part: {} for part in ("histograms", "values", "tables")}
_MOST_PROBLEMS = 3
_MOST_TOLD = 200
_NO_EVENTS = "the inputs are not one file of events"


def derive(bench: Workbench, state: SolveState) -> Derivation:
    """Ask for the selection; what the first answer lacks is asked for again, once.

    Raises:
        ProviderError: The model did not answer.
        BudgetExceededError: The call does not fit the budget.
    """
    facts = facts_of(bench, state)
    if len(facts) != 1 or not (facts[0].layout.collections or facts[0].layout.columns):
        return Derivation(problem=_NO_EVENTS)
    request, outputs = bench.task.prompt, bench.task.outputs
    messages = selection_messages(
        request=request,
        files_text=bench.artifacts.get_text(state["files_text"]),
        outputs=outputs,
        flat=not facts[0].layout.collections,
    )
    schema = schema_of_all(facts[0], request=request, outputs=outputs)
    best = Derivation(problem="nothing was asked")
    for _ in range(MOST_ASKED):
        try:
            reply = bench.ask(messages, json_schema=schema)
        except BudgetExceededError:
            if best.selection is None:
                raise
            break  # what it leaves out is on record, and verifies nothing
        found = derivation_of(reply.text, request, facts[0], outputs)
        best = found if _is_better(found, best) else best
        lacking = (*found.unused, *found.completed)
        if found.selection is not None and not lacking:
            break
        again = selection_again_message(problem=found.problem, unused=lacking)
        messages = (*messages[:2], Message(role="assistant", text=reply.text), again)
    return best


def derivation_of(text: str, request: str, facts: FileFacts, outputs: Sequence[Output]) -> Derivation:
    """What an answer makes, checked against the data.

    Args:
        text: The model's answer.
        request: The request.
        facts: The file of events.
        outputs: The output contract.
    """
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        return Derivation(problem=f"the answer is no complete JSON: {error.msg}")
    given = _EMPTY | given if isinstance(given, dict) else given
    misfit = _misfit(given, schema_of_all(facts, request=request, outputs=outputs))
    if misfit:
        return Derivation(problem=misfit)
    try:
        spelled = with_formulas(given)
    except SelectionError as error:
        return Derivation(problem=str(error))
    return _derived(spelled, request, facts, outputs)


def _derived(given: Mapping[str, Any], request: str, facts: FileFacts, outputs: Sequence[Output]) -> Derivation:
    """What an answer of the right shape makes, after the rules."""
    told_apart = rows_as_labelled(split_as_named(aimed(given), facts.layout, request), facts.layout, request)
    named = as_named(told_apart, facts.layout)
    answer = tidied(valued_as_said(named, request), facts.layout, request)
    lacking = _unused(request, answer, facts)
    answer = with_read_cuts(answer, lacking, request, facts)
    unused = _unused(request, answer, facts)
    by_rules = tuple(one for one in lacking if one not in unused)
    if _bins_of(answer) != _bins_of(given):  # the coder's head start has its bins from the same rule
        by_rules += ("the bins as stated",)
    try:
        selection = selection_from([answer], [{"files": [facts.path]}], outputs)
        script = to_script(selection, facts.layout)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:_MOST_PROBLEMS]]
        return Derivation(problem="; ".join(told), unused=unused)
    except SelectionError as error:
        return Derivation(problem=str(error), unused=unused)
    wrong = [*misnamed(selection), *map(_told_once, overused_numbers(request, answer))]
    wrong += misplaced(request, answer, [one.name for one in facts.layout.columns])
    wrong += miscounted(request, answer, facts.layout)
    wrong += invented_cells(answer, [abs(one.value) for one in stated_numbers(request)])
    if wrong:
        return Derivation(problem="; ".join(wrong[:_MOST_PROBLEMS]), unused=unused)
    notes = contradictions(selection)
    return Derivation(selection=selection, script=script, unused=unused, completed=by_rules, notes=notes)


def _misfit(answer: Any, schema: Mapping[str, Any]) -> str:
    """Where an answer first differs from its schema, which not every server holds a model to; empty if nowhere."""
    import jsonschema  # type: ignore[import-untyped]

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(answer))
    if error is None:
        return ""
    told = error.message if len(error.message) <= _MOST_TOLD else f"{error.message[:_MOST_TOLD]} ..."
    return f"at {'.'.join(map(str, error.absolute_path)) or 'the top'}: {told}"


def _unused(request: str, answer: Mapping[str, Any], facts: FileFacts) -> tuple[str, ...]:
    said = _KINDS_OF_LHCO.sub(" ", request) if facts.layout.kind == "lhco" else request
    said = _NOT_THERE.sub(" ", said) if any(use.value > 0 for use in uses_of(answer)) else said
    numbers = unused_numbers(said, set(numbers_in(answer)))
    return (*numbers, *unused_words(request, answer, facts.layout), *said_twice(answer))


def _bins_of(answer: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {name: (one["bins"], one["low"], one["high"]) for name, one in answer["histograms"].items()}


def _told_once(number: str) -> str:
    return f"the request says {number} once, but cuts on different quantities use it; keep the cut that is asked for"


def _is_better(one: Derivation, other: Derivation) -> bool:
    """Whether a derivation is there, or fits the request more; of equals the later one, which knew more."""
    if one.selection is None or other.selection is None:
        return one.selection is not None or other.selection is None
    return (len(one.unused), len(one.completed)) <= (len(other.unused), len(other.completed))
