"""What it costs: prices, energy, and the bill of a training run."""
