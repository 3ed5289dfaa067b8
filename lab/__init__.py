"""A small training lab on the machine at hand; the strata rule lets it know only `costmodel`."""
