"""Corrections and additions to moto."""
