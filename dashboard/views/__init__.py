"""One module a page: ask, compute, show."""
