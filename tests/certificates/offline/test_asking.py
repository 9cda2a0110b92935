"""What is asked of whoever has an offline root, before anything is known of it here."""

from tests.certificates.offline import root as offline_root
from tests.certificates.operating import manage, names, refusal


def test_a_request_is_a_folder_for_its_owner_with_what_to_do(folder, key_store):
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.txt", "policy-1.cnf", "policy-1.csr", "root-1.cnf", "root-1.crlnumber", "root-1.index",
    ]  # fmt: skip
    assert folder.stat().st_mode & 0o777 == 0o700
    assert key_store.names() == ["issuing-1", "policy-1"]
    assert names() == []


def test_what_to_do_is_printed_too(key_store, tmp_path):
    printed = manage("init", "--offline-root", tmp_path / "request", "--algorithm", "ecdsa-p256")

    assert printed.strip() == offline_root.readme(tmp_path / "request").strip()


def test_a_folder_with_something_in_it_is_left_alone(folder, key_store):
    assert refusal("init", "--offline-root", folder) == f"There is something in {folder} already. Name a new folder."
    assert key_store.names() == ["issuing-1", "policy-1"]


def test_what_no_root_could_sign_is_found_before_anybody_travels(key_store, tmp_path, settings):
    settings.PORTAL_POLICY, settings.PKI_URL = "public-trust", "http://localhost:8000"

    says = refusal("init", "--offline-root", tmp_path / "request", "--algorithm", "ecdsa-p256", "--country", "JP")

    assert "localhost" in says
    assert not (tmp_path / "request" / "policy-1.csr").exists()


def test_while_a_request_is_out_no_root_is_made_here(folder):
    assert refusal("init") == (
        "policy-1 waits for the certificate of an offline root: take it with manage.py ca import. "
        "To have a root here instead, delete the key of that name first."
    )
    assert names() == []


def test_a_request_can_be_made_anew(folder, tmp_path):
    """Its folder was lost, say. The first one is no longer needed, but would do as well."""
    manage("init", "--offline-root", tmp_path / "again", "--algorithm", "ecdsa-p256")

    manage("import", *offline_root.sign(tmp_path / "again"))

    assert names() == ["root-2", "policy-2", "issuing-2"]


def test_there_is_no_request_for_a_second_hierarchy(own_ca, tmp_path):
    assert refusal("init", "--offline-root", tmp_path / "request").startswith("The CA is there already.")
