"""Reading what people paste as a CSR: from any text or file to one request whose key is fit, or one clear sentence."""

from certificates.csr.parse import Request, read, spki_of
from certificates.csr.paste import MAX_CHARACTERS, normalize
from certificates.csr.private_keys import holds_private_key
from certificates.csr.refusals import CsrRefused, refused, refused_as

__all__ = [
    "MAX_CHARACTERS", "CsrRefused", "Request", "holds_private_key", "normalize", "read", "refused", "refused_as", "spki_of",
]  # fmt: skip
