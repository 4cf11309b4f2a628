"""Replies of all shapes: code is found, or the reply is refused with a class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.agents.parsing import FormatError, extract_code

CODE = "import numpy as np\nx = np.pi\nprint(x)\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{CODE}```",
        f"Sure! Here is it:\n\n```python\n{CODE}```\nIt prints pi.",
        f"```py\n{CODE}\n```",
        f"```\n{CODE}```",
        f"```python\n{CODE}",
        CODE,
        f"Here is the script you asked for.\n\n{CODE}",
        f"```python\r\n{CODE}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"First run:\n```bash\npip install numpy\n```\nthen\n```python\n{CODE}```",
        f"```json\n{{}}\n```\n```python\n{CODE}```",
    ],
)
def test_code_is_found(reply: str) -> None:
    assert extract_code(reply, truncated=False) == CODE


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I cannot help with that.",
        "```python\n\n```",
        "```json\n{}\n```",
        "```python\n# to do\n```",
        "```\nx = '\ud800'\n```",
    ],
)
def test_no_code_is_a_failure(reply: str) -> None:
    with pytest.raises(FormatError) as caught:
        extract_code(reply, truncated=False)
    assert caught.value.failure.label == "coder.no_code"


def test_cut_reply_is_a_failure_unless_it_is_whole() -> None:
    with pytest.raises(FormatError, match="cut at the token limit"):
        extract_code("```python\nx = (1,\n", truncated=True)
    assert extract_code(f"```python\n{CODE}```\nThis scr", truncated=True) == CODE


@given(st.text())
def test_any_text_gives_code_or_a_failure(reply: str) -> None:
    try:
        code = extract_code(reply, truncated=False)
    except FormatError:
        return
    assert code.strip()
    assert code.endswith("\n")
