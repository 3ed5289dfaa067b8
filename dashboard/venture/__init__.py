"""A deal as a scenario of its company: inputs, answers, comparisons. No page is known here."""
