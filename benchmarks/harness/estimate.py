"""What a study will cost, before a call is made: typical tokens, at today's prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from hepcoder.agents.models.prices import Pricer, UserPrice
from hepcoder.agents.models.registry import VENDORS, parse_model
from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.study import ModelEntry
from hepcoder.benchmarks.harness.tasks import steps_of


@dataclass(frozen=True)
class Tokens:
    """Tokens of one run of an agent: of a cell, or of one step of a cascade.

    Attributes:
        input: Read by the model, over all calls.
        output: Written by it.
        runs: How many finished runs this is the mean of; 0 for a figure that ships.
    """

    input: int
    output: int
    runs: int = 0


# Guesses, to be better than nothing; a study's own cells replace them as soon as there are some.
TYPICAL: Mapping[str, Tokens] = MappingProxyType(
    {"supervisor": Tokens(8000, 1200), "plain": Tokens(3000, 1600), "single": Tokens(500, 500)}
)


@dataclass(frozen=True)
class Line:
    """The missing cells of one model and one agent.

    Attributes:
        model: The model.
        agent: The agent.
        cells: How many are missing.
        done: How many are done.
        runs: How many runs of the agent the missing ones are; a cascade is one for each step.
        tokens: What one run is thought to take.
        usd: What all missing ones are thought to cost; None when the model is unpriced.
    """

    model: str
    agent: str
    cells: int
    done: int
    runs: int
    tokens: Tokens
    usd: Decimal | None


def estimate(cells: Sequence[Cell], missing: Sequence[Cell], results: Iterable[CellResult]) -> tuple[Line, ...]:
    """What the missing cells will take, by model and agent.

    Args:
        cells: All cells of the study.
        missing: Those without a result.
        results: What came of the others; their tokens say more than a guess.
    """
    measured = _measured(results)
    left = {cell.digest for cell in missing}
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.key.contender[::-1], []).append(cell)
    lines = []
    for (model, agent), group in groups.items():
        missing_here = [cell for cell in group if cell.digest in left]
        runs = sum(_runs(cell) for cell in missing_here)
        tokens = measured.get((model, agent)) or TYPICAL[agent]
        each = _price(group[0], tokens)
        lines.append(
            Line(
                model=model,
                agent=agent,
                cells=len(missing_here),
                done=len(group) - len(missing_here),
                runs=runs,
                tokens=tokens,
                usd=None if each is None else runs * each,
            )
        )
    return tuple(lines)


@dataclass(frozen=True)
class PricedNow:
    """Prices of a model at this moment.

    Attributes:
        pricer: The prices.
        at: A million input tokens, in dollars; None when the model is unpriced.
    """

    pricer: Pricer
    at: Decimal | None


def pricer_of(entry: ModelEntry, general: UserPrice | None = None) -> PricedNow:
    """The prices of a model under test.

    Args:
        entry: The model.
        general: The price that holds for models that have none of their own.
    """
    spec = parse_model(entry.name, check=False)
    pricer = Pricer(
        spec.model,
        provider=VENDORS[spec.vendor].prices,
        api_url=entry.base_url if spec.vendor == "compatible" else None,
        user=entry.price or general,
        redirected=entry.base_url is not None,
    )
    return PricedNow(pricer, pricer.at_most(input_tokens=1_000_000, output_tokens=0, at=datetime.now(UTC)))


def _runs(cell: Cell) -> int:
    return len(steps_of(cell.task)) or 1


def _price(cell: Cell, tokens: Tokens) -> Decimal | None:
    pricer = pricer_of(cell.model, cell.options.price).pricer
    return pricer.at_most(input_tokens=tokens.input, output_tokens=tokens.output, at=datetime.now(UTC))


def _measured(results: Iterable[CellResult]) -> dict[tuple[str, str], Tokens]:
    sums: dict[tuple[str, str], Tokens] = {}
    for result in results:
        if result.input_tokens is not None and result.output_tokens is not None and not result.infrastructure:
            key = (result.key.model, result.key.agent)
            known = sums.get(key, Tokens(0, 0))
            runs = known.runs + (len(result.steps) or 1)
            sums[key] = Tokens(known.input + result.input_tokens, known.output + result.output_tokens, runs)
    return {
        key: Tokens(round(one.input / one.runs), round(one.output / one.runs), one.runs) for key, one in sums.items()
    }
