"""What strangers ask of the CAs: OCSP answers and revocation lists, signed by the `ca` worker, served by the web process."""
