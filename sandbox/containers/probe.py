"""Finds out by running it whether a container engine with an image can confine scripts here."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.containers.contained import ask
from hepcoder.sandbox.containers.container import ContainerSandbox
from hepcoder.sandbox.containers.engines import Container, EngineName
from hepcoder.sandbox.records import MIB, Execution, Job, Limits
from hepcoder.sandbox.root import changes_user
from hepcoder.sandbox.tier import Tried

_PROBE = Limits(wall_seconds=60.0, cpu_seconds=60.0, memory_bytes=512 * MIB)
_QUESTIONS: dict[EngineName, str] = {"apptainer": "--version", "podman": "info", "docker": "version"}
_BOUND_IS_THE_REASON = re.compile("cgroup|cpu|memory|limit|namespace|network|net ns|netns", re.IGNORECASE)

# Runs inside, as any script does, and tells what it sees.
_LOOK = """
import importlib.util, json, os, pathlib
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
limit = None
for place in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
    if limit is None and os.path.exists(place):
        limit = pathlib.Path(place).read_text().strip()
needed = ("awkward", "hist", "matplotlib", "mplhep", "numpy", "pyarrow", "pydantic", "uproot", "vector")
print(json.dumps({
    "missing": [name for name in needed if importlib.util.find_spec(name) is None],
    "capabilities": int(status["CapEff"], 16),
    "may gain rights": status["NoNewPrivs"].strip() != "1",
    "network": sorted(line.split(":")[0].strip() for line in list(open("/proc/net/dev"))[2:]),
    "memory": limit,
}))
"""


def try_container(engine: EngineName, image: str) -> Tried:
    """Run a script in a container, with all the bounds that the engine accepts here.

    Args:
        engine: Which one.
        image: As `engines.parse_engine` returned it.
    """
    name = f"{engine}:{image}"
    program = shutil.which(engine)
    if program is None:
        return Tried(name, None, f"{engine} is not installed")
    try:
        best = Container(engine, program, image, change_user=changes_user())
    except SandboxError as error:
        return Tried(name, None, str(error))
    first = ""
    for container in _containers(best):
        found, reason = _look(container)
        if found is not None:
            return Tried(name, ContainerSandbox(found), "")
        first = first or reason
        if not _BOUND_IS_THE_REASON.search(reason):
            break
    return Tried(name, None, first)


def engine_reason(engine: EngineName) -> str:
    """Return why an engine cannot be used here whatever the image; nothing when it answers."""
    program = shutil.which(engine)
    if program is None:
        return f"{engine} is not installed"
    question = _QUESTIONS[engine]
    if ask(Container(engine, program, "none", change_user=False), question) is not None:
        return ""
    return f"{engine} at {program} is installed but does not answer '{engine} {question}'"


def _containers(best: Container) -> Iterator[Container]:
    """Yield what to try, the strongest first; nothing that would leave the network open."""
    for own_network in (True, False) if best.is_apptainer else (True,):
        yield replace(best, own_network=own_network)
        yield replace(best, own_network=own_network, cpu_limit=False)
        if best.engine != "docker":  # its server runs as root and always may
            yield replace(best, own_network=own_network, cpu_limit=False, cgroup_limits=False)


def _look(container: Container) -> tuple[Container | None, str]:
    """Run the looking script; return the container as it was found, or None with the reason."""
    with tempfile.TemporaryDirectory(prefix="hepcoder-probe-", ignore_cleanup_errors=True) as place:
        folder = Path(place, "job")
        folder.mkdir()
        execution = ContainerSandbox(container).run(Job(script=_LOOK, folder=folder, limits=_PROBE))
    if not execution.ok:
        return None, _last_line(execution) if execution.outcome == "finished" else execution.detail
    try:
        seen = json.loads(execution.stdout)
    except ValueError:
        return None, f"the container's answer makes no sense: {execution.stdout[:200]!r}"
    reason = _objection(seen, container)
    if reason:
        return None, reason
    return replace(container, limits_seen=seen["memory"] == str(_PROBE.memory_bytes)), ""


def _last_line(execution: Execution) -> str:
    return next(reversed(execution.stderr.strip().splitlines()), f"exit code {execution.exit_code}")


def _objection(seen: dict[str, Any], container: Container) -> str:
    if seen["missing"]:
        return f"the image {container.image!r} lacks Python packages: {', '.join(seen['missing'])}"
    if container.own_network and seen["network"] not in ([], ["lo"]):
        return f"the container sees a network: {', '.join(seen['network'])}"
    if seen["capabilities"]:
        return f"the script would have capabilities: {seen['capabilities']:#x}"
    if seen["may gain rights"]:
        return "the script could gain rights through setuid programs"
    return ""
