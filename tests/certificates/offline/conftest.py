"""A request to whoever has an offline root, and what comes back."""

import pytest
from cryptography import x509

from tests.certificates.offline import root as offline_root
from tests.certificates.offline.root import Root
from tests.certificates.operating import manage


@pytest.fixture
def folder(key_store, tmp_path):
    """A request, and nothing done about it yet."""
    folder = tmp_path / "request"
    manage("init", "--offline-root", folder, "--algorithm", "ecdsa-p256")
    return folder


@pytest.fixture
def answer(folder):
    """The files that whoever has the root sends back: its certificate, that of the policy CA, its list."""
    return offline_root.sign(folder)


@pytest.fixture
def root(answer, folder):
    return Root(folder)


@pytest.fixture
def policy_ca(answer):
    """The certificate that the root has given."""
    return x509.load_pem_x509_certificate(answer[1].read_bytes())


@pytest.fixture
def in_service(answer):
    manage("import", *answer)
