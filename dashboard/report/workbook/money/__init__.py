"""The sheets of the training run's bill and of serving."""
