"""Closed-form exercises in statistics: small inputs, exact answers, textbook shortcuts that are wrong."""
