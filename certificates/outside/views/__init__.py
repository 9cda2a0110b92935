"""The pages of the request portal, and those on which it is set up."""
