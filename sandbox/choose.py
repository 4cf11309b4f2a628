"""Finds the strongest sandbox that really works here."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.bwrap import BubblewrapSandbox, probe
from hepcoder.sandbox.confinement import Confinement
from hepcoder.sandbox.local import UnsafeSandbox

_PROBE_SECONDS = 5.0  # a busy machine takes a second; a broken one answers at once


def choose_sandbox(name: Literal["auto", "bwrap", "none"] = "auto") -> Sandbox:
    """Return a sandbox that was seen to start on this machine.

    Args:
        name: ``auto`` takes the strongest that works, which today is ``bwrap``; ``none`` is no sandbox at all and is
            only used when asked for by name.

    Raises:
        SandboxError: None can start; says what was tried, what failed and the way out.
        ValueError: The name is not one of the three.
    """
    if name == "none":
        return UnsafeSandbox()
    if name not in {"auto", "bwrap"}:
        message = f"no sandbox is called {name!r}; there are 'auto', 'bwrap' and 'none'"
        raise ValueError(message)
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(_way_out("bubblewrap (bwrap) is not installed"))
    failures = []
    for confinement in _confinements(program):
        failure = probe(confinement, seconds=_PROBE_SECONDS)
        if not failure:
            return BubblewrapSandbox(confinement)
        failures.append(failure)
    raise SandboxError(_way_out(f"bubblewrap at {program} does not work here: {failures[0]}"))


def _confinements(program: str) -> Iterator[Confinement]:
    """Yield what to try, the strongest first; nothing that would leave the network open."""
    best = Confinement(program, change_user=os.geteuid() == 0)
    yield best
    if not best.change_user:  # bwrap before 0.8 cannot forbid user namespaces
        yield replace(best, forbid_user_namespaces=False)
    if best.filter is not None:  # sites that allow no network namespaces
        yield replace(best, own_network=False)


def _way_out(problem: str) -> str:
    return (
        f"no sandbox can start: {problem}. Install it with 'apt-get install bubblewrap' or 'dnf install bubblewrap'. "
        "Where it is installed, user namespaces may be switched off: Ubuntu 24.04 and later need an AppArmor profile "
        "for bwrap (package apparmor-profiles) or sysctl kernel.apparmor_restrict_unprivileged_userns=0; containers "
        "need --privileged or --security-opt seccomp=unconfined. '--sandbox none' runs generated code with all your "
        "rights: only use it on a machine that holds nothing of value."
    )


def describe(sandbox: Sandbox) -> str:
    """Return one line on how a sandbox confines scripts and what it lacks, for manifests and reports."""
    if isinstance(sandbox, BubblewrapSandbox):
        how = "as another user" if sandbox.confinement.change_user else "in a user namespace"
        lacks = ", ".join(sandbox.confinement.lacks) or "nothing"
        return f"bwrap ({sandbox.confinement.program}), {how}; lacks: {lacks}"
    return f"{sandbox.name}: no confinement; scripts run with all rights of this user; lacks: everything but limits"
