"""PyFixer's rules: static checks and repairs that need no model and never run the script."""

from hepcoder.tools.pyfix.checks import check_script
from hepcoder.tools.pyfix.records import ErrorRule, Known, Repair, Rule, Seen
from hepcoder.tools.pyfix.repair import ERROR_RULES, RULES, hints, repair_script

__all__ = [
    "ERROR_RULES",
    "RULES",
    "ErrorRule",
    "Known",
    "Repair",
    "Rule",
    "Seen",
    "check_script",
    "hints",
    "repair_script",
]
