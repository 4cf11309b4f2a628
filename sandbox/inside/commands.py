"""What a command line reaches for, as far as its words tell."""

import os.path
import re
from collections.abc import Iterator, Sequence

from hepcoder.sandbox.inside.places import Places

_SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "busybox"}
_WRAPPERS = {"sudo", "exec", "command", "nohup", "time", "timeout", "xargs", "nice", "setsid", "stdbuf"}
_NETWORK = {"curl", "wget", "nc", "ncat", "netcat", "socat", "ssh", "scp", "sftp", "rsync", "ftp", "telnet"} | {
    "dig", "nslookup", "ping", "xrdcp", "gfal-copy",
}  # fmt: skip
_SIGNALS = {"kill", "pkill", "killall"}
_DUMPS = {"env", "printenv", "set", "export", "declare"}
_ADDRESS = re.compile(r"\w+://[^/\s?#'\"@]*")
_MARKS = re.compile(r"[;&|\n`(){}<>]+")
_ASSIGNMENT = re.compile(r"^\w+=")
_SPLIT_OPTION = re.compile(r"[=@,]")

Attempt = tuple[str, str]


def judge_command(argv: Sequence[str], places: Places) -> Iterator[Attempt]:
    """Yield (kind, target) for what a command tries that the script must not.

    Args:
        argv: The program and its arguments; the text of a shell command is looked into.
        places: Judges paths.
    """
    for words in _simple_commands(argv, places):
        yield from _by_name(words)
        for word in words:
            yield from _by_path(word, places)


def _simple_commands(argv: Sequence[str], places: Places) -> Iterator[list[str]]:
    """Yield the words of each command; a shell's text is cut at what separates commands."""
    name = os.path.basename(argv[0]) if argv else ""  # noqa: PTH119 - the standard library's fast way, on any text
    if name in _SHELLS and "-c" in argv[:-1]:
        text = places.expanded(argv[list(argv).index("-c") + 1])
        for part in _MARKS.split(text):
            yield [places.expanded(word.strip("'\"")) for word in part.split()]
    else:
        yield [places.expanded(word) for word in argv]


def _by_name(words: Sequence[str]) -> Iterator[Attempt]:
    rest = list(words)
    while rest and (rest[0] in _WRAPPERS or _ASSIGNMENT.match(rest[0]) or rest[0][:1] == "-" or rest[0].isdigit()):
        rest.pop(0)
    if not rest:
        return
    name = os.path.basename(rest[0])  # noqa: PTH119
    if name == "env" and any(not _ASSIGNMENT.match(word) and word[:1] != "-" for word in rest[1:]):
        yield from _by_name(rest[1:])  # env NAME=value command
    elif name in _NETWORK:
        # The address alone: what a script would send does not belong into a record of it.
        address = next((found[0] for word in rest[1:] if (found := _ADDRESS.search(word))), "")
        yield "network", f"{name} {address}".strip()
    elif name in _SIGNALS:
        yield "process", " ".join(rest)
    elif name in _DUMPS and all(word[:1] == "-" for word in rest[1:]) and (name != "set" or len(rest) == 1):
        yield "environment", name


def _by_path(word: str, places: Places) -> Iterator[Attempt]:
    if "://" in word:
        return
    for part in _SPLIT_OPTION.split(word):
        if part.startswith("/dev/tcp/") or part.startswith("/dev/udp/"):  # noqa: PIE810 - ruff's own form is longer
            yield "network", part[9:]
        elif part.startswith(("/", "../", "~")):
            target = places.reading(part)
            if target is not None:
                yield ("environment" if target.endswith("/environ") and "/self/" in target else "read"), target
