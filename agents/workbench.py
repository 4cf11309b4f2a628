"""What every role has at hand during one trial."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hepcoder.agents.models.base import ModelClient
from hepcoder.agents.models.records import Ask, Message, Reply
from hepcoder.agents.options import Options
from hepcoder.graphs.budget import BudgetGuard
from hepcoder.graphs.state import SolveState
from hepcoder.graphs.task import Task
from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.events import Body, Diagnosed, NodeName, TextDelta
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.log import TrialLog
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Input


@dataclass(frozen=True)
class Workbench:
    """The tools of a trial; `node` and `step` say who holds them now.

    Attributes:
        task: What is asked; its outputs are filled in.
        inputs: The input files under the names that scripts see.
        folder: The trial's folder.
        stop: Set when the user wants to stop.
        say: Called with each piece of a reply as it arrives.
    """

    task: Task
    inputs: tuple[Input, ...]
    folder: Path
    log: TrialLog
    artifacts: ArtifactStore
    client: ModelClient
    sandbox: Sandbox
    budget: BudgetGuard
    options: Options
    stop: threading.Event
    say: Callable[[TextDelta], None]
    node: NodeName = "run"
    step: int = 0

    def at(self, node: NodeName, step: int) -> "Workbench":
        """The same bench in the hands of another node."""
        return replace(self, node=node, step=step)

    @property
    def embedded(self) -> bool:
        """Whether the model runs on this machine, where every token of a prompt costs the user time."""
        return self.client.name.startswith("local:")

    def note(self, body: Body) -> None:
        """Write an event to the ledger."""
        self.log.append(body, node=self.node, step=self.step)

    def ask(
        self,
        messages: tuple[Message, ...],
        *,
        draft: int = 1,
        most_tokens: int | None = None,
        json_schema: dict[str, Any] | None = None,
    ) -> Reply:
        """Ask the model, with the trial's sampling.

        Args:
            messages: The conversation.
            draft: Number of the draft that is asked for; those after the first are sampled differently.
            most_tokens: Cap on the reply; None takes the trial's.
            json_schema: A schema that the reply must follow; None for free text.

        Raises:
            ProviderError: The model did not answer.
            BudgetExceededError: The call does not fit the budget.
        """
        options = self.options
        ask = Ask(
            messages=messages,
            node=self.node,
            step=self.step,
            max_tokens=most_tokens or options.reply_tokens,
            temperature=options.temperature if draft == 1 else options.redraft_temperature,
            seed=None if options.seed is None else options.seed + draft - 1,
            json_schema=json_schema,
        )
        return self.client.ask(ask, on_text=self.show)

    def show(self, text: str) -> None:
        """Show a piece of a model's reply, live."""
        self.say(TextDelta(node=self.node, text=text))

    def failed(self, failure: Failure, *, script: str | None = None, advice: str = "") -> SolveState:
        """Record a failure and return the change of state that makes it the open one."""
        self.note(Diagnosed(failure=failure, script_sha256=script, advice=advice))
        data = failure.model_dump(mode="json")
        return SolveState(failure=data, history=[data])

    def work_folder(self, step: int) -> Path:
        """Folder of the script that runs in `step`."""
        return self.folder / "work" / f"{step:03d}"
