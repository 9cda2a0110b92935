"""Whether certificates are revoked: what is asked of their CAs, and what the answers say.

The questions go to whoever runs the scan. Where one brings no answer, the next one is asked: OCSP first, then the
revocation list. A list answers for all certificates that name it.
"""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import cast

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Length

from discovery.analysis import revocation
from discovery.chunks import Answer
from discovery.models import FoundCertificate, Question, Scan
from discovery.states import OPEN, Revocation
from sslportal.kit import clock
from sslportal.kit.moves import lock

AT_ONCE = 500  # certificates of which an answer is weighed
MOST_KEPT = 100_000_000  # bytes of revocation lists of one scan
AGAIN_AFTER = timedelta(minutes=2)  # a question that brought no answer is asked once more
Verdict = revocation.Verdict
Wanted = tuple[FoundCertificate, revocation.Question | None]  # a certificate, and what is to be asked about it


def ask(scan: Scan, found: Iterable[FoundCertificate]) -> None:
    """Have the first question asked about each certificate, unless this scan has done so already.

    It is asked anew where only now the issuer is known: somebody may show a certificate without it, before others do.
    """
    worth = {row.pk: row for row in found if _is_worth_asking(row)}
    through = Question.certificates.through.objects.filter(question__scan=scan, foundcertificate__in=worth)
    counting = through.exclude(foundcertificate__revocation_problem="no-issuer")
    asked = set(counting.values_list("foundcertificate", "question__key"))
    wanted = [(row, next(iter(_questions(row)), None)) for row in worth.values()]
    _put(scan, [(row, first) for row, first in wanted if first is None or (row.pk, _key(first)) not in asked])


def _is_worth_asking(row: FoundCertificate) -> bool:
    """Of our own certificates we know; of one that has expired or has signed itself nobody says anything."""
    is_past = row.not_after is not None and row.not_after < clock.now()
    return not (row.issued_id or row.is_self_signed or is_past)


def _questions(row: FoundCertificate) -> list[revocation.Question]:
    issuer = row.issuer_certificate
    return revocation.questions(bytes(row.der), bytes(issuer.der) if issuer else None)


def _put(scan: Scan, wanted: list[Wanted]) -> None:
    """Note the questions; where one was answered already, for another certificate, that answer counts here too."""
    silent = Verdict("unknown", problem="names-nobody")
    _conclude({silent: [row.pk for row, question in wanted if question is None]})
    by_key = {_key(question): question for _row, question in wanted if question}
    if not by_key:
        return
    Question.objects.bulk_create(
        [
            Question(scan=scan, kind=question.kind, url=question.url, body=question.body, key=key)
            for key, question in by_key.items()
        ],
        ignore_conflicts=True,
    )
    rows = {row.key: row for row in scan.questions.filter(key__in=list(by_key)).defer("answer")}
    through = Question.certificates.through
    pairs = [(rows[_key(question)], row) for row, question in wanted if question]
    through.objects.bulk_create(
        [through(question_id=question.pk, foundcertificate_id=row.pk) for question, row in pairs], ignore_conflicts=True
    )
    answered = {question.pk for question, _row in pairs if question.answered_at}
    if answered:
        _weigh(
            scan, scan.questions.filter(pk__in=answered), [row for question, row in pairs if question.pk in answered]
        )


def _key(question: revocation.Question) -> str:
    return sha256(question.url.encode() + b"\n" + question.body).hexdigest()


def open_questions(scan: Scan, most: int = 50) -> list[Question]:
    """What is to be asked now; each is given out once, and again where no answer came for a while."""
    waiting = scan.questions.filter(answered_at=None)
    due = waiting.filter(Q(asked_at=None) | Q(asked_at__lte=clock.now() - AGAIN_AFTER)).order_by("pk")[:most]
    rows = list(due)
    Question.objects.filter(pk__in=[row.pk for row in rows]).update(asked_at=clock.now())
    return rows


