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


@dataclass(frozen=True)
class Tokens:
    """Tokens of one cell.

    Attributes:
        input: Read by the model, over all calls.
        output: Written by it.
        cells: How many finished cells this is the mean of; 0 for a figure that ships.
    """

    input: int
    output: int
    cells: int = 0


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
        tokens: What one is thought to take.
        usd: What all missing ones are thought to cost; None when the model is unpriced.
    """

    model: str
    agent: str
    cells: int
    done: int
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
        number = sum(cell.digest in left for cell in group)
        tokens = measured.get((model, agent)) or TYPICAL[agent]
        each = _price(group[0], tokens)
        lines.append(
            Line(
                model=model,
                agent=agent,
                cells=number,
                done=len(group) - number,
                tokens=tokens,
                usd=None if each is None else number * each,
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


def _price(cell: Cell, tokens: Tokens) -> Decimal | None:
    pricer = pricer_of(cell.model, cell.options.price).pricer
    return pricer.at_most(input_tokens=tokens.input, output_tokens=tokens.output, at=datetime.now(UTC))


def _measured(results: Iterable[CellResult]) -> dict[tuple[str, str], Tokens]:
    counts: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for result in results:
        if result.input_tokens is not None and result.output_tokens is not None and not result.infrastructure:
            found = (result.input_tokens, result.output_tokens)
            counts.setdefault((result.key.model, result.key.agent), []).append(found)
    return {
        key: Tokens(
            round(sum(a for a, _ in found) / len(found)), round(sum(b for _, b in found) / len(found)), len(found)
        )
        for key, found in counts.items()
    }
