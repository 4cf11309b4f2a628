"""The eight queries of the IRIS-HEP Analysis Description Languages benchmark, on seeded NanoAOD-like files."""
