"""The verbs of orders: the only code that changes their state."""
