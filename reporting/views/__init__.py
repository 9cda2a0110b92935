"""What people see of reporting."""
