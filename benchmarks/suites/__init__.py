"""Benchmark suites: tasks with seeded data, trusted references, tolerances with reasons, mutants and equivalents."""
