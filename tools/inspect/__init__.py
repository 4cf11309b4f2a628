"""Deterministic inspection of input files, and its rendering for a prompt.

`inspect_input` says what a file holds, `describe` writes what a request needs of it, and
`relevant_collections` names what to read.
"""

from hepcoder.tools.inspect.describe import describe
from hepcoder.tools.inspect.facts import ColumnFacts, FileFacts, Look, TableFacts
from hepcoder.tools.inspect.inspection import inspect_input
from hepcoder.tools.inspect.relevance import relevant_collections

__all__ = ["ColumnFacts", "FileFacts", "Look", "TableFacts", "describe", "inspect_input", "relevant_collections"]
