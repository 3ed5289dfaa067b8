"""Pieces of a page that more than one view uses."""
