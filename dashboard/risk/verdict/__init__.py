"""The verdict of the rules: what decided it, its conditions, and what would reverse it."""
