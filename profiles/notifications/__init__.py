"""What people are told: on the page Notifications, by mail, and by the account's webhook; and the reminders of ends."""
