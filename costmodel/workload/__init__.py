"""What must be computed: architectures, training plans and their FLOP."""
