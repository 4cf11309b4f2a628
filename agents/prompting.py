"""Messages for each role, from the templates in ``prompts/``.

The system message of a role never changes, so that a server can keep its prompt cache; all that belongs to a task is
in the user message. Templates are rendered strictly: a name that is not given is an error.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from hepcoder.agents.models.records import Message
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.record import Record
from hepcoder.tools.contract import Output
from hepcoder.tools.selection.examples.nearest import nearest_examples

if TYPE_CHECKING:
    from jinja2 import Environment

TRACEBACK_CHARS = 600
MOST_EXAMPLES = 3
EXAMPLE_CHARACTERS = 4000  # about 1,500 tokens, in which the nearest one always stands
TEMPLATES = (
    "coder_system", "coder", "debugger_system", "debugger", "supervisor_system", "supervisor", "selection_system",
    "selection", "selection_again",
)  # fmt: skip


class PreviousDraft(Record):
    """A draft that did not work.

    Attributes:
        script: Its last version.
        failure: What was wrong with it.
    """

    script: str
    failure: Failure


def coder_messages(
    *,
    request: str,
    files_text: str,
    plan: str,
    outputs: Sequence[Output],
    skeleton: str,
    cards: Sequence[str],
    draft: int,
    previous: Sequence[PreviousDraft],
) -> tuple[Message, ...]:
    """What the coder is asked.

    Args:
        request: The request, to the letter.
        files_text: What inspection found, as text.
        plan: The plan; empty when there is none.
        outputs: What must be written.
        skeleton: The draft made by rules; empty when there is none. Every third draft goes without it, so that the
            model is not led the same way each time.
        cards: What functions of the toolbox do, for this request; empty for none.
        draft: Number of the draft, from 1.
        previous: Earlier drafts.
    """
    text = _render(
        "coder",
        request=request,
        files_text=files_text,
        plan=plan,
        outputs=outputs,
        skeleton=skeleton if draft % 3 else "",
        cards=cards,
        previous=previous,
    )
    return (Message(role="system", text=_render("coder_system")), Message(role="user", text=text))


def debugger_messages(
    *,
    request: str,
    files_text: str,
    outputs: Sequence[Output],
    script: str,
    failure: Failure,
    traceback: str,
    hints: Sequence[str],
) -> tuple[Message, ...]:
    """What the debugger is asked.

    Args:
        request: The request, to the letter.
        files_text: What inspection found, as text.
        outputs: What must be written.
        script: The script that failed.
        failure: What is wrong with it.
        traceback: Its traceback; empty when it did not come from a run.
        hints: What is known near the failure, such as the fields that exist.
    """
    text = _render(
        "debugger",
        request=request,
        files_text=files_text,
        outputs=outputs,
        marked=_marked(script, failure.line),
        failure=failure,
        traceback=traceback[-TRACEBACK_CHARS:],
        hints=hints,
    )
    system = _render("coder_system") + "\n" + _render("debugger_system")
    return (Message(role="system", text=system), Message(role="user", text=text))


def selection_messages(
    *, request: str, files_text: str, outputs: Sequence[Output], flat: bool = False
) -> tuple[Message, ...]:
    """What a model is asked that puts a request into a typed selection.

    Args:
        request: The request, to the letter.
        files_text: What inspection found, as text.
        outputs: What must be written.
        flat: Whether the data have columns only, and no lists of objects.
    """
    # A script says events.Jet where the form says Jet; shown the former, a small model calls its lists events.
    data = re.sub(r"\bevents\.", "", re.sub(r"^events = .*\n", "", files_text, flags=re.MULTILINE))
    text = _render("selection", request=request, files_text=data, outputs=outputs)
    system = _selection_system(request, outputs, flat=flat)
    return (Message(role="system", text=system), Message(role="user", text=text))


def selection_again_message(*, problem: str, unused: Sequence[str]) -> Message:
    """What is asked after an answer that cannot be used, or that leaves something of the request out.

    Args:
        problem: Why the answer is no selection; empty when it is one.
        unused: Numbers of the request that it does not have.
    """
    return Message(role="user", text=_render("selection_again", problem=problem, unused=unused))


def _selection_system(request: str, outputs: Sequence[Output], *, flat: bool) -> str:
    """Unlike the other roles' it has the examples nearest to the request: all of them would be most of the prompt."""
    examples: list[dict[str, str]] = []
    for one in reversed(nearest_examples(request, MOST_EXAMPLES, flat=flat, outputs=outputs)):
        answer = json.dumps(one.answer, separators=(",", ":"))
        shown = [{"request": one.request, "data": one.data_text, "answer": answer}, *examples]
        if not examples or sum(len(text) for each in shown for text in each.values()) <= EXAMPLE_CHARACTERS:
            examples = shown
    return _render("selection_system", examples=examples)


def supervisor_messages(*, request: str, files_text: str, outputs: Sequence[Output]) -> tuple[Message, ...]:
    """What a model is asked that plans.

    Args:
        request: The request, to the letter.
        files_text: What inspection found, as text.
        outputs: What must be written.
    """
    text = _render("supervisor", request=request, files_text=files_text, outputs=outputs)
    return (Message(role="system", text=_render("supervisor_system")), Message(role="user", text=text))


@cache
def prompt_hashes() -> Mapping[str, str]:
    """SHA-256 of each template as this process read it, for the manifest of a run."""
    return MappingProxyType({name: hashlib.sha256(_text(name).encode()).hexdigest() for name in TEMPLATES})


def _marked(script: str, line: int | None) -> str:
    lines = script.rstrip("\n").split("\n")
    if line is not None and 1 <= line <= len(lines):
        lines[line - 1] += "  # <-- error"
    return "\n".join(lines) + "\n"


def _text(name: str) -> str:
    return files("hepcoder.agents").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    loader = FunctionLoader(_text)
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=False)  # noqa: S701 - text, not HTML


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values).strip() + "\n"
