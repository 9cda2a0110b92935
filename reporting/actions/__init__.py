"""What is done to reports and runs."""
