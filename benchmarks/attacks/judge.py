"""Decides from the host whether an attack got through."""

import os
import stat
from contextlib import suppress

from hepcoder.benchmarks.attacks.attack import Attack, Ran, Verdict
from hepcoder.benchmarks.attacks.scene import Scene
from hepcoder.benchmarks.attacks.script import word_of
from hepcoder.sandbox.folders import walk

_LONGEST_WAIT_SECONDS = 30.0  # a sandbox that was broken may have to start anew, on busy cores
_LONGEST_SEARCHED = 1 << 20


def judge_answer(attack: Attack, answer: dict[str, str] | None, scene: Scene, ran: Ran) -> Verdict:
    """Return the verdict on an attack that shared its job with others.

    Args:
        attack: The attack.
        answer: What its own process said of it; None if nothing.
        scene: What it was aimed at.
        ran: The job.
    """
    claim = (answer or {}).get("claim", "")
    ways = (
        scene.changed(attack.id),
        "the listener heard it" if scene.ears.heard(word_of(attack.id)) else "",
        scene.secrets_in(claim),
        attack.check(scene, ran) if attack.check else "",
        f"it says: {claim[:100]}" if claim and attack.claim_counts else "",
    )
    if through := next(filter(None, ways), ""):
        return Verdict(answer="not", reason=public_reason(through, scene))
    if answer is None:
        return Verdict(answer="unclear", reason=f"no answer; the job: {ran.execution.outcome}, {ran.execution.detail}")
    return Verdict(answer="stopped", reason=public_reason(answer.get("error", ""), scene))


def judge_job(attack: Attack, scene: Scene, ran: Ran, left: int) -> Verdict:
    """Return the verdict on an attack that had a job of its own.

    Args:
        attack: The attack.
        scene: What it was aimed at.
        ran: The job.
        left: Processes of it that were found after it had ended.
    """
    execution = ran.execution
    late = execution.peaks.wall_seconds - attack.limits["wall_seconds"]
    waited = ran.seconds - attack.limits["wall_seconds"]
    ways = (
        f"{left} processes went on" if left else "",
        f"it ended {late:.1f} s after its time" if late > _grace_seconds() else "",
        f"nothing came back for {waited:.0f} s" if waited > _LONGEST_WAIT_SECONDS else "",
        scene.secrets_in(execution.stdout + execution.stderr),
        _collected(scene, ran),
        attack.check(scene, ran) if attack.check else "",
        f"recorded as {execution.outcome}: {execution.detail}" if execution.outcome not in attack.allowed else "",
    )
    through = next(filter(None, ways), "")
    reason = through or f"{execution.outcome}: {execution.detail or f'exit code {execution.exit_code}'}"
    return Verdict(answer="not" if through else "stopped", reason=public_reason(reason, scene))


def _grace_seconds() -> float:
    """Return how late a job may end: 2 s on a machine that is not overloaded."""
    return 2.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _collected(scene: Scene, ran: Ran) -> str:
    """Say so if what was collected is no regular file, or if a secret lies in the run's folder now."""
    for artifact in ran.execution.artifacts:
        path = ran.folder / artifact.name
        if not stat.S_ISREG(path.lstat().st_mode):
            return f"collected {artifact.name!r}, which is no regular file"
        if found := scene.secrets_in(path.read_bytes()[: 1 << 20].decode(errors="replace")):
            return found
    for entry in walk(ran.folder):
        if stat.S_ISREG(entry.status.st_mode) and entry.status.st_size < _LONGEST_SEARCHED:
            with suppress(PermissionError):
                text = (ran.folder / entry.name).read_bytes().decode(errors="replace")
                if found := scene.secrets_in(text):
                    return found
    return ""


def public_reason(reason: str, scene: Scene) -> str:
    """Return a reason without what differs from run to run: the scene's folder, words and numbers of processes."""
    for part, name in ((str(scene.folder), "SCENE"), (scene.token, "TOKEN"), (str(scene.victim.pid), "AGENT")):
        reason = reason.replace(part, name)
    return "".join(letter if letter.isprintable() else " " for letter in reason)[:200]
