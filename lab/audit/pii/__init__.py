"""Identifiers of persons and secrets in text: found, counted by kind, and blacked out."""
