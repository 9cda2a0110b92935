"""Single sign-on: people of one account come in by their company's own identity provider."""
