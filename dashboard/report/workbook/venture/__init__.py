"""The sheets of the scenario: cash by month, what comes of it, what moves it."""
