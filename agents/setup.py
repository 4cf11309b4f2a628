"""From what a user asks to a trial that can start: everything that can be checked is checked here, before any call."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from hepcoder.agents.drafting.training import asks_for_training
from hepcoder.agents.manifests import make_manifest, refuse_changed
from hepcoder.agents.models.open import ready_model
from hepcoder.agents.models.registry import default_model
from hepcoder.agents.options import Options
from hepcoder.agents.trial import TrialSetup
from hepcoder.graphs.task import Task
from hepcoder.graphs.task_files import make_task
from hepcoder.ledger.errors import RunError, TaskError
from hepcoder.ledger.manifest import Manifest, read_manifest, write_manifest
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.capacity import check_limits
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Input, Limits
from hepcoder.sandbox.validate import check_inputs
from hepcoder.tools.contract import Output
from hepcoder.tools.inspect import FileFacts, inspect_input
from hepcoder.tools.outputs import check_outputs, parse_output
from hepcoder.tools.request import derive_outputs

SandboxName = str
TRAINING_LIMITS = Limits(wall_seconds=1800, cpu_seconds=14400)


def make_setup(
    task: Task | str,
    *,
    inputs: Sequence[Path | str],
    outputs: Sequence[Output | str],
    model: str | None,
    runs: Path,
    sandbox: SandboxName | Sandbox,
    base_url: str | None,
    record: bool,
    options: Options,
) -> TrialSetup:
    """Check a request and make its run folder.

    Raises:
        TaskError: The prompt is empty, or an input, output or limit cannot be used.
        ModelNotFoundError: The model is unknown.
        CredentialError: The model's key is missing.
        SandboxError: No sandbox can start.
        RunError: The runs folder cannot be written.
    """
    whole = _whole_task(task, inputs, outputs)
    named = name_inputs(whole.inputs)
    whole = with_time_to_train(whole, [inspect_input(item.path) for item in named])
    check_inputs(named)
    check_limits(whole.limits, runs)
    filled = _with_outputs(whole, named)
    name = ready_model(model or default_model(), base_url=base_url)
    backend = choose_sandbox(sandbox) if isinstance(sandbox, str) else sandbox
    setup = TrialSetup(
        run=RunFolder.create(runs, whole.id),
        task=filled,
        inputs=named,
        model=name,
        options=options.settled(name),
        sandbox=backend,
        mode="record" if record else "live",
        base_url=base_url,
    )
    write_manifest(setup.run.manifest_path, make_manifest(setup))
    return setup


def resume_setup(runs: Path, run_id: str, *, sandbox: SandboxName | Sandbox) -> TrialSetup:
    """Set up a run that was stopped, as it was.

    Raises:
        RunError: There is no such run, or its manifest is damaged.
        InputError: An input is missing or has changed.
    """
    run = RunFolder.find(runs, run_id)
    manifest = read_manifest(run.manifest_path)
    source = None if manifest.replay_of is None else RunFolder.find(runs, manifest.replay_of)
    backend = choose_sandbox(sandbox) if isinstance(sandbox, str) else sandbox
    return _from_manifest(run, manifest, mode=manifest.mode, sandbox=backend, source=source)


def replay_setup(runs: Path, run_id: str, *, sandbox: SandboxName) -> TrialSetup:
    """Set up a new run that repeats a recorded one.

    Raises:
        RunError: There is no such run, or it was not recorded.
        InputError: An input is missing or has changed.
    """
    source = RunFolder.find(runs, run_id)
    manifest = read_manifest(source.manifest_path)
    if manifest.mode == "live":
        message = (
            f"run {source.id!r} was made without recording, so it cannot be replayed; run it again without --no-record"
        )
        raise RunError(message)
    if manifest.replay_of is not None:
        return replay_setup(runs, manifest.replay_of, sandbox=sandbox)
    backend = choose_sandbox(sandbox)
    run = RunFolder.create(runs, f"replay-{source.id}"[:48])
    setup = _from_manifest(run, manifest, mode="replay", sandbox=backend, source=source)
    write_manifest(run.manifest_path, make_manifest(setup))
    return setup


def name_inputs(paths: Sequence[Path]) -> tuple[Input, ...]:
    """Give each input the name that scripts see: its file name, numbered where two are the same.

    Example:
        >>> [item.name for item in name_inputs([Path("/a/x.root"), Path("/b/x.root"), Path("/a/y.root")])]
        ['x.root', '2_x.root', 'y.root']
    """
    named: list[Input] = []
    taken: set[str] = set()
    for path in paths:
        name, number = path.name, 1
        while name in taken:
            number += 1
            name = f"{number}_{path.name}"
        taken.add(name)
        named.append(Input(path=path.absolute(), name=name))
    return tuple(named)


def _whole_task(task: Task | str, inputs: Sequence[Path | str], outputs: Sequence[Output | str]) -> Task:
    base = make_task({"prompt": task}, source="the request") if isinstance(task, str) else task
    more_inputs = tuple(Path(item).expanduser() for item in inputs)
    more_outputs = tuple(parse_output(item) if isinstance(item, str) else item for item in outputs)
    return base.model_copy(update={"inputs": base.inputs + more_inputs, "outputs": base.outputs + more_outputs})


def with_time_to_train(task: Task, facts: Sequence[FileFacts]) -> Task:
    """A task whose scripts may run as long as a training takes, where it asks for one and does not say how long.

    Args:
        task: The task.
        facts: Its inputs.
    """
    if "limits" in task.model_fields_set or not asks_for_training(task.prompt, facts):
        return task
    return task.model_copy(update={"limits": TRAINING_LIMITS})


def _with_outputs(task: Task, named: tuple[Input, ...]) -> Task:
    outputs = task.outputs or derive_outputs(task.prompt, tuple(item.name for item in named))
    check_outputs(outputs)
    clash = {output.file for output in outputs} & {item.name for item in named}
    if clash:
        message = f"{', '.join(sorted(clash))} would be both input and output; give the output another name"
        raise TaskError(message)
    paths = tuple(item.path for item in named)
    return task.model_copy(update={"outputs": outputs, "inputs": paths})


def _from_manifest(
    run: RunFolder,
    manifest: Manifest,
    *,
    mode: Literal["live", "record", "replay"],
    sandbox: Sandbox,
    source: RunFolder | None,
) -> TrialSetup:
    task = make_task(manifest.task, source=f"the task of run {manifest.run!r}")
    named = name_inputs(task.inputs)
    refuse_changed(named, manifest.inputs)
    if mode == "replay":
        # Recorded answers come at once, and a slow machine must not change the story.
        task = task.model_copy(update={"budget": task.budget.model_copy(update={"seconds": None})})
    return TrialSetup(
        run=run,
        task=task,
        inputs=named,
        model=manifest.model,
        options=Options.model_validate(manifest.parameters),
        sandbox=sandbox,
        mode=mode,
        base_url=manifest.base_url,
        source=source,
    )
