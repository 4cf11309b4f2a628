"""Looks at the machine: can it do the job, and what is missing."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hepcoder.agents.models.listing import list_models
from hepcoder.agents.models.registry import default_model
from hepcoder.agents.models.weights_store import cache_folder
from hepcoder.ledger.manifest import hepcoder_version
from hepcoder.sandbox.survey import TierReport, survey_tiers
from hepcoder.ui.exits import Exit
from hepcoder.ui.formats import size
from hepcoder.ui.text import clean

LEAST_FREE_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What.
        ok: Whether the job can be done as far as this goes.
        detail: What was found, and the way out when it is not ok.
        code: The exit code when it is not ok.
        more: Further lines: what could be better, and how.
        tiers: Of the sandbox, every tier; empty for everything else.
    """

    name: str
    ok: bool
    detail: str
    code: Exit
    more: tuple[str, ...] = ()
    tiers: tuple[TierReport, ...] = ()


def check_machine(runs: Path) -> tuple[Finding, ...]:
    """Look at everything a trial needs; sends nothing over the network."""
    return (_python(), sandbox_finding(survey_tiers()), _model(), _disk("runs", runs), _disk("weights", cache_folder()))


def exit_of(findings: Sequence[Finding]) -> Exit:
    """Return the exit code of the first finding that is not ok, or 0."""
    return next((item.code for item in findings if not item.ok), Exit.SOLVED)


def _python() -> Finding:
    version = platform.python_version()
    ok = sys.version_info >= (3, 11) and sys.platform == "linux"
    way_out = "" if ok else "; hepcoder needs Python 3.11 or later on Linux"
    detail = f"Python {version} on {platform.system()} {platform.release()}, hepcoder {hepcoder_version()}{way_out}"
    return Finding("python", ok, detail, Exit.FAILED)


def sandbox_finding(tiers: tuple[TierReport, ...]) -> Finding:
    """Say which tier of the sandbox is taken, what it lacks, and what the others say.

    Args:
        tiers: Every tier, the strongest first.
    """
    chosen = chosen_tier(tiers)
    detail = "no sandbox can start here, and nothing is run without one" if chosen is None else chosen.detail
    more = tuple(clean(line) for tier in tiers for line in _tier_lines(tier, chosen))
    return Finding("sandbox", ok=chosen is not None, detail=clean(detail), code=Exit.SANDBOX, more=more, tiers=tiers)


def chosen_tier(tiers: Sequence[TierReport]) -> TierReport | None:
    """Return the tier that is taken unless another is asked for, or None when there is none."""
    return next((tier for tier in tiers if tier.works and not tier.needs_image), None)


def _tier_lines(tier: TierReport, chosen: TierReport | None) -> Iterator[str]:
    """Tell of a tier; how to get a container engine is only told to those who have no sandbox at all."""
    if tier is not chosen:
        yield f"{tier.name} {'works' if tier.works else 'does not work'}: {tier.detail}"
    elif tier.better:
        yield "to lack less:"
    if chosen is None or not tier.needs_image:
        yield from (f"  {part}" for line in tier.better for part in line.splitlines())


def _model() -> Finding:
    name = default_model()
    models = {model.name: model for model in list_models()}
    default = models.get(name)
    others = sum(model.usable for model in models.values()) - (default is not None and default.usable)
    if default is None or not default.usable:
        reason = "it is not in the list" if default is None else default.reason
        return Finding("model", ok=False, detail=f"{name} is the default and cannot answer: {reason}", code=Exit.MODEL)
    detail = f"{name} is the default and usable; {others} others are usable (see `hepcoder models`)"
    return Finding("model", ok=True, detail=detail, code=Exit.MODEL)


def _disk(name: str, folder: Path) -> Finding:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK):
        detail = f"{existing} cannot be written to; choose another folder"
        return Finding(name, ok=False, detail=detail, code=Exit.STORAGE)
    ok = free >= LEAST_FREE_BYTES
    detail = f"{folder.absolute()}: {size(free)} free" + (
        "" if ok else f"; at least {size(LEAST_FREE_BYTES)} are needed"
    )
    return Finding(name, ok=ok, detail=detail, code=Exit.STORAGE)
