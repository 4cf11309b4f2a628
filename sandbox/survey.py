"""Looks at every tier of the sandbox, for a report on this machine."""

from dataclasses import dataclass

from hepcoder.sandbox.advice import ways_out, ways_to_mend
from hepcoder.sandbox.choose import describe, try_tiers
from hepcoder.sandbox.containers.engines import ENGINES, EngineName
from hepcoder.sandbox.containers.probe import engine_reason
from hepcoder.sandbox.tier import Tried


@dataclass(frozen=True)
class TierReport:
    """What is known of one tier here.

    Attributes:
        name: Its name, as ``--sandbox`` takes it.
        works: Whether it was seen to work; for a container engine, whether it answers.
        detail: How it confines here, or why it does not work.
        lacks: What it lacks where it works, each in a few words.
        better: What can be done about either, line by line.
        needs_image: Whether it is a container engine, which is never taken unless asked for with an image.
    """

    name: str
    works: bool
    detail: str
    lacks: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    needs_image: bool = False


def survey_tiers() -> tuple[TierReport, ...]:
    """Try every tier, the strongest first; the first that works and is no container is what ``auto`` takes.

    Container engines come last and are only asked whether they answer, since which image to use is not known.
    """
    tiers = tuple(_tier_report(tried) for tried in try_tiers("auto"))
    return tiers + tuple(_engine_report(engine) for engine in ENGINES)


def _tier_report(tried: Tried) -> TierReport:
    if tried.sandbox is None:
        return TierReport(tried.name, works=False, detail=tried.reason, better=ways_out(tried.name, tried.reason))
    lacks = tried.sandbox.lacks
    better = tuple(line for lack in lacks for line in ways_to_mend(lack))
    detail = describe(tried.sandbox)
    tried.sandbox.close()
    return TierReport(tried.name, works=True, detail=detail, lacks=lacks, better=better)


def _engine_report(engine: EngineName) -> TierReport:
    reason = engine_reason(engine)
    name = f"{engine}:IMAGE"
    if reason:
        return TierReport(name, works=False, detail=reason, better=ways_out(engine, reason), needs_image=True)
    detail = f"{engine} answers; it needs an image with hepcoder's dependencies"
    return TierReport(name, works=True, detail=detail, needs_image=True)
