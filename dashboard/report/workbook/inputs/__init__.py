"""The sheet of inputs: what the deal states, what stands where it does not, and what holds."""
