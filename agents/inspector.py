"""The inspect node: reads the inputs' structure and writes down what the model may see of it."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Inspected
from hepcoder.sandbox.records import Input
from hepcoder.tools.inspect import FileFacts, describe, inspect_input

FILES_TOKENS = 1500
FILES_TOKENS_EMBEDDED = 300
_ALL_FACTS = TypeAdapter(tuple[FileFacts, ...])


def inspect(bench: Workbench, state: SolveState) -> SolveState:  # noqa: ARG001
    """Inspect every input; no model is asked.

    Raises:
        InputError: An input is missing, empty, truncated or not what its name says.
    """
    facts = tuple(_facts(item) for item in bench.inputs)
    inspected = bench.options.techniques.inspection
    text = describe(facts, bench.task.prompt, budget_tokens=_budget_tokens(bench)) if inspected else _names(facts)
    facts_sha = bench.artifacts.put_bytes(_ALL_FACTS.dump_json(facts))
    text_sha = bench.artifacts.put_text(text)
    bench.note(Inspected(facts_sha256=facts_sha, prompt_sha256=text_sha, summary=tuple(map(_summary, facts))))
    return SolveState(facts=facts_sha, files_text=text_sha)


def facts_of(bench: Workbench, state: SolveState) -> tuple[FileFacts, ...]:
    """The facts that `inspect` found."""
    return _ALL_FACTS.validate_json(bench.artifacts.get_bytes(state["facts"]))


def _budget_tokens(bench: Workbench) -> int:
    if bench.options.files_tokens is not None:
        return bench.options.files_tokens
    return FILES_TOKENS_EMBEDDED if bench.embedded else FILES_TOKENS


def _names(facts: Sequence[FileFacts]) -> str:
    return "\n".join(one.path for one in facts)


def _facts(item: Input) -> FileFacts:
    """Facts under the name that scripts see, so that no path of this machine reaches a prompt."""
    return inspect_input(item.path).model_copy(update={"path": item.name})


def _summary(facts: FileFacts) -> str:
    collections = ", ".join(facts.collections[:8]) or "no collections"
    return f"{facts.path}: {facts.kind}, {facts.entries} entries, {collections}"
