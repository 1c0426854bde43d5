"""A stand-in for the upstream: an independent reading of its contract, with real videos and faults on demand.

Nothing here imports the product, so that an error in one of the two shows up as a disagreement.
"""
