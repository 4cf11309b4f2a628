"""A study that might have been: three models, three agents, twelve tasks, five trials, and what goes wrong in one."""

import hashlib
import math
import random
from collections.abc import Mapping
from typing import Any

from hepcoder.benchmarks.cells import CellKey, CellResult, GradeVerdict, Status

AGENTS: Mapping[str, float] = {"supervisor": 1.0, "plain": 0.0, "single": -0.9}
# Skill, dollars per thousand output tokens (None: no price), seconds per call.
MODELS: Mapping[str, tuple[float, float | None, float]] = {
    "anthropic:large-5": (1.6, 0.015, 9.0),
    "openai:mini-6": (0.7, 0.0008, 4.0),
    "local:qwen2.5-coder-1.5b": (-1.4, None, 31.0),
}
TASKS = tuple(f"{suite}/{task}" for suite in ("adl", "peaks", "hyy") for task in ("a", "b", "c", "d"))
CLASSES = (
    "execution.key",
    "execution.type",
    "execution.branch_name",
    "static.syntax",
    "static.attribute",
    "output.missing",
    "physics.empty_selection",
    "provider.truncated_reply",
)


def study(*, seed: int = 1, shift: float = 0.0, trials: int = 5, controls: bool = True) -> tuple[CellResult, ...]:
    """All attempts of the study; `shift` is added to every model's skill in log-odds."""
    rng = random.Random(seed)
    hardness = {task: random.Random(task).gauss(0.0, 1.3) for task in TASKS}
    cells: list[CellResult] = []
    for model in MODELS:
        for agent in AGENTS:
            for task in TASKS:
                for trial in range(trials):
                    cells += _cell(rng, agent, model, task, trial, hardness[task] - shift)
            if controls:
                cells.append(_control(agent, model, "none", rng))
                cells.append(_control(agent, model, "null", rng))
    return tuple(cells)


def key(agent: str, model: str, task: str, trial: int) -> CellKey:
    """The key of a cell; two trials share a seed, so that scripts can be compared."""
    suite, _, name = task.partition("/")
    return CellKey(suite=suite, task=name, trial=trial, agent=agent, model=model, seed=100 + trial // 2)


def _cell(rng: random.Random, agent: str, model: str, task: str, trial: int, hardness: float) -> list[CellResult]:
    skill, price, pace = MODELS[model]
    chance = 1 / (1 + math.exp(hardness - skill - AGENTS[agent]))
    found: list[CellResult] = []
    if rng.random() < 0.04:
        found.append(_spoiled(rng, key(agent, model, task, trial), price, 1))
        if rng.random() < 0.3:
            return [*found, _spoiled(rng, key(agent, model, task, trial), price, 2)]
    right = rng.random() < chance
    crashed = rng.random() < 0.005
    second: GradeVerdict | None = None if not right or crashed else ("fail" if rng.random() < 0.03 else "pass")
    calls = 1 if agent == "single" else min(4 if agent == "plain" else 9, 1 + int(rng.expovariate(0.5 * chance)))
    words = int(calls * rng.lognormvariate(6.3, 0.4))
    says: Status = (
        "unverified"
        if agent != "supervisor"
        else rng.choices(("verified", "unverified", "failed"), (6, 2, 0.2) if right else (1, 2, 5))[0]
    )
    script = f"{model}{agent}{task}{trial // 2}{0 if rng.random() < 0.7 else rng.random()}"
    return [
        *found,
        CellResult(
            key=key(agent, model, task, trial),
            attempt=len(found) + 1,
            task_digest=_sha(task),
            status=says,
            grade="harness_error" if crashed else "pass" if right else "fail",
            second_grade=second,
            reasons=() if right else ("h.npz: counts differ in 4 of 40 bins",),
            failures=tuple(rng.choices(CLASSES, range(8, 0, -1), k=calls - 1))
            + (() if right else ("grader.wrong_answer",)),
            calls=calls,
            input_tokens=calls * 1500 + words,
            output_tokens=words,
            usd=None if price is None else round(price * (words + calls * 300) / 1000, 6),
            seconds=calls * pace * rng.uniform(0.8, 1.4),
            script_sha256=_sha(script),
            results_sha256=_sha(f"{task}{trial // 2}") if right else _sha(script + "results"),
            parameters_differ=model.startswith("openai:"),
            models_served=(f"{model.partition(':')[2]}-2026-{'10' if trial < 4 else '11'}",),
        ),
    ]


def _spoiled(rng: random.Random, name: CellKey, price: float | None, attempt: int) -> CellResult:
    calls = rng.randrange(4)
    return CellResult(
        key=name,
        attempt=attempt,
        task_digest=_sha(name.full_task),
        failures=("provider.overload",) * calls + (("sandbox.failed",) if calls == 0 else ()),
        infrastructure=True,
        calls=calls,
        input_tokens=calls * 1500 if calls else None,
        output_tokens=calls * 100 if calls else None,
        usd=None if price is None or not calls else price * calls * 0.4,
        seconds=calls * 20.0,
    )


def _control(agent: str, model: str, data: str, rng: random.Random) -> CellResult:
    return CellResult(
        key=CellKey.model_validate(
            {"suite": "peaks", "task": "a", "trial": 0, "agent": agent, "model": model, "seed": 100, "data": data}
        ),
        task_digest=_sha("peaks/a"),
        status="unverified" if rng.random() < 0.4 else "failed",
        grade="fail",
        calls=1,
        input_tokens=900,
        output_tokens=100,
        usd=0.001 if MODELS[model][1] is not None else None,
        seconds=3.0,
    )


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make(**fields: Any) -> CellResult:
    """A graded cell with the given fields, and nothing else in it."""
    defaults = {"key": key("plain", "local:a", "adl/a", 0), "task_digest": _sha("adl/a"), "grade": "fail"}
    return CellResult.model_validate(defaults | fields)
