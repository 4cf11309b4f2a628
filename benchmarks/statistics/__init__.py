"""What a sequence of cells says, with the uncertainty of every number; pure functions, no files.

Where a figure is undefined it is None, never 0: a rate of no trials, a cost without a price, a cost per success
without a success, an interval from too few tasks.
"""
