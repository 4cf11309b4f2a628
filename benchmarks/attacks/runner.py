"""Runs the corpus on one tier, in this process and as its user."""

import datetime as dt
import json
import platform
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from hepcoder.benchmarks.attacks.attack import Attack, Column, Ran, Verdict
from hepcoder.benchmarks.attacks.judge import judge_answer, judge_job, public_reason
from hepcoder.benchmarks.attacks.prelude import MARK
from hepcoder.benchmarks.attacks.scene import Scene, open_scene
from hepcoder.benchmarks.attacks.script import How, Part, job_script
from hepcoder.benchmarks.attacks.tiers import identity, open_tier, versions
from hepcoder.benchmarks.attacks.traces import end_processes
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Input, Job, Limits

_SHARED_LIMITS = Limits(wall_seconds=60.0)
_AT_ONCE = 2  # jobs, most of which sleep until they are stopped


def run_corpus(tier: str, attacks: Sequence[Attack]) -> Column:
    """Run attacks on a tier and return a verdict for each.

    Args:
        tier: One of `tiers.TIERS`.
        attacks: Which.

    Raises:
        SandboxError: The tier cannot start here.
    """
    started = time.monotonic()
    sandbox = open_tier(tier)
    try:
        with open_scene() as scene:
            runner = Runner(tier, sandbox, scene)
            runner.run(attacks)
    finally:
        sandbox.close()
    return Column(
        tier=tier,
        identity=identity(),
        label=runner.label or sandbox.name,
        lacks=sandbox.lacks,
        kernel=platform.release(),
        versions=versions(tier),
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        seconds=round(time.monotonic() - started, 1),
        verdicts={attack.id: runner.verdicts[attack.id] for attack in attacks},
    )


class Runner:
    """Runs attacks on one sandbox.

    Attributes:
        verdicts: What came of them, by id.
        label: The backend as its runs record it; empty before the first.
    """

    def __init__(self, tier: str, sandbox: Sandbox, scene: Scene) -> None:
        self._tier, self._sandbox, self._scene = tier, sandbox, scene
        self.verdicts: dict[str, Verdict] = {}
        self.label = ""

    def run(self, attacks: Iterable[Attack]) -> None:
        """Run them all; those that can share a job do."""
        shared: defaultdict[tuple[str, bool], list[Attack]] = defaultdict(list)
        own: list[Attack] = []
        scenarios: list[Attack] = []
        for attack in attacks:
            if reason := attack.missing(self._tier, self._scene):
                self.verdicts[attack.id] = Verdict(answer="not applicable", reason=reason)
            elif attack.scenario:
                scenarios.append(attack)
            elif attack.limits:
                own.append(attack)
            else:
                shared[attack.group, bool(attack.before)].append(attack)
        for together in shared.values():
            self._run_together(together)
            for unclear in [attack for attack in together if self.verdicts[attack.id].answer == "unclear"]:
                self._run_together([unclear])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            self.verdicts |= zip([attack.id for attack in own], pool.map(self._run_own, own), strict=True)
        self.verdicts |= {attack.id: self._play(attack) for attack in scenarios}

    def _play(self, attack: Attack) -> Verdict:
        through = attack.scenario(self._sandbox, self._scene) if attack.scenario else ""
        return Verdict(answer="not" if through else "stopped", reason=public_reason(through, self._scene))

    def _run_together(self, attacks: Sequence[Attack]) -> None:
        scene = self._scene
        earlier = None
        if any(attack.before for attack in attacks):
            parts = [_part(attack, attack.before, scene) for attack in attacks]
            earlier = self._execute(parts, "quietly", earlier_secret=scene.secrets["earlier job"])
        inputs = [
            Input(path=scene.set_input(attack.id), name=f"{attack.id}.txt") for attack in attacks if attack.uses_input
        ]
        ran = self._execute([_part(attack, attack.body, scene) for attack in attacks], "apart", inputs)
        answers = _answers(ran.execution.stdout)
        for attack in attacks:
            self.verdicts[attack.id] = judge_answer(attack, answers.get(attack.id), scene, ran)
        for done in filter(None, (earlier, ran)):
            end_processes(done.process_name)

    def _run_own(self, attack: Attack) -> Verdict:
        limits = Limits.model_validate(dict(attack.limits))
        try:
            ran = self._execute([_part(attack, attack.body, self._scene)], "alone", limits=limits)
        except Exception as error:  # noqa: BLE001 - an attack that makes the host fall over got through
            return Verdict(
                answer="not", reason=public_reason(f"the host fell over: {type(error).__name__}: {error}", self._scene)
            )
        left = end_processes(ran.process_name)
        return judge_job(attack, self._scene, ran, left)

    def _execute(
        self,
        parts: Sequence[Part],
        how: How,
        inputs: Sequence[Input] = (),
        limits: Limits = _SHARED_LIMITS,
        **places: object,
    ) -> Ran:
        scene = self._scene
        name = scene.new_name()
        script = job_script({**scene.places, **places, "process_name": name}, parts, how=how)
        job = Job(script=script, folder=scene.new_run(), inputs=tuple(inputs), limits=limits)
        started = time.monotonic()
        execution = self._sandbox.run(job)
        self.label = self.label or execution.backend
        return Ran(execution, time.monotonic() - started, job.folder, name)


def _part(attack: Attack, body: str, scene: Scene) -> Part:
    return Part(
        id=attack.id,
        body=body,
        mine=str(scene.set_target(attack.id, attack.target)),
        input_name=f"{attack.id}.txt" if attack.uses_input else "",
        signal=scene.signal_of(attack.id) if "SIGNAL" in body else 0,
    )


def _answers(stdout: str) -> dict[str, dict[str, str]]:
    """Return what the attacks said of themselves, by id."""
    lines = [line.removeprefix(MARK) for line in stdout.splitlines() if line.startswith(MARK)]
    return {answer["id"]: answer for answer in map(json.loads, lines)}
