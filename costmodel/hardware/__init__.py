"""What computes it: accelerators, clusters, and what they really deliver."""
