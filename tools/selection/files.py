"""Reads a selection from a YAML or JSON file."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.vocabulary import SelectionError


def load_selection(path: str | Path) -> Selection:
    """Read a selection.

    Args:
        path: YAML, of which JSON is a part; the fields are those of `Selection`.

    Raises:
        SelectionError: The file cannot be read, or it holds no selection; says where and why.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Selection.model_validate(content)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise SelectionError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path} is no YAML: {' '.join(str(error).split())}"
        raise SelectionError(message) from error
    except ValidationError as error:
        found = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
        message = f"{path} holds no selection: {'; '.join(found[:5])}"
        raise SelectionError(message) from error
