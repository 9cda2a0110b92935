"""The health check: is an order's certificate in place at its URLs, and are the servers there in order (F1)?"""
