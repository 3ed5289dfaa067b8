"""The case library: real startups and published runs, what became of them, and what it teaches."""
