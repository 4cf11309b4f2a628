"""What lies around a sandbox and must be left alone: a home with keys, other runs, a live agent, listeners."""

import itertools
import os
import platform
import secrets
import sqlite3
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import hepcoder.agents
import hepcoder.tools
from hepcoder.benchmarks.attacks.ears import Ears
from hepcoder.benchmarks.attacks.look import look_at, remove
from hepcoder.benchmarks.attacks.victim import Victim
from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.kernel.syscalls import SYSTEM_CALLS

KEY_VARIABLE = "HEPCODER_ATTACK_API_KEY"
_FIRST_SIGNAL = 40  # of the real-time signals, of which the C library uses the first few
_SECRETS = (
    *("key file", "file name", "environment", "command line", "memory", "other run", "checkpoint", "leaked file"),
    "earlier job",
)
_TARGET = "the target, as it must stay\n"


@dataclass
class Scene:
    """The host's side of the attacks.

    Attributes:
        folder: Holds everything else; open to all users, so that it is not file modes that stop an attack.
        token: A word that occurs nowhere else on this machine.
        secrets: What must never come out of a sandbox, by what it is.
        ears: The listeners.
        victim: A process that holds secrets, as the agent does.
        places: Where all this is, for the attack scripts.
    """

    folder: Path
    token: str
    secrets: Mapping[str, str]
    ears: Ears
    victim: Victim
    places: dict[str, object]
    _targets: dict[str, tuple[Path, object]] = field(default_factory=dict)
    _inputs: dict[str, tuple[Path, object]] = field(default_factory=dict)
    _signals: dict[str, int] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def new_run(self) -> Path:
        """Make and return the folder of one more run."""
        folder = self.folder / "runs" / f"run-{next(self._numbers)}"
        folder.mkdir(parents=True)
        return folder

    def new_name(self) -> str:
        """Return a name for the processes of one more job; the kernel keeps 15 characters."""
        return f"hca{self.token[:7]}{next(self._numbers):x}"

    def set_target(self, attack: str, template: str) -> Path:
        """Return the file that an attack is aimed at, and remember what it is like now.

        Args:
            attack: Id of the attack.
            template: Path with ``{id}``, ``{token}`` and folders of the scene; a file in ``{outside}`` is made.
        """
        path = Path(template.format(id=attack, token=self.token, **self.places))
        if path.parent == self.folder / "outside":
            path.write_text(_TARGET, encoding="utf-8")
            path.chmod(0o666)
        self._targets[attack] = (path, look_at(path))
        return path

    def set_input(self, attack: str) -> Path:
        """Make and return the input file of an attack, and remember what it is like now."""
        path = self.folder / "data" / f"{attack}.txt"
        path.write_text(_TARGET, encoding="utf-8")
        path.chmod(0o644)
        self._inputs[attack] = (path, look_at(path))
        return path

    def changed(self, attack: str) -> str:
        """Say so if the target or the input of an attack is not as it was."""
        for what, watched in (("file outside", self._targets), ("input", self._inputs)):
            if attack in watched:
                path, before = watched[attack]
                if (now := look_at(path)) != before:
                    return f"its {what} was {'made' if before is None else 'changed' if now else 'removed'}"
        return ""

    def secrets_in(self, text: str) -> str:
        """Say so if a text holds a secret."""
        names = [name for name, secret in self.secrets.items() if secret in text]
        return f"came out: {', '.join(names)}" if names else ""

    def signal_of(self, attack: str) -> int:
        """Return the signal that is this attack's own, one that nothing else here uses."""
        return self._signals.setdefault(attack, _FIRST_SIGNAL + len(self._signals))

    def tidy(self) -> None:
        """Delete what attacks made outside of the scene's own folder."""
        for path, before in self._targets.values():
            if before is None and self.folder not in path.parents:
                remove(path)
        for shared in ("/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108 - where attacks leave files
            for path in Path(shared).glob(f"hca*{self.token[:7]}*"):
                remove(path)


@contextmanager
def open_scene() -> Iterator[Scene]:
    """Yield a fresh scene; at the end nothing of it is left."""
    token = secrets.token_hex(6)
    hidden = {kind: f"hcsec-{secrets.token_hex(16)}" for kind in _SECRETS}
    folder = Path(tempfile.mkdtemp(prefix="hepcoder-attacks-")).resolve()
    try:
        with ExitStack() as stack:
            _fill(folder, hidden)
            ears = stack.enter_context(Ears(outside=folder / "outside", data=folder / "data", name=f"hca-{token}"))
            variables = {KEY_VARIABLE: hidden["environment"], "HOME": str(folder / "home")}
            memory = folder / "agent" / "memory"
            victim = stack.enter_context(
                Victim(folder / "agent", secret=memory, environment=variables, word=hidden["command line"])
            )
            places = _places(folder) | ears.addresses | {"victim": victim.pid, "victim_address": victim.address}
            scene = Scene(folder, token, hidden, ears, victim, places | {"victim_size": victim.size})
            stack.callback(scene.tidy)
            stack.enter_context(_leaks(folder, variables))
            yield scene
    finally:
        remove_folder(folder)


def _fill(folder: Path, hidden: Mapping[str, str]) -> None:
    for name in ("", "home", "home/.ssh", "outside", "sibling", "agent", "data", "runs"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o777)
    files = {
        "home/.ssh/id_ed25519": hidden["key file"],
        f"home/{hidden['file name']}": "",
        "home/leaked": hidden["leaked file"],
        "sibling/result.json": hidden["other run"],
        "agent/memory": hidden["memory"],
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o644)
    database = sqlite3.connect(folder / "agent" / "checkpoint.sqlite")
    with database:
        database.execute("CREATE TABLE checkpoints (state TEXT)")
        database.execute("INSERT INTO checkpoints VALUES (?)", (hidden["checkpoint"],))
    database.close()


def _places(folder: Path) -> dict[str, object]:
    own = {name: str(folder / name) for name in ("home", "outside", "sibling", "agent", "data", "runs")}
    paths = sysconfig.get_paths()
    return own | {
        "ssh_key": str(folder / "home/.ssh/id_ed25519"),
        "checkpoint": str(folder / "agent/checkpoint.sqlite"),
        "agent_source": str(Path(hepcoder.agents.__path__[0]).resolve() / "supervisor.py"),
        "tools": str(Path(hepcoder.tools.__path__[0]).resolve()),
        "site": paths["purelib"],
        "stdlib": paths["stdlib"],
        "variable": KEY_VARIABLE,
        "harness": os.getpid(),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "processors": len(os.sched_getaffinity(0)),
        "two_processors": len(os.sched_getaffinity(0)) > 1,
        "processor": platform.machine(),
        "calls": dict(SYSTEM_CALLS.get(platform.machine(), {})),
    }


@contextmanager
def _leaks(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Hold secrets as a careless agent does: in its environment, and in descriptors that children inherit."""
    before = dict(os.environ)
    os.environ.update(variables)
    descriptors = [os.open(folder / name, os.O_RDONLY) for name in ("home/leaked", "home")]
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        for descriptor in descriptors:
            os.close(descriptor)
