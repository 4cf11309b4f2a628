"""What the baselines say to a model: the request as it is, and then what a terminal would show."""

from collections.abc import Sequence

from hepcoder.agents.models.records import Message
from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output

SYSTEM = "You are an expert in collider physics and in Python data analysis.\n"
TRACEBACK_CHARS = 2000


def opening(prompt: str, inputs: Sequence[str], outputs: Sequence[Output]) -> tuple[Message, ...]:
    """What is asked first.

    Args:
        prompt: The request, to the letter.
        inputs: Names of the input files.
        outputs: What must be written.
    """
    lines = [prompt.strip(), ""]
    if inputs:
        lines += [f"Input files, in the working folder: {', '.join(inputs)}"]
    lines += [f"Write {_told(output)}." for output in outputs]
    lines += ["numpy, awkward, uproot, hist, vector, scipy, pyarrow and matplotlib are installed; there is no network."]
    lines += ["Answer with one complete Python script in a ```python block."]
    return (Message(role="system", text=SYSTEM), Message(role="user", text="\n".join(lines) + "\n"))


def again(first: Sequence[Message], script: str, failure: Failure, traceback: str) -> tuple[Message, ...]:
    """What is asked after a script that failed.

    Args:
        first: The opening.
        script: The script.
        failure: What went wrong.
        traceback: Its traceback; empty when there is none.
    """
    told = traceback[-TRACEBACK_CHARS:].strip() or failure.message
    text = f"The script failed:\n{told}\n\nAnswer with the whole corrected script in a ```python block.\n"
    answer = Message(role="assistant", text=f"```python\n{script.rstrip()}\n```\n")
    return (*first, answer, Message(role="user", text=text))


def _told(output: Output) -> str:
    if not output.fields:
        return output.file
    names = ", ".join(f"{field.name} [{field.unit}]" if field.unit else field.name for field in output.fields)
    return f"{output.file} with {names}"
