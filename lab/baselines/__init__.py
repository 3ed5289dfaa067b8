"""What every trained model stands beside: a simple method, fitted in seconds on a CPU."""
