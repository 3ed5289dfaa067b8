"""Scores of the answers: by item, area and overall, with their doubt."""
