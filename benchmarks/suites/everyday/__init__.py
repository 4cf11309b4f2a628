"""Requests as physicists type them, over flat tables, NanoAOD-, ATLAS-mini- and PHYSLITE-like ROOT files and LHCO."""
