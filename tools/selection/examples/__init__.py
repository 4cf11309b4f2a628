"""Worked examples of typed selections, to show to a model those nearest to its request."""
