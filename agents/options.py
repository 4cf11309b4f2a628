"""How the agents work, apart from what is asked of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from hepcoder.agents.models.prices import UserPrice
from hepcoder.agents.techniques import Techniques
from hepcoder.graphs.state import MAX_DRAFTS, MAX_REPAIRS, Policy
from hepcoder.ledger.record import Record

AgentName = Literal["supervisor", "plain", "single"]

# Tries of the agents that this one is compared with: the loop that everyone writes, and one shot.
BASELINE_TRIES: Mapping[str, int] = MappingProxyType({"plain": 4, "single": 1})


class Options(Record):
    """Settings of a trial; they are part of its manifest.

    Attributes:
        agent: Who works: the five roles of hepcoder, or one of the shipped baselines, for which `drafts`, `repairs`,
            `redraft_temperature`, `files_tokens` and `plan` mean nothing.
        drafts: Different drafts at most.
        repairs: Repairs of one draft at most.
        reply_tokens: Cap on one reply.
        files_tokens: Tokens of the prompt that may describe the inputs; None takes 300 for the embedded model, whose
            time goes into reading its prompt, and 1500 for all others.
        temperature: Of the first draft and of repairs; None leaves the vendor's default.
        redraft_temperature: Of every later draft, which must differ from the first.
        seed: Sampling seed, for vendors that take one.
        plan: Who plans: the model in a call of its own, or rules; ``auto`` spares the embedded model the call.
        techniques: Which helps the roles use; the baselines use none of them, whatever this says.
        price: USD per million input and output tokens, for a model without a known price.
    """

    agent: AgentName = "supervisor"
    drafts: int = Field(default=MAX_DRAFTS, ge=1, le=20)
    repairs: int = Field(default=MAX_REPAIRS, ge=0, le=20)
    reply_tokens: int = Field(default=1536, ge=64)
    files_tokens: int | None = Field(default=None, ge=100)
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    redraft_temperature: float | None = Field(default=0.7, ge=0, le=2)
    seed: int | None = 1
    plan: Literal["auto", "model", "rules"] = "auto"
    techniques: Techniques = Techniques()
    price: UserPrice | None = None

    def settled(self, model: str) -> "Options":
        """The settings of a trial with a model, in which every help is on or off.

        Args:
            model: Its name, ``vendor:model``.
        """
        scripted = model.partition(":")[0] == "scripted"
        return self.model_copy(update={"techniques": self.techniques.settled(scripted=scripted)})

    @property
    def policy(self) -> Policy:
        """The part that the graph's routing needs."""
        if self.agent in BASELINE_TRIES:
            tries = BASELINE_TRIES[self.agent]
            return Policy(drafts=tries, repairs=tries - 1)
        return Policy(drafts=self.drafts if self.techniques.fresh_drafts else 1, repairs=self.repairs)
