"""Finds out by running it how much of bubblewrap this machine allows."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.bwrap.confinement import Confinement
from hepcoder.sandbox.bwrap.launcher import BubblewrapLauncher, probe
from hepcoder.sandbox.root import changes_user
from hepcoder.sandbox.tier import Tried
from hepcoder.sandbox.workers.confined import ConfinedSandbox

_PROBE_SECONDS = 5.0  # a busy machine takes a second; a broken one answers at once


def try_bwrap() -> Tried:
    """Start bubblewrap with everything that a job needs, or with what this site allows of it."""
    program = shutil.which("bwrap")
    if program is None:
        return Tried("bwrap", None, "bubblewrap (bwrap) is not installed")
    try:
        best = Confinement(program, change_user=changes_user())
    except SandboxError as error:
        return Tried("bwrap", None, str(error))
    first = ""
    for confinement in _confinements(best):
        failure = _failure(confinement)
        if not failure:
            return Tried("bwrap", ConfinedSandbox(BubblewrapLauncher(confinement)), "")
        first = first or failure
    return Tried("bwrap", None, f"bubblewrap at {program} does not work here: {first}")


def _failure(confinement: Confinement) -> str:
    try:
        return probe(confinement, seconds=_PROBE_SECONDS)
    except SandboxError as error:
        return str(error)


def _confinements(best: Confinement) -> Iterator[Confinement]:
    """Yield what to try, the strongest first; nothing that would leave the network open."""
    for own_network in (True, False):  # sites may allow no network namespaces
        confinement = replace(best, own_network=own_network)
        if not own_network and confinement.filter is None:
            return
        yield confinement
        if not best.change_user:  # bwrap before 0.8 cannot forbid user namespaces
            yield replace(confinement, forbid_user_namespaces=False)
