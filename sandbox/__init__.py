"""Runs foreign Python under limits and says what happened.

Start at `hepcoder.sandbox.choose.choose_sandbox`; the contract is in `base`, the records are in `records`.
"""
