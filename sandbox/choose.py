"""Finds the strongest sandbox that really works here."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.advice import UNSAFE, ways_out
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.bwrap.probe import try_bwrap
from hepcoder.sandbox.containers.container import ContainerSandbox
from hepcoder.sandbox.containers.engines import ENGINES, parse_engine
from hepcoder.sandbox.containers.probe import try_container
from hepcoder.sandbox.landlock.probe import try_landlock
from hepcoder.sandbox.local import UnsafeSandbox
from hepcoder.sandbox.tier import Tried
from hepcoder.sandbox.workers.confined import ConfinedSandbox


def choose_sandbox(name: str = "auto") -> Sandbox:
    """Return a sandbox that was seen to work on this machine.

    Args:
        name: ``auto`` takes the strongest that works of ``bwrap`` and ``landlock``, which can also be named;
            ``podman:IMAGE``, ``docker:IMAGE`` and ``apptainer:IMAGE`` run each script in a container; ``none`` is no
            sandbox at all. The last two kinds are only used when asked for by name.

    Raises:
        SandboxError: None can start; says what was tried, what was seen and the way out of each.
        ValueError: There is no sandbox of that name.
    """
    if name == "none":
        return UnsafeSandbox()
    failures = []
    for tried in try_tiers(name):
        if tried.sandbox is not None:
            return tried.sandbox
        failures.append(tried)
    raise SandboxError(_refusal(failures))


def try_tiers(name: str = "auto") -> Iterator[Tried]:
    """Try what a name stands for, the strongest first, one after the other as they are asked for.

    Raises:
        SandboxError: The name is that of a container engine, without an image that can be.
        ValueError: There is no sandbox of that name.
    """
    container = parse_engine(name)
    if container is not None:
        yield try_container(*container)
    elif name == "auto":
        for attempt in _TIERS.values():
            yield attempt()
    elif name in _TIERS:
        yield _TIERS[name]()
    else:
        engines = ", ".join(f"'{engine}:IMAGE'" for engine in ENGINES)
        message = f"no sandbox is called {name!r}; there are 'auto', 'bwrap', 'landlock', {engines} and 'none'"
        raise ValueError(message)


def describe(sandbox: Sandbox) -> str:
    """Return one line on how a sandbox confines scripts and what it lacks, for manifests and reports."""
    lacks = ", ".join(sandbox.lacks) or "nothing"
    match sandbox:
        case ConfinedSandbox():
            return f"{sandbox.name} ({sandbox.launcher.how}); lacks: {lacks}"
        case ContainerSandbox():
            return f"{sandbox.name} ({sandbox.how}); lacks: {lacks}"
        case _:
            return f"{sandbox.name}: no confinement; scripts run with all rights of this user; lacks: {lacks}"


def _refusal(failures: Sequence[Tried]) -> str:
    lines = ["no sandbox can start here, and nothing is run without one:"]
    for tried in failures:
        lines.append(f"- {tried.name}: {tried.reason}")
        lines += [f"    {line}" for line in ways_out(tried.name, tried.reason)]
    return "\n".join([*lines, UNSAFE])


_TIERS: Mapping[str, Callable[[], Tried]] = {"bwrap": try_bwrap, "landlock": try_landlock}
