"""The sheets of money: the run's bill, serving, cash, scenarios, returns, what moves them."""
