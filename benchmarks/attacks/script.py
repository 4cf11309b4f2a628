"""Makes the script that carries attacks into a sandbox."""

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

How = Literal["apart", "alone", "quietly"]
_PRELUDE = Path(__file__).with_name("prelude.py")


class Part(NamedTuple):
    """One attack as its script needs it.

    Attributes:
        id: Its id, a Python identifier.
        body: Its function's body.
        mine: Path of its target.
        input_name: Name of its input file in the working folder; empty for none.
        signal: The signal that is its own; 0 for none.
    """

    id: str
    body: str
    mine: str = ""
    input_name: str = ""
    signal: int = 0


def word_of(attack: str) -> str:
    """Return what an attack says to whom it reaches."""
    return f"<{attack}>"


def job_script(places: Mapping[str, object], parts: Iterable[Part], *, how: How) -> str:
    """Return a script that makes some attacks one after the other.

    Args:
        places: Where the scene's things are; plain data.
        parts: The attacks.
        how: ``apart`` gives each a process of its own; ``alone`` and ``quietly`` run them in the script's own process,
            ``quietly`` going on after an exception.
    """
    pieces = [_PRELUDE.read_text(encoding="utf-8"), f"begin(json.loads({json.dumps(places)!r}))\n"]
    for part in parts:
        names = f"MINE, SIGNAL, WORD = {part.mine!r}, {part.signal}, {word_of(part.id)!r}\n"
        names += f"INPUT = os.path.realpath({part.input_name!r})\n" if part.input_name else ""
        body = textwrap.indent(names + part.body.strip("\n"), "    ")
        pieces.append(f"def {part.id}():\n{body}\n\n\n{how}({part.id!r}, {part.id})\n")
    return "\n\n".join(pieces)
