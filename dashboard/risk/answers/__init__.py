"""Answers of a deal: a level, what it rests on, and what of that counts on a day."""
