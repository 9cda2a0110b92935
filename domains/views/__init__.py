"""The pages of domains."""
