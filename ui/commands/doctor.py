"""`hepcoder doctor`: can this machine do the job, and what is missing."""

from pathlib import Path

import click

from hepcoder.ui.options import common, runs_folder


@click.command("doctor")
@runs_folder
@common
def command(*, runs: Path, as_json: bool) -> int:
    """Check Python, the sandbox, the default model and the disk; exit code 0 when the job can be done."""
    from dataclasses import asdict

    from hepcoder.ui.checkup import check_machine, chosen_tier, exit_of
    from hepcoder.ui.say import say_json

    findings = check_machine(runs)
    code = exit_of(findings)
    if as_json:
        rows = [{"name": item.name, "ok": item.ok, "detail": item.detail} for item in findings]
        tiers = next(item.tiers for item in findings if item.tiers)
        chosen = chosen_tier(tiers)
        sandbox = {"tier": chosen and chosen.name, "tiers": [asdict(tier) for tier in tiers]}
        say_json({"ok": not code, "checks": rows, "sandbox": sandbox, "exit_code": int(code)})
        return code
    for item in findings:
        click.secho("ok   " if item.ok else "fail ", fg="green" if item.ok else "red", nl=False)
        click.echo(f"{item.name:<9} {item.detail}")
        for line in item.more:
            click.echo(f"{'':<14} {line}")
    return code
