"""Events of files as batches for a classifier: contract, reading, splitting, writing, and samples to try it on."""
