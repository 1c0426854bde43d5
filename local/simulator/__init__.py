"""A simulator of the upstream: an independent implementation of its contract, with real videos and faults on demand.

It uses none of the product's checks, so that an error in either one shows as a disagreement.
"""
