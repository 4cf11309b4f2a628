"""What `hepcoder doctor` says of the sandbox, and how a tier is named on the command line."""

import json
from pathlib import Path

import click
import pytest

from hepcoder.sandbox.choose import try_tiers
from hepcoder.sandbox.containers.engines import ENGINES
from hepcoder.sandbox.survey import TierReport
from hepcoder.ui.checkup import chosen_tier, sandbox_finding
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit
from hepcoder.ui.options import ENGINES as NAMED_ENGINES
from hepcoder.ui.options import TIERS, read_sandbox

BWRAP = TierReport(
    "bwrap", works=True, detail="bwrap (x); lacks: own network", lacks=("own network",), better=("mend",)
)
BROKEN = TierReport("bwrap", works=False, detail="does not start", better=("first\nsecond",))
LANDLOCK = TierReport("landlock", works=True, detail="landlock (y); lacks: much", lacks=("much",))
PODMAN = TierReport("podman:IMAGE", works=True, detail="answers", needs_image=True)
DOCKER = TierReport("docker:IMAGE", works=False, detail="not installed", better=("install it",), needs_image=True)


def test_the_tier_taken_what_it_lacks_and_the_others() -> None:
    finding = sandbox_finding((BWRAP, LANDLOCK, PODMAN, DOCKER))
    assert (finding.ok, finding.detail) == (True, BWRAP.detail)
    assert finding.more == (
        "to lack less:",
        "  mend",
        "landlock works: landlock (y); lacks: much",
        "podman:IMAGE works: answers",
        "docker:IMAGE does not work: not installed",
    )


def test_a_weaker_tier_comes_with_the_way_to_the_stronger() -> None:
    finding = sandbox_finding((BROKEN, LANDLOCK, DOCKER))
    assert finding.detail == LANDLOCK.detail
    assert finding.more[:3] == ("bwrap does not work: does not start", "  first", "  second")


def test_no_tier_at_all_is_not_ok_and_tells_every_way() -> None:
    finding = sandbox_finding((BROKEN, PODMAN, DOCKER))
    assert (finding.ok, finding.code) == (False, Exit.SANDBOX)
    assert "  install it" in finding.more
    assert chosen_tier((PODMAN,)) is None


@pytest.mark.parametrize("as_json", [True, False])
def test_doctor_tells_of_every_tier(tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    run(["doctor", "--runs", str(tmp_path), *(["--json"] if as_json else [])])
    out = capsys.readouterr().out
    tried = list(try_tiers())
    taken = next((one.name for one in tried if one.sandbox is not None), None)
    if not as_json:
        assert all(f"{engine}:IMAGE " in out for engine in ENGINES)
        assert taken is None or f"sandbox   {taken} (" in out
        return
    report = json.loads(out)["sandbox"]
    assert report["tier"] == taken
    assert [tier["name"] for tier in report["tiers"]] == [one.name for one in tried] + [
        f"{name}:IMAGE" for name in ENGINES
    ]
    assert all(tier["works"] or (tier["detail"] and tier["better"]) for tier in report["tiers"])


def test_every_tier_can_be_named() -> None:
    assert set(TIERS) == {"auto", "none"} | {tried.name for tried in try_tiers()}
    assert set(NAMED_ENGINES) == set(ENGINES)
    context, parameter = click.Context(click.Command("solve")), click.Option(["--sandbox"])
    for name in (*TIERS, "podman:physics:1.2", "apptainer:/images/x.sif"):
        assert read_sandbox(context, parameter, name) == name


@pytest.mark.parametrize("name", ["dockr:x", "podman", "podman:", "", "BWRAP"])
def test_a_misspelt_tier_is_a_usage_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--sandbox", name]) == Exit.USAGE
    assert f"{name!r} is not one of auto, bwrap, landlock, none, apptainer:IMAGE" in capsys.readouterr().err
