"""How long people wait, measured on the running portal."""
