"""Agents to compare with, at the same budget: the loop that everyone writes, and one shot.

They go through the same graph, ledger, sandbox and model client as the five roles, so that their runs are read,
resumed and replayed alike. They inspect nothing, know nothing of `hepcoder.tools`, and check nothing but that a script
ended well and wrote its files.
"""
