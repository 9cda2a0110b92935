"""The signature of a CSR on itself, which proves that the requester has the private key (RFC 2986, section 4.2)."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from certificates.csr.refusals import refused

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
Parameters = padding.PKCS1v15 | padding.PSS | ec.ECDSA


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


def _algorithm(request: x509.CertificateSigningRequest) -> tuple[hashes.HashAlgorithm, Parameters] | None:
    try:
        algorithm = request.signature_hash_algorithm
        parameters = request.signature_algorithm_parameters
    except Exception:  # an unknown algorithm, or parameters that make no sense
        return None
    if request.signature_algorithm_oid == SignatureAlgorithmOID.RSA_WITH_MD5:
        parameters = padding.PKCS1v15()  # the library has none for MD5, though it verifies it
    if algorithm is None or not isinstance(parameters, Parameters):
        return None
    return algorithm, parameters


def _is_right(
    request: x509.CertificateSigningRequest, key: PublicKey, algorithm: hashes.HashAlgorithm, parameters: Parameters
) -> bool:
    signature, content = request.signature, request.tbs_certrequest_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PKCS1v15 | padding.PSS):
            key.verify(signature, content, parameters, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, content, parameters)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