def ask_again(scan: Scan) -> None:
    """Whoever was given questions has lost them."""
    scan.questions.filter(answered_at=None).update(asked_at=None)


def is_waiting(scan: Scan) -> bool:
    """Whether questions are open."""
    return scan.questions.filter(answered_at=None).exists()


@transaction.atomic
def answer(scan: Scan, answers: Iterable[Answer]) -> None:
    """Answers have come. A second one to the same question, or one to a question of another scan, changes nothing.

    Nor does any once the scan is over.
    """
    lock(scan.account)  # its scans one after the other: they write the same certificates
    scan = lock(scan)
    if scan.status not in OPEN:
        return
    given = {one.question: one for one in answers}
    questions = list(scan.questions.filter(pk__in=list(given), answered_at=None).order_by("pk"))
    for question in questions:
        question.answer, question.problem = given[question.pk].body, given[question.pk].problem[:200]
        question.answered_at = clock.now()
    _keep_lists(scan, [question for question in questions if question.kind == "crl"])
    Question.objects.bulk_update(questions, ["problem", "answered_at"])
    _weigh(scan, questions)


def _keep_lists(scan: Scan, lists: list[Question]) -> None:
    """For the certificates that are found later; an OCSP answer is about one only. What there is no room for is none."""
    kept = scan.questions.filter(kind="crl").aggregate(size=Sum(Length("answer")))["size"] or 0 if lists else 0
    for question in lists:
        size = len(question.answer or b"")
        if kept + size > MOST_KEPT:
            question.answer, question.problem = b"", "too-large"
        else:
            kept += size
    Question.objects.bulk_update(lists, ["answer"])


def _weigh(scan: Scan, questions: Iterable[Question], only: Iterable[FoundCertificate] | None = None) -> None:
    """What the answers say of each certificate, or of these only; where one says nothing, the next question is asked."""
    by_pk = {question.pk: question for question in questions}
    for question in by_pk.values():
        question.answer = bytes(question.answer or b"")  # one object, by which what was read of it is found again
    about = Question.certificates.through.objects.filter(question__in=by_pk)
    if only is not None:
        about = about.filter(foundcertificate__in=[row.pk for row in only])
    pairs = about.select_related("foundcertificate__issuer_certificate").order_by("question_id", "pk").iterator(AT_ONCE)
    while part := list(islice(pairs, AT_ONCE)):
        further: list[Wanted] = []
        concluded: dict[Verdict, list[int]] = {}
        for pair in part:
            question, row = by_pk[pair.question_id], pair.foundcertificate
            verdict = _verdict(question, row)
            following = _next(question, row) if verdict.status == Revocation.UNKNOWN else None
            if following:
                further.append((row, following))
            else:
                concluded.setdefault(verdict, []).append(row.pk)
        _conclude(concluded)
        _put(scan, further)


def _verdict(question: Question, row: FoundCertificate) -> Verdict:
    if question.problem:
        return Verdict("unknown", problem=question.problem)
    issuer = row.issuer_certificate
    return revocation.judge(
        cast(revocation.Kind, question.kind),
        bytes(question.answer or b""),
        bytes(row.der),
        bytes(issuer.der) if issuer else None,
        clock.now(),
    )


def _next(question: Question, row: FoundCertificate) -> revocation.Question | None:
    """The question to ask after this one."""
    listed = iter(_questions(row))
    for one in listed:
        if (one.kind, one.url) == (question.kind, question.url):
            break
    return next(listed, None)


def _conclude(verdicts: dict[Verdict, list[int]]) -> None:
    """Write down what is known. That one was revoked is not forgotten because nobody says so any more."""
    for verdict, pks in verdicts.items():
        rows = FoundCertificate.objects.filter(pk__in=pks)
        if verdict.status == Revocation.UNKNOWN:
            rows = rows.exclude(revocation=Revocation.REVOKED)
        rows.update(
            revocation=verdict.status,
            revoked_at=verdict.at,
            revocation_problem=verdict.problem[:200],
            checked_at=clock.now(),
        )
