"""From a Pending order to its certificate: the `ca` worker's work, the only use of the CA's keys for orders."""

import logging
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import DataError, transaction

from certificates import csr, keyroom, notices
from certificates.actions import processing
from certificates.blockers import blockers
from certificates.ca import issue
from certificates.ca.authority import Authority
from certificates.models import Certificate, CertificateAuthority, Issuance, Order
from certificates.states import Hold, Status
from certificates.trust import answers, lists
from sslportal.kit import clock, policy
from sslportal.kit.moves import lock, move

log = logging.getLogger(__name__)

BACKDATED = timedelta(minutes=10)
PLAN_LIVES = timedelta(hours=1)


def issue_order(order: Order) -> Certificate | None:
    """Issue the certificate, once: safe to run twice, at the same time too. None where the order is not to be issued.

    The serial number, the dates and the names are written down and committed before anything is signed, and signing is
    repeatable, so that a worker that dies between signing and recording leads to the same certificate, not to a second.
    """
    issuance = _plan(order)
    if issuance is None:
        return None
    try:
        return _sign_and_record(order, issuance)
    except issue.LintFailed as failure:
        return _stop(order, issuance, failure.findings)
    except (issue.PlanRefused, issue.IssueError, DataError) as refusal:
        log.exception("%s could not be issued", order)
        return _stop(order, issuance, [], str(refusal))


@transaction.atomic
def _plan(order: Order) -> Issuance | None:
    order = lock(order)
    if order.status != Status.PENDING or blockers(order):
        return None
    wanted = _wanted(order)
    issuance = next(iter(Issuance.objects.filter(order=order)), None)
    if issuance is not None and _is_stale(issuance, wanted):
        processing.drop_plan(order)
        issuance = None
    return issuance or Issuance.objects.create(
        order=order, serial_number=f"{issue.new_serial():X}", crl_shard=_shard(order), **wanted
    )


def _shard(order: Order) -> int:
    """The revocation list that the certificate is to name: no more certificates than the setting says share one."""
    return order.pk // settings.CRL_ENTRIES


def _wanted(order: Order) -> dict[str, Any]:
    """What is to be signed as things are now."""
    not_before, not_after = _dates(order)
    assert order.caa is not None  # noqa: S101  # no blocker: CAA permits just the names that are wanted now
    return {
        "authority": CertificateAuthority.objects.get(role=CertificateAuthority.Role.ISSUING, is_current=True),
        "not_before": not_before,
        "not_after": not_after,
        "dns_names": order.caa.names,
    }


def _is_stale(issuance: Issuance, wanted: dict[str, Any]) -> bool:
    """Whether a plan that was not carried out is too old by now, or is for other names or by another CA."""
    too_old = issuance.not_before < wanted["not_before"] - PLAN_LIVES
    return too_old or any(getattr(issuance, name) != wanted[name] for name in ("authority", "dns_names"))


def _dates(order: Order) -> tuple[datetime, datetime]:
    """From ten minutes ago (E11) to the end of the validity that was chosen."""
    now = clock.now().replace(microsecond=0)
    choice = policy.at(now).find_validity(order.hash_algorithm, order.validity)
    assert choice is not None  # noqa: S101  # what the policy no longer offers is a blocker
    not_before = now - BACKDATED
    return not_before, choice.expires_at(not_before)


@transaction.atomic
def _sign_and_record(order: Order, issuance: Issuance) -> Certificate | None:
    order = lock(order)  # held while signing: a cancelation comes before or after, never in between
    if order.status != Status.PENDING or blockers(order) or not _is_permitted(order, issuance):
        return None
    if not Issuance.objects.filter(pk=issuance.pk).exists():
        return None  # a new CSR came: its key must not be signed under the serial number of the old one's
    issued = _sign(order, issuance)
    _keep_findings(issuance, issued.findings)
    return _record(order, issuance, issued.certificate)


def _is_permitted(order: Order, issuance: Issuance) -> bool:
    """Whether CAA lets us sign the plan: its names may have been others than the order's are now (BR 3.2.2.8)."""
    return order.caa is not None and order.caa.permits(issuance.dns_names)


def _sign(order: Order, issuance: Issuance) -> issue.Issued:
    authority = issuance.authority
    return issue.issue(
        _as_plan(order, issuance),
        Authority(authority.name, authority.certificate),
        keyroom.key_of(authority),
        keyroom.urls(),
        policy=settings.PORTAL_POLICY,
    )


def _as_plan(order: Order, issuance: Issuance) -> issue.Plan:
    return issue.Plan(
        serial=int(issuance.serial_number, 16),
        not_before=issuance.not_before,
        not_after=issuance.not_after,
        level=order.level,
        subject=issue.Subject(**order.subject),
        common_name=issuance.dns_names[0],
        dns_names=tuple(issuance.dns_names),
        spki=csr.spki_of(order.csr),
        hash_algorithm=order.hash_algorithm.replace("-", "").lower(),
        crl_shard=issuance.crl_shard,
    )


def _record(order: Order, issuance: Issuance, certificate: x509.Certificate) -> Certificate:
    copied = {name: getattr(issuance, name) for name in ("serial_number", "not_before", "not_after")}
    move(order, "issue", **copied)  # for the list
    record = Certificate.objects.create(
        order=order,
        authority=issuance.authority,
        **copied,
        dns_names=issuance.dns_names,
        crl_shard=issuance.crl_shard,
        der=certificate.public_bytes(Encoding.DER),
        sha256=certificate.fingerprint(keyroom.SHA256).hex(),
    )
    answers.first_answers(record)
    lists.open_list(record)
    notices.issued(order, record)
    return record


@transaction.atomic
def _stop(order: Order, issuance: Issuance, findings: list, why: str = "") -> None:
    _keep_findings(issuance, findings)
    says = why or "; ".join(dict.fromkeys(finding.message or finding.code for finding in findings))
    processing.hold_order(order, hold=Hold.LINT, detail=says)


def _keep_findings(issuance: Issuance, findings: list) -> None:
    found = [
        {"severity": str(finding.severity), "code": finding.code, "message": finding.message} for finding in findings
    ]
    if found != issuance.findings:
        issuance.findings = found
        issuance.save(update_fields=["findings"])
