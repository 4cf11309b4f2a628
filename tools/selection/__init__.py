"""Typed selections: an analysis as data, run by a trusted engine or written out as plain Python.

A `Selection` states objects, candidates, quantities, cuts, categories, histograms and outputs in the field's own
terms. `engine.run` executes it, `script.to_script` writes it as a short script that gives the same files without
this package's engine, `forms.schema_for` gives the JSON schema of small forms that a model can fill for the data at
hand, and `comparing.compare` says where two results first differ.
"""
