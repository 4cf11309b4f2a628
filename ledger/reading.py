"""Reading an event log: every good event, and what is wrong with each line that is not."""

from pathlib import Path

from pydantic import ValidationError

from hepcoder.ledger.chain import GENESIS, Line, Reason, check_lines
from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import Event
from hepcoder.ledger.files import reason
from hepcoder.ledger.record import Record


class DamagedLine(Record):
    """A line that was skipped.

    Attributes:
        number: Line number in the file, from 1.
        reason: ``not_json`` (cut short or overwritten), ``schema`` (not an event of this version), ``hash`` (its bytes
            were changed) or ``chain`` (lines are missing before it, or it is a copy).
        detail: The same in words.
    """

    number: int
    reason: Reason
    detail: str


class EventLog(Record):
    """What a log file holds: the good events in order, and the lines that could not be used."""

    events: tuple[Event, ...]
    damaged: tuple[DamagedLine, ...]


def read_events(path: Path) -> EventLog:
    """Read a log; damaged lines are skipped and counted, all others are read.

    Numbers are kept as they were written: a gap in `Event.seq` is where a damaged line lies. Safe while another process
    writes; the line being written may then be counted as damaged.

    Args:
        path: An ``events.jsonl``.

    Raises:
        RunError: The file is missing or cannot be read.
    """
    log, _ = read_chained(path)
    return log


def read_chained(path: Path) -> tuple[EventLog, str]:
    """As `read_events`, with the hash that the next line has to name.

    Raises:
        RunError: The file is missing or cannot be read.
    """
    events: list[Event] = []
    damaged: list[DamagedLine] = []
    prev = GENESIS
    try:
        with path.open("rb") as file:
            for line in check_lines(file):
                found = _parse(line)
                if isinstance(found, DamagedLine):
                    damaged.append(found)
                else:
                    events.append(found)
                prev = line.digest or prev
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        raise RunError(message) from error
    return EventLog(events=tuple(events), damaged=tuple(damaged)), prev


def _parse(line: Line) -> Event | DamagedLine:
    if line.reason is not None:
        return DamagedLine(number=line.number, reason=line.reason, detail=line.detail)
    try:
        return Event.model_validate_json(line.event_json)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return DamagedLine(number=line.number, reason="schema", detail=f"{where}: {first['msg']}")
