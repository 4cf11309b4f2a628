"""PyFixer's rules: static checks and repairs that need no model and never run the script."""

from hepcoder.tools.pyfix.checks import check_script
from hepcoder.tools.pyfix.records import Known, Repair, Rule
from hepcoder.tools.pyfix.repair import RULES, hints, repair_script

__all__ = ["RULES", "Known", "Repair", "Rule", "check_script", "hints", "repair_script"]
