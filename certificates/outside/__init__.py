"""The request portal: people without an account ask for certificates, which an administrator then approves (J)."""
