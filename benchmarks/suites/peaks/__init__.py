"""Resonances whose events, spectrum and fitted position are asked for: two muons, four leptons, two photons."""
