"""The inspect node: reads the inputs' structure and writes down what the model may see of it."""

from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter

from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Inspected
from hepcoder.sandbox.records import Input
from hepcoder.tools.inspect import FileFacts, describe, inspect_input
from hepcoder.tools.inspect.quality import find_faults

FILES_TOKENS = 1500
FILES_TOKENS_EMBEDDED = 300
MOST_FINDINGS = 6
_ALL_FACTS = TypeAdapter(tuple[FileFacts, ...])


def inspect(bench: Workbench, state: SolveState) -> SolveState:  # noqa: ARG001
    """Inspect every input; no model is asked.

    Raises:
        InputError: An input is missing, empty, truncated or not what its name says.
    """
    facts = tuple(_facts(item) for item in bench.inputs)
    inspected = bench.options.techniques.inspection
    text = describe(facts, bench.task.prompt, budget_tokens=_budget_tokens(bench)) if inspected else _names(facts)
    findings = tuple(_findings(bench, facts)) if bench.options.techniques.quality else ()
    if findings:
        text = "\n".join([text, "Beware of the data:", *(f"- {one}" for one in findings[:MOST_FINDINGS])])
    facts_sha = bench.artifacts.put_bytes(_ALL_FACTS.dump_json(facts))
    text_sha = bench.artifacts.put_text(text)
    summary = tuple(map(_summary, facts))
    bench.note(Inspected(facts_sha256=facts_sha, prompt_sha256=text_sha, summary=summary, findings=findings))
    return SolveState(facts=facts_sha, files_text=text_sha)


def facts_of(bench: Workbench, state: SolveState) -> tuple[FileFacts, ...]:
    """The facts that `inspect` found."""
    return _ALL_FACTS.validate_json(bench.artifacts.get_bytes(state["facts"]))


def _budget_tokens(bench: Workbench) -> int:
    if bench.options.files_tokens is not None:
        return bench.options.files_tokens
    return FILES_TOKENS_EMBEDDED if bench.embedded else FILES_TOKENS


def _findings(bench: Workbench, facts: Sequence[FileFacts]) -> Iterator[str]:
    """What is wrong with the data, with the file's name where there are several."""
    for item, one in zip(bench.inputs, facts, strict=True):
        for finding in find_faults(item.path, one, bench.task.prompt):
            yield f"{item.name}: {finding.text}" if len(facts) > 1 else finding.text


def _names(facts: Sequence[FileFacts]) -> str:
    return "\n".join(one.path for one in facts)


def _facts(item: Input) -> FileFacts:
    """Facts under the name that scripts see, so that no path of this machine reaches a prompt."""
    return inspect_input(item.path).model_copy(update={"path": item.name})


def _summary(facts: FileFacts) -> str:
    collections = ", ".join(facts.collections[:8]) or "no collections"
    return f"{facts.path}: {facts.kind}, {facts.entries} entries, {collections}"
