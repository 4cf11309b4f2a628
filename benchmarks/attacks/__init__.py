"""Attacks on the sandbox: one corpus for the tests and for the table of what is stopped."""
