"""A stand-in for a container engine: takes the command line of one and runs the host's Python in bubblewrap.

With ``run``, as with podman, what runs inside is no descendant of the program that was called, and outlives it; with
``exec``, as with Apptainer, it is, and the user does not change. Files in the folder
``state`` beside the program say what it did (``log``, and one file for each container) and what it shall do:
``refuse`` (lines of word and message: fail when the word is among the arguments), ``oom`` (say that memory ran out) and
``python`` (the virtual environment of the image).
"""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from hepcoder.sandbox.installation import python_roots

STATE = Path(os.environ.get("STAND_IN_STATE", "state"))
FLAGS = {"--interactive", "--read-only", "--no-healthcheck", "--http-proxy=false", "--force", "--volumes", "--all"}
FLAGS |= {"--containall", "--cleanenv", "--no-home", "--no-eval", "--no-umask", "--pid", "--uts", "--net"}


def install(folder: Path, *names: str) -> Path:
    """Put the stand-in into a folder under the names of engines; return the folder of its state."""
    state = folder / "state"
    state.mkdir(mode=0o755)
    for name in names:
        program = folder / name
        program.write_text(f"#!/bin/sh\nSTAND_IN_STATE='{state}' exec '{sys.executable}' '{__file__}' \"$@\"\n")
        program.chmod(0o755)
    return state


def parse(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    options: dict[str, list[str]] = {}
    while words and words[0].startswith("--"):
        word = words.pop(0)
        flag = word in FLAGS or (word == "--ipc" and words[0].startswith("--"))
        options.setdefault(word, []).append("" if flag else words.pop(0))
    return options, words


def bubblewrap(options: dict[str, list[str]], command: list[str]) -> list[str]:
    root, changes_user = os.geteuid() == 0, "--user" in options
    tmpfs = dict(item.split(":", 1) for item in options.get("--tmpfs", ["/tmp:size=64000000"]))
    size = next(word for word in tmpfs["/tmp"].split(",") if word.startswith("size=")).removeprefix("size=")
    words = ["bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--clearenv"]
    words += ["--as-pid-1"] if changes_user else []
    words += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "IMAGE_SECRET", "in-the-image"]
    words += ["--unshare-net"] if options["--network"] == ["none"] else []
    words += ["--cap-drop", "ALL"] if root else ["--unshare-user", "--cap-drop", "ALL"]
    words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"] if root else []
    words += ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--perms", "1777"]
    words += ["--size", options.get("--shm-size", ["64000000"])[0], "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    words += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"]
    for place in ("/bin", "/lib", "/lib64"):
        words += ["--symlink", f"usr{place}", place]
    words += ["--ro-bind", "/etc/ld.so.cache", "/etc/ld.so.cache", "--perms", "0755", "--dir", "/opt"]
    environment = Path((STATE / "python").read_text() if (STATE / "python").exists() else sys.prefix)
    for root_folder in {**dict.fromkeys(python_roots()), environment: None}:
        words += [*parents(root_folder), "--ro-bind", str(root_folder), str(root_folder)]
    for text in options["--mount"]:
        words += mount(text)
    words += ["--remount-ro", "/", "--chdir", "/", "--hostname", options["--hostname"][0], "--"]
    if changes_user:
        words += ["/usr/bin/setpriv", *rights(options["--user"][0], root=root), "--"]
    return [*words, str(environment / "bin" / "python"), *command]


def rights(user: str, *, root: bool) -> list[str]:
    number, _, group = user.partition(":")
    lower = ["--reuid", number, "--regid", group, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return ["--no-new-privs", *(lower if root else [])]


def mount(text: str) -> list[str]:
    (fields,) = csv.reader([text])
    values = dict(field.partition("=")[::2] for field in fields)
    target = values["target"]
    return [
        *parents(Path(target)),
        "--ro-bind" if {"readonly", "ro"} & values.keys() else "--bind",
        values["source"],
        target,
    ]


def parents(place: Path) -> list[str]:
    shown = [parent for parent in reversed(place.parents) if not Path("/usr").is_relative_to(parent)]
    return [word for parent in shown for word in ("--perms", "0755", "--dir", str(parent))]


def run(words: list[str]) -> int:
    options, (_, *command) = parse(words)
    (STATE / options["--name"][0]).touch()
    told, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            process = subprocess.Popen(bubblewrap(options, command))
            (STATE / options["--name"][0]).write_text(str(process.pid))
            code = process.wait()
            with contextlib.suppress(BrokenPipeError):
                os.write(tell, bytes([code if code >= 0 else 128 - code]))
        os._exit(0)
    os.close(tell)
    os.wait()
    return (os.read(told, 1) or b"\xff")[0]


def main() -> int:
    verb, *words = sys.argv[1:]
    with (STATE / "log").open("a") as log:
        log.write(json.dumps({"words": sys.argv[1:], "environment": dict(os.environ)}) + "\n")
    if (STATE / "refuse").exists():
        for line in (STATE / "refuse").read_text().splitlines():
            word, _, message = line.partition(" ")
            if word in sys.argv:
                print(f"Error: {message}", file=sys.stderr)
                return 125
    if verb == "exec":
        options, (_, _, *command) = parse(words)
        os.execvp("bwrap", bubblewrap(options, command))
    if verb == "run":
        return run(words)
    _, names = parse(words)
    if verb == "inspect":
        print("true" if (STATE / "oom").exists() else "false")
    elif verb == "ps":
        print("\n".join(path.name for path in STATE.glob("hepcoder-*")))
    for name in names if verb in {"kill", "rm"} else ():
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((STATE / name).read_text()), signal.SIGKILL)
        if verb == "rm":
            (STATE / name).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
