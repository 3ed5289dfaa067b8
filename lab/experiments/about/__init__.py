"""What each experiment is, for those who choose one: readable without torch."""
