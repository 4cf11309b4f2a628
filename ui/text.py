"""Text from models and files made safe for a terminal."""

import re

# Escape sequences are dropped whole, so that their printable part does not stay behind as litter.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor movements
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS: titles, clipboard
    r"|\x1b[ -/]*[0-~]?"  # the two- and three-character ones
)
# C0 except newline, DEL, C1, lone surrogates, and the characters that change the direction of text or cannot be seen.
_HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb]"
    "|[\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    r"""Return `text` without escape sequences, control characters and invisible characters; newlines stay.

    A tab becomes four spaces.

    Example:
        >>> clean("\x1b[31mred\x1b[0m\x07 a\tb")
        'red a    b'
    """
    return _HIDDEN.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")))


def one_line(text: str, width: int = 300) -> str:
    r"""Return `text` cleaned and on one line of at most `width` characters, with an ellipsis where it was cut.

    Example:
        >>> one_line("a  b\n c", width=4)
        'a b…'
    """
    line = " ".join(clean(text).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
