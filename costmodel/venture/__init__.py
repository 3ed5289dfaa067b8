"""What a plan means for the company: cash by month, runway, returns, stress and what-if.

Formulas and their sources are on the scenarios page of the docs. Floats and draws go through
the same functions; time is the last axis of an array by month.
"""
