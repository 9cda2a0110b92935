"""`make_list` writes the keys that it finds, in files of any form, into a list that the portal takes."""

from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from certificates import keycheck
from certificates.keycheck import lists
from certificates.keycheck.make_list import main

KEY = ec.derive_private_key(11, ec.SECP256R1())
OTHER = ec.derive_private_key(12, ec.SECP384R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.shop.test")])


def private(key=KEY, form=PrivateFormat.PKCS8, encoding=Encoding.PEM, lock=None):
    return key.private_bytes(encoding, form, lock or NoEncryption())


def public(key=KEY, encoding=Encoding.PEM):
    return key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def request(encoding=Encoding.PEM):
    return x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(KEY, hashes.SHA256()).public_bytes(encoding)


def certificate(encoding=Encoding.PEM):
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).serial_number(1)
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2027, 1, 1))  # noqa: DTZ001 - UTC
    return builder.public_key(KEY.public_key()).sign(OTHER, hashes.SHA256()).public_bytes(encoding)


def in_a_program(pem, join):
    return "\n".join(f'    "{line}\\n"{join}' for line in pem.decode().splitlines()).encode()


def records(*keys):
    return sorted(lists.record(keycheck.identity(public(key, Encoding.DER))) for key in keys)


def written(path):
    known = lists.KeyList(path)
    return [known[number] for number in range(len(known))]


FILES = {
    "a private key": private(),
    "a private key of the older form": private(form=PrivateFormat.TraditionalOpenSSL),
    "a private key in DER": private(encoding=Encoding.DER),
    "a public key": public(),
    "a public key in DER": public(encoding=Encoding.DER),
    "a CSR": request(),
    "a CSR in DER": request(Encoding.DER),
    "a certificate": certificate(),
    "a certificate in DER": certificate(Encoding.DER),
    "a key among text, with the line ends of Windows": b"The shop:\r\n" + public().replace(b"\n", b"\r\n") + b"more",
    "a key in a program in C": in_a_program(private(), ""),
    "a key in a program in JavaScript": in_a_program(private(), " +"),
    "a key on one line": private().replace(b"\n", b"\\n"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_key_is_found(tmp_path, name):
    (tmp_path / "file").write_bytes(FILES[name])

    code = main([str(tmp_path / "some.bin"), str(tmp_path / "file")])

    assert code == 0
    assert written(tmp_path / "some.bin") == records(KEY)


def test_the_list_of_a_folder_is_sorted_and_names_each_key_once(tmp_path, capsys):
    inner = tmp_path / "keys" / "inner"
    inner.mkdir(parents=True)
    (inner / "a.pem").write_bytes(private() + private(OTHER))
    (inner.parent / "b.pem").write_bytes(public())

    main([str(tmp_path / "some.bin"), str(tmp_path / "keys")])

    assert written(tmp_path / "some.bin") == records(KEY, OTHER)
    assert "2 keys" in capsys.readouterr().out


def test_what_has_only_the_public_half_can_be_left_out(tmp_path):
    (tmp_path / "file").write_bytes(private() + public(OTHER))

    main(["--private-keys-only", str(tmp_path / "some.bin"), str(tmp_path / "file")])

    assert written(tmp_path / "some.bin") == records(KEY)


USELESS = {
    "nothing": b"",
    "text": b"-----BEGIN NOTHING-----\n" + b"no key at all " * 10 + b"\n-----END NOTHING-----",
    "a key locked by a password": private(lock=BestAvailableEncryption(b"secret")),
    "a key that is refused anyway": private(ec.derive_private_key(11, ec.SECP521R1())),
}


@pytest.mark.parametrize("name", USELESS)
def test_without_a_key_there_is_no_list(tmp_path, capsys, name):
    (tmp_path / "file").write_bytes(USELESS[name])

    code = main([str(tmp_path / "some.bin"), str(tmp_path / "file")])

    assert code == 1
    assert not (tmp_path / "some.bin").exists()
    assert capsys.readouterr().err == "No key was found, or none that is not refused anyway.\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["some.bin", "nowhere"], "nowhere: No such file or directory"),
        (["some.list", "nowhere"], "the name of a list ends in .bin"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(tmp_path, monkeypatch, capsys, words, reason):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit):
        main(words)

    assert capsys.readouterr().err.endswith(f"error: {reason}\n")
    assert list(tmp_path.iterdir()) == []
