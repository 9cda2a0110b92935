"""Certificate orders, from the request to the certificate and its end, and the portal's own CA."""
