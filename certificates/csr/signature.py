"""The signature of a CSR on itself, which proves that the requester has the private key (RFC 2986, section 4.2)."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from certificates.csr.refusals import refused

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def verified_hash(request: x509.CertificateSigningRequest, key: PublicKey) -> str:
    """The name of the signature's hash, such as "sha256", if the signature is right. Raises CsrRefused.

    `request.is_signature_valid` is no help: it is False for every SHA-1 and MD5. These two are taken, since the proof is
    of having the key, and has nothing to do with the hash in the certificate.
    """
    algorithm = _algorithm(request)
    if algorithm is None:
        raise refused("signature-algorithm")
    if not _is_right(request, key, *algorithm):
        raise refused("signature")
    return algorithm[0].name


def _algorithm(request: x509.CertificateSigningRequest) -> tuple[hashes.HashAlgorithm, object] | None:
    try:
        algorithm = request.signature_hash_algorithm
        parameters = request.signature_algorithm_parameters
    except Exception:  # an unknown algorithm, or parameters that make no sense
        return None
    return (algorithm, parameters) if algorithm else None


def _is_right(
    request: x509.CertificateSigningRequest, key: PublicKey, algorithm: hashes.HashAlgorithm, parameters: object
) -> bool:
    signature, content = request.signature, request.tbs_certrequest_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PKCS1v15 | padding.PSS):
            key.verify(signature, content, parameters, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, content, parameters)
        else:
            return False
    except InvalidSignature:
        return False
    except Exception:  # a signature that is no signature at all
        return False
    return True
