"""The certificate authority: keys, profiles, issuing, linting and download formats. Cryptography only, no Django."""
