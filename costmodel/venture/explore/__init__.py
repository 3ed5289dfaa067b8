"""What if: what drives the answer, what must be true, what makes two scenarios differ."""
