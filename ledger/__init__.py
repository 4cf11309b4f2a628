"""The ledger: what a run did, on record and checkable.

One folder a run holds a manifest, one append-only, hash-chained event log for each trial, and the texts and files that
the events name by their sha256. Everything a report prints is a query on these files and on nothing else. This room
knows neither models nor physics.
"""
