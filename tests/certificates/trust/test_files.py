"""OCSP answers as files: what stands in the folder, and that nobody is told more by it than by the database."""

import base64
import os
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.utils import timezone

from certificates.actions import caa_checks, revocation
from certificates.models import Certificate, OcspAnswer
from certificates.states import Reason
from certificates.trust import answers
from certificates.trust.models import Service, StatusChange
from tests import stranger
from tests.factories import make_domain, make_order, plan_and_sign


def answer_files(folder):
    """All that is in the folder and below it."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def file(files, order):
    """The one file with the answer about the order's certificate, which was signed anew since it was issued."""
    StatusChange.of(order.certificate, Service.OCSP).save()
    answers.publish_answers()
    (file,) = answer_files(files)
    return file


@pytest.fixture
def lost(order):
    """The database has no answers any more, so that who is answered is answered by a file."""

    def lost():
        assert OcspAnswer.objects.all().delete()[0]

    return lost


def test_a_file_is_named_by_the_request_as_openssl_writes_it(file, files, order, issuer, tmp_path):
    for name, certificate in (("certificate", order.certificate.x509), ("issuer", issuer)):
        (tmp_path / name).write_bytes(certificate.public_bytes(Encoding.PEM))
    words = [
        "-issuer",
        tmp_path / "issuer",
        "-cert",
        tmp_path / "certificate",
        "-no_nonce",
        "-reqout",
        tmp_path / "request",
    ]
    subprocess.run(["openssl", "ocsp", *words], check=True, capture_output=True)

    asked = base64.b64encode((tmp_path / "request").read_bytes()).decode()

    assert file == files / "issuing-1" / asked


def test_a_file_has_the_answer_and_its_date(file, question):
    reply = stranger.get(question)

    assert file.read_bytes() == reply.content
    assert file.stat().st_mtime == reply.ocsp.this_update_utc.timestamp()


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_asks_by_get_is_answered_by_the_file(file, question, lost, escaped, method):
    before = stranger.get(question)
    lost()

    written = base64.b64encode(question).decode()
    after = stranger.ask(stranger.address(question) if escaped else f"/pki/ocsp/issuing-1/{written}", method)

    assert (after.status, after.headers) == (before.status, before.headers)
    assert after.content == (before.content if method == "GET" else b"")
    assert stranger.ask(stranger.address(question), if_none_match=before.headers["ETag"]).status == 304


def test_all_others_are_answered_by_the_database(file, order, question, issuer, lost):
    lost()

    assert stranger.post(question).says == "TRY_LATER"
    assert stranger.get(stranger.request_for(order.certificate.x509, issuer, "sha256")).says == "TRY_LATER"
    assert stranger.get(stranger.request_for(order.certificate.x509, issuer, nonce=b"0" * 16)).says == "TRY_LATER"


def test_what_has_no_file_is_asked_of_the_database(file, question):
    file.unlink()

    assert stranger.get(question).says == "GOOD"


def test_no_file_is_written_where_no_folder_is_named(order, question, tmp_path):
    assert answer_files(tmp_path) == []
    assert stranger.get(question).says == "GOOD"


# Changes of status


