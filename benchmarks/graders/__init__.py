"""Comparing what a script left with what the reference left; artefacts only, no pickle, no link followed."""
