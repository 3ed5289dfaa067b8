"""The sheets of the exit: dilution, waterfall, the five cases and what is expected of them."""
