"""A startup's checkpoint on the bench: what it is, where it comes from, what it can do."""