def test_a_file_goes_with_the_revocation_and_comes_with_the_new_answer(file, order, question, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    between = file.exists(), stranger.get(question).says
    answers.publish_answers()

    assert between == (False, "TRY_LATER")
    assert file.read_bytes() == stranger.get(question).content
    assert stranger.get(question).says == "REVOKED"


def test_a_certificate_on_hold_and_off_again(file, order, question, people):
    said = []
    for change in (revocation.mark_unused, revocation.restore_order):
        change(order, by=people.paul)
        said.append(stranger.get(question).says)
        answers.publish_answers()
        said.append(stranger.get(question).says)

    assert said == ["TRY_LATER", "REVOKED", "TRY_LATER", "GOOD"]


def test_after_a_revocation_that_was_rolled_back_the_database_answers(file, order, question, people):
    with pytest.raises(RuntimeError), transaction.atomic():
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
        raise RuntimeError

    assert stranger.get(question).says == "GOOD"


def test_a_certificate_that_was_not_issued_after_all_is_good_for_nobody(files, people, ca, dns_server):
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    caa_checks.check(order)
    with pytest.raises(RuntimeError), transaction.atomic():
        plan_and_sign(order)
        raise RuntimeError

    assert not Certificate.objects.exists()
    assert answer_files(files) == []


# Renewal and the end


def test_a_file_is_renewed_with_its_answer(file, question):
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        answers.renew_answers()

        reply = stranger.get(question)
        assert file.read_bytes() == reply.content
        assert file.stat().st_mtime == reply.ocsp.this_update_utc.timestamp() == int(timezone.now().timestamp())


def test_a_file_goes_when_its_certificate_has_ended(file, files, order):
    with time_machine.travel(order.certificate.not_after + timedelta(seconds=1)):
        answers.renew_answers()

    assert list(files.rglob("*")) == []


def test_a_file_that_is_too_old_is_asked_of_the_database(file, question):
    old = file.read_bytes()

    with time_machine.travel(stranger.get(question).ocsp.next_update_utc, tick=False):
        before = stranger.get(question).says
        answers.renew_answers()
        file.write_bytes(old)
        after = stranger.get(question).says

    assert (before, after) == ("TRY_LATER", "GOOD")


def test_no_draft_is_left(file, files, order, people):
    revocation.mark_unused(order, by=people.paul)
    answers.publish_answers()

    assert answer_files(files) == [file]


# Trouble with the folder


@pytest.mark.parametrize("content", [b"", b"\0" * 600, b"\x30\x03\x0a\x01"], ids=["empty", "zeros", "cut off"])
def test_a_file_that_a_power_cut_damaged_is_asked_of_the_database(file, question, content):
    file.write_bytes(content)

    assert stranger.get(question).says == "GOOD"


@pytest.fixture
def full_disk(files, file):
    """Nothing can be written to the folder, or taken away."""
    files.rename(files.with_name("aside"))
    files.write_text("in the way")


def test_a_folder_that_cannot_be_written_to_keeps_nobody_from_revoking(full_disk, order, question, people, caplog):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    answers.publish_answers()

    assert stranger.get(question).says == "REVOKED"
    assert "cannot be removed" in caplog.text
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize("way", [
    "..", "../answer", "issuing-1/../../answer", "%2E%2E/answer", "issuing-1/%2E%2E%2F..%2Fanswer", "/.draft",
    "issuing-1/.draft", "issuing-1/../issuing-1/.draft", "issuing-1%00/x", "issuing-1/%00",
])  # fmt: skip
def test_the_way_out_of_the_folder_is_closed(file, files, way):
    for place in (files.parent / "answer", files / ".draft", files / "issuing-1/.draft"):
        place.write_bytes(file.read_bytes())

    reply = stranger.ask(f"/pki/ocsp/{way}")

    assert reply.status == 404 or reply.says == "MALFORMED_REQUEST"


# The folder


@pytest.fixture
def usual_umask():
    """What a worker makes is for others to read, not to change, unless it says so."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [0o2770, 0o755])
def test_folders_are_as_open_as_the_one_that_the_operator_made(files, order, usual_umask, mode):
    files.mkdir()
    files.chmod(mode)
    StatusChange.of(order.certificate, Service.OCSP).save()

    answers.publish_answers()

    made = [path for path in files.rglob("*") if path.is_dir()]
    assert made
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in made} == {mode}


def test_a_folder_that_depends_on_where_a_process_was_started_stops_it():
    command = [sys.executable, "-c", "import sslportal.settings"]
    env = {**os.environ, "PORTAL_OCSP_FILES": "run/ocsp"}

    done = subprocess.run(command, env=env, capture_output=True, check=False, text=True)

    assert done.returncode == 1
    assert "PORTAL_OCSP_FILES is “run/ocsp”, which is another folder for each process" in done.stderr
