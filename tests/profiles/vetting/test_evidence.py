"""The store of evidence: what is taken in, under which name, and what comes out again."""

import stat

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from profiles.vetting import actions, checklists, evidence
from profiles.vetting.models import Check, Evidence, VettingCase
from sslportal.kit import clock
from sslportal.kit.moves import MovedOn, Refused
from tests.factories import make_case
from tests.profiles.vetting.files import DAMAGED, GOOD, OTHER, PDF


def sent(content, name="letter.pdf"):
    return SimpleUploadedFile(name, content)


def record(case, by, **given):
    item = checklists.find(case.level, "address")
    return actions.record_check(case, item, source="Register", checked_on=clock.now().date(), by=by, **given)


def stored_files(root):
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content_type", GOOD)
def test_the_type_is_that_of_the_content_whatever_the_name(content_type):
    assert evidence.receive(sent(GOOD[content_type], "x.exe")).content_type == content_type


@pytest.mark.parametrize("what", DAMAGED)
def test_a_file_with_something_behind_its_end_is_refused(what):
    with pytest.raises(Refused, match="damaged, or has something else behind its end"):
        evidence.receive(sent(DAMAGED[what]))


@pytest.mark.parametrize("what", OTHER)
def test_another_type_is_refused(what):
    with pytest.raises(Refused, match="no PDF, PNG, JPEG or plain text"):
        evidence.receive(sent(OTHER[what]))


def test_an_empty_file_is_refused():
    with pytest.raises(Refused, match="empty"):
        evidence.receive(sent(b""))


@pytest.mark.parametrize(("more", "is_taken"), [(0, True), (1, False)])
def test_the_limit_is_ten_megabytes(more, is_taken):
    upload = sent(PDF + b"\n" * (10 * 1024 * 1024 - len(PDF) + more))

    if is_taken:
        assert evidence.receive(upload).content_type == "application/pdf"
    else:
        with pytest.raises(Refused, match="larger than 10 MB"):
            evidence.receive(upload)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\vera\\letter.pdf", "letter.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("登記簿.pdf", "登記簿.pdf"),
        ("\x00", "without a name"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_a_name_is_for_show_only(name, shown):
    upload = sent(PDF)
    upload._name = name  # as it could come from another way in than the browser's form

    assert evidence.receive(upload).name == shown


def test_a_file_is_stored_under_a_name_of_ours_for_us_only(people, pending, evidence_root):
    check = record(make_case(pending), people.vera, file=evidence.receive(sent(PDF, "../../x.pdf")))

    (path,) = stored_files(evidence_root)
    one = check.evidence.get()
    assert str(path.relative_to(evidence_root)) == one.stored
    assert "x" not in path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert evidence.content_of(one) == PDF


def test_a_file_of_a_refused_check_is_not_kept(people, pending, evidence_root):
    case = make_case(pending)
    actions.decline(VettingCase.objects.get(), reason="No.", by=people.victor)

    with pytest.raises(MovedOn):
        record(case, people.vera, file=evidence.receive(sent(PDF)))

    assert stored_files(evidence_root) == []
    assert not Check.objects.exists()


def test_a_store_that_cannot_be_written_to_is_told(people, pending, evidence_root):
    evidence_root.write_bytes(b"a file where the folder should be")

    with pytest.raises(Refused, match="could not be stored"):
        record(make_case(pending), people.vera, file=evidence.receive(sent(PDF)))

    assert not Check.objects.exists()


@pytest.mark.parametrize(("spoil", "says"), [(None, "is missing"), (b"other", "was altered")])
def test_a_file_that_is_lost_or_altered_is_told(people, pending, evidence_root, spoil, says):
    record(make_case(pending), people.vera, file=evidence.receive(sent(PDF)))
    (path,) = stored_files(evidence_root)
    path.unlink()
    if spoil:
        path.write_bytes(spoil)

    with pytest.raises(evidence.Lost, match=says):
        evidence.content_of(Evidence.objects.get())
