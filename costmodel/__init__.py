"""What training and serving a large model costs: pure functions over cited facts."""
