"""What an investment returns: dilution, preferences, exit, multiple, rate, and five outcomes."""
