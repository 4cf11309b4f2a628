"""The second derivation: the request as a typed selection, whose results are compared with the script's.

A model fills the selection under a schema made of the data at hand. It never sees the script or the draft by rules, so
that agreement of the two says something.
"""
