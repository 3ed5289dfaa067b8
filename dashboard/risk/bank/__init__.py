"""The question bank: questions, parameters and rules, read from ``data/risk/`` and checked."""
