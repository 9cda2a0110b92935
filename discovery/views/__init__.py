"""The pages of discovery, and what programs talk with."""
