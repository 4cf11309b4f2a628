"""Collider events from seeded dice: right kinematics, a simple detector, LHCO on disk; nothing of the tools."""
