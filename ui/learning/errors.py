"""What a user of `hepcoder learn` did wrong, or lacks, in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from hepcoder.ledger.errors import StorageError, UserError
from hepcoder.ledger.files import reason
from hepcoder.ledger.record import Record

AnyRecord = TypeVar("AnyRecord", bound=Record)

_WAY_OUT = "pip install"
_MOST_TOLD = 5


@contextmanager
def foreseen() -> Iterator[None]:
    """Turn errors that have a way out of the user into ours; a bug stays what it is.

    Raises:
        UserError: A package is missing that can be installed, or settings do not go together.
        StorageError: A file cannot be read or written.
    """
    try:
        yield
    except ImportError as error:
        if _WAY_OUT not in str(error):
            raise
        raise UserError(str(error)) from error
    except ValidationError as error:
        raise UserError(told(error)) from error
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        message = f"{where}{reason(error)}"
        raise StorageError(message) from error


def told(error: ValidationError) -> str:
    """What is wrong with a record, field by field."""
    found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".removeprefix(": ") for one in error.errors()]
    return "; ".join(found[:_MOST_TOLD]).replace("Value error, ", "")


def read_record(path: Path, kind: type[AnyRecord], what: str) -> AnyRecord:
    """Read a record from a file of YAML, of which JSON is a part.

    Args:
        path: The file.
        kind: Of the record.
        what: It is called for the user, such as ``plan``.

    Raises:
        UserError: The file cannot be read, or it holds no such record; says where and why.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return kind.model_validate_json(text) if path.suffix == ".json" else kind.model_validate(yaml.safe_load(text))
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        raise UserError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path} is no YAML: {' '.join(str(error).split())}"
        raise UserError(message) from error
    except ValidationError as error:
        message = f"{path} holds no {what}: {told(error)}"
        raise UserError(message) from error


class _Dumper(yaml.SafeDumper):
    """Lists of plain values on one line."""


def _list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    plain = all(value is None or isinstance(value, str | int | float | bool) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain)


_Dumper.add_representer(list, _list)


def as_yaml(record: Record) -> str:
    """A record as YAML that `read_record` reads and people edit."""
    return yaml.dump(record.model_dump(mode="json"), Dumper=_Dumper, sort_keys=False, width=110)
