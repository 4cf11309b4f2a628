"""The coder's head start: a draft made by rules from the request, the file facts and the output contract.

Rules read what requests state plainly (objects, cuts, counts, bins, names of results) and leave ``...`` where they
cannot tell. The model sees the request itself as well, completes the draft, and may change any line of it.
"""
