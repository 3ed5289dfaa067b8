"""Experiments on mitigations: what compression, privacy and spreading work cost, measured here."""
