"""The audit of a sample of training data: what is in it, what repeats, what must not be there."""
