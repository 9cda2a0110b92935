"""Who may open what: every address of the portal by every person, and nobody by accident."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import GRANTS

PERSONS = ("nobody", "stranger", "stan", "paul", "gina", "vera")

# What a GET answers, person by person in the order of PERSONS. 302 from a page that asks to sign in counts as "sign in".
IN, OK, NO, GONE, ON = "sign in", 200, 403, 404, "leads on"
MATRIX = {
    "/": (IN, ON, ON, ON, ON, ON),
    "/sign-in/": (OK, ON, ON, ON, ON, ON),
    "/sign-out/": (ON, OK, OK, OK, OK, OK),
    "/sign-in/with/nobody-knows/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/sign-in/with/nobody-knows/callback/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/sign-in/with/nobody-knows/acs/": (405, 405, 405, 405, 405, 405),
    "/sign-in/with/nobody-knows/acs/finish/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/sign-in/with/nobody-knows/metadata/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/sign-in/second-factor/": (IN, ON, ON, ON, ON, ON),
    "/sign-in/again/": (IN, OK, OK, OK, OK, OK),
    "/sign-in/again/code/": (IN, IN, IN, IN, IN, IN),
    "/sign-in/again/passkey/": (IN, IN, IN, IN, IN, IN),
    "/administration/my-preferences/two-factor/": (IN, ON, ON, ON, ON, ON),
    "/administration/my-preferences/two-factor/required/": (IN, ON, ON, ON, ON, ON),
    "/administration/my-preferences/two-factor/app/add/": (IN, IN, IN, IN, IN, IN),
    "/administration/my-preferences/two-factor/app/remove/": (IN, GONE, GONE, GONE, GONE, GONE),
    "/administration/my-preferences/two-factor/passkeys/": (IN, ON, ON, ON, ON, ON),
    "/administration/my-preferences/two-factor/passkeys/add/": (IN, IN, IN, IN, IN, IN),
    "/administration/my-preferences/two-factor/passkeys/1/name/": (IN, IN, IN, IN, IN, IN),
    "/administration/my-preferences/two-factor/passkeys/1/remove/": (IN, IN, IN, IN, IN, IN),
    "/administration/my-preferences/two-factor/recovery-codes/": (IN, GONE, GONE, GONE, GONE, GONE),
    "/administration/my-preferences/two-factor/recovery-codes/new/": (IN, IN, IN, IN, IN, IN),
    "/administration/my-preferences/two-factor/recovery-codes/download/": (IN, GONE, GONE, GONE, GONE, GONE),
    "/administration/my-preferences/sessions/1/end/": (IN, 405, 405, 405, 405, 405),
    "/administration/my-preferences/sessions/end-others/": (IN, 405, 405, 405, 405, 405),
    "/healthz": (OK, OK, OK, OK, OK, OK),
    "/readyz": (OK, OK, OK, OK, OK, OK),
    "/metrics": (GONE, GONE, GONE, GONE, GONE, GONE),  # until a token is set
    "/introduction/": (IN, OK, OK, OK, OK, NO),
    "/help/create-csr/": (IN, OK, OK, OK, OK, OK),
    "/help/install/": (IN, OK, OK, OK, OK, OK),
    "/help/ov-and-ev/": (IN, OK, OK, OK, OK, OK),
    "/help/hash-algorithms/": (IN, OK, OK, OK, OK, OK),
    "/help/weak-keys/": (IN, OK, OK, OK, OK, OK),
    "/help/rules/": (IN, OK, OK, OK, OK, OK),
    "/help/trust/": (OK, OK, OK, OK, OK, OK),
    "/session/": (401, OK, OK, OK, OK, OK),
    "/session/stay/": (405, 405, 405, 405, 405, 405),
    "/setup/{token}/": (410, 410, 410, 410, 410, 410),  # a token for something else is nobody's
    "/setup/{setup}/": (OK, OK, OK, OK, OK, OK),
    "/setup/{setup}/contact/": (OK, OK, OK, OK, OK, OK),
    "/setup/complete/": (OK, OK, OK, OK, OK, OK),
    "/invitation/{invitation}/": (OK, OK, OK, OK, OK, OK),
    "/invitation/complete/": (OK, OK, OK, OK, OK, OK),
    "/password/reset/": (OK, OK, OK, OK, OK, OK),
    "/password/reset/sent/": (OK, OK, OK, OK, OK, OK),
    "/password/reset/done/": (OK, OK, OK, OK, OK, OK),
    "/password/reset/{reset}/": (OK, OK, OK, OK, OK, OK),
    "/administration/profiles/": (IN, OK, OK, OK, OK, NO),
    "/administration/profiles/add/": (IN, OK, NO, NO, OK, NO),
    "/administration/profiles/{profile}/": (IN, GONE, OK, OK, OK, NO),
    "/administration/profiles/{profile}/added/": (IN, GONE, NO, NO, OK, NO),
    "/administration/profiles/{profile}/ev/": (IN, GONE, NO, OK, OK, NO),
    "/administration/profiles/{profile}/ev/{upgrading}/approver/": (IN, GONE, NO, GONE, OK, NO),
    "/administration/profiles/{upgraded}/ev/submitted/": (IN, GONE, NO, OK, OK, NO),
    "/administration/profiles/{upgraded}/ev/cancel/": (IN, GONE, NO, OK, OK, NO),
    "/administration/profiles/{upgraded}/ev/resend/": (IN, 405, 405, 405, 405, NO),
    "/ev-terms/{ev_terms}/": (OK, OK, OK, OK, OK, OK),
    "/ev-terms/{token}/": (410, 410, 410, 410, 410, 410),
    "/administration/administrators/": (IN, OK, OK, OK, OK, NO),
    "/administration/administrators/add/": (IN, OK, NO, NO, OK, NO),
    "/administration/administrators/add/{adding}/": (IN, GONE, NO, NO, OK, NO),
    "/administration/administrators/add/{adding}/profiles/": (IN, GONE, NO, NO, OK, NO),
    "/administration/administrators/delete/": (IN, ON, NO, NO, ON, NO),
    "/administration/administrators/{person}/": (IN, GONE, NO, NO, OK, NO),
    "/administration/administrators/{person}/{editing}/": (IN, GONE, NO, NO, OK, NO),
    "/administration/administrators/{person}/{editing}/profiles/": (IN, GONE, NO, NO, OK, NO),
    "/administration/administrators/{person}/invite-again/": (IN, 405, NO, NO, 405, NO),
    "/administration/administrators/{person}/unlock/": (IN, 405, NO, NO, 405, NO),
    "/administration/administrators/{person}/remove-second-factor/": (IN, GONE, NO, NO, OK, NO),
    "/administration/my-preferences/": (IN, OK, OK, OK, OK, OK),
    "/administration/history/": (IN, OK, NO, NO, OK, NO),
    "/administration/notifications/": (IN, OK, OK, OK, OK, NO),
    "/administration/notifications/{notice}/": (IN, GONE, OK, OK, GONE, NO),
    "/administration/notifications/{account_notice}/": (IN, GONE, GONE, GONE, OK, NO),
    "/administration/notifications/{notice}/read/": (IN, 405, 405, 405, 405, NO),
    "/administration/account/": (IN, OK, OK, OK, OK, NO),
    "/administration/account/webhook/": (IN, OK, NO, NO, OK, NO),
    "/administration/account/webhook/secret/": (IN, 405, NO, NO, 405, NO),
    "/administration/account/webhook/test/": (IN, 405, NO, NO, 405, NO),
    "/administration/account/webhook/deliveries/{delivery}/": (IN, GONE, NO, NO, OK, NO),
    "/administration/account/webhook/deliveries/{delivery}/send-again/": (IN, 405, NO, NO, 405, NO),
    "/administration/request-portal/": (IN, OK, NO, NO, OK, NO),
    "/administration/request-portal/enabled/": (IN, GONE, NO, NO, OK, NO),
    "/administration/request-portal/disable/": (IN, ON, NO, NO, OK, NO),
    "/administration/request-portal/logo.png": (IN, GONE, NO, NO, GONE, NO),
    "/vetting/accounts/account/": (IN, IN, IN, IN, IN, OK),
    "/vetting/accounts/account/{account}/change/": (IN, IN, IN, IN, IN, OK),
    "/vetting/accounts/account/{account}/history/": (IN, IN, IN, IN, IN, OK),
    "/vetting/accounts/account/{account}/delete/": (IN, IN, IN, IN, IN, NO),
    "/vetting/accounts/account/{account}/resend/": (IN, IN, IN, IN, IN, GONE),
    "/vetting/accounts/account/add/": (IN, IN, IN, IN, IN, NO),
    "/vetting/accounts/account/activate/": (IN, IN, IN, IN, IN, OK),
    "/certificates/": (IN, OK, OK, OK, OK, NO),
    "/certificates/new/": (IN, OK, OK, OK, NO, NO),
    "/certificates/new/read-csr/": (IN, 405, 405, 405, NO, NO),
    "/certificates/new/{draft}/": (IN, GONE, GONE, ON, NO, NO),
    "/certificates/new/{draft}/request/": (IN, GONE, GONE, OK, NO, NO),
    "/certificates/{order}/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{order}/state/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{order}/submitted/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{order}/approve/": (IN, GONE, NO, OK, GONE, NO),
    "/certificates/{order}/approve/confirm/": (IN, GONE, NO, OK, GONE, NO),
    "/certificates/{order}/cancel/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{issued}/re-issue/": (IN, GONE, OK, OK, NO, NO),
    "/certificates/{order}/re-issue/": (IN, GONE, ON, ON, NO, NO),
    "/certificates/{issued}/renew/": (IN, GONE, OK, OK, NO, NO),
    "/certificates/new/{reissue_draft}/request/": (IN, GONE, GONE, OK, NO, NO),
    "/certificates/{issued}/unused/": (IN, GONE, NO, OK, GONE, NO),
    "/certificates/{issued}/restore/": (IN, GONE, NO, ON, GONE, NO),
    "/certificates/{issued}/revoke/": (IN, GONE, NO, OK, GONE, NO),
    "/certificates/{order}/revoke/": (IN, GONE, NO, ON, GONE, NO),
    "/certificates/{issued}/recipients/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{issued}/comments/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{order}/new-csr/": (IN, GONE, ON, ON, GONE, NO),
    "/certificates/{order}/check-caa/": (IN, 405, 405, 405, 405, NO),
    "/certificates/{order}/download/": (IN, GONE, NO, NO, GONE, NO),
    "/certificates/{order}/download/www.example.com.crt": (IN, GONE, NO, NO, GONE, NO),
    "/certificates/{issued}/site-seal/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{order}/site-seal/": (IN, GONE, ON, ON, GONE, NO),
    "/certificates/{issued}/health-check/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{order}/health-check/": (IN, GONE, ON, ON, GONE, NO),
    "/certificates/{issued}/health-check/state/": (IN, GONE, OK, OK, GONE, NO),
    "/certificates/{issued}/health-check/cancel/": (IN, 405, 405, 405, 405, NO),
    "/certificates/{issued}/health-check/hand-over/": (IN, 405, 405, 405, 405, NO),
    "/certificates/{issued}/health-check/scanner.pyz": (IN, 405, 405, 405, 405, NO),
    "/certificates/{order}/change/": (IN, GONE, NO, ON, GONE, NO),
    "/certificates/{outside_order}/change/": (IN, GONE, NO, OK, GONE, NO),
    "/request/{portal}/": (OK, OK, OK, OK, OK, OK),
    "/request/nobody-knows/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/request/{portal}/code/": (ON, ON, ON, ON, ON, ON),  # without a visit all these lead to the entrance
    "/request/{portal}/link/{token}/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/request/{portal}/link/{entry}/": (OK, OK, OK, OK, OK, OK),
    "/request/{portal}/captcha/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/request/{portal}/logo.png": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/request/{portal}/leave/": (405, 405, 405, 405, 405, 405),
    "/request/{portal}/new/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/new/read-csr/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/new/{draft}/request/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/new/{draft}/submitted/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/back/{token}/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/request/{portal}/requests/back/{way_back}/": (OK, OK, OK, OK, OK, OK),
    "/request/{portal}/requests/{reference}/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/{reference}/comment/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/{reference}/cancel/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/{reference}/new-csr/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/{reference}/download/": (ON, ON, ON, ON, ON, ON),
    "/request/{portal}/requests/{reference}/download/www.example.com.crt": (ON, ON, ON, ON, ON, ON),
    "/seal/{seal}/": (OK, OK, OK, OK, OK, OK),
    "/seal/{seal}/medium-light-en.svg": (OK, OK, OK, OK, OK, OK),
    "/seal/{draft}/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/seal/{draft}/medium-light-en.svg": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/domains/": (IN, OK, OK, OK, OK, NO),
    "/domains/add/": (IN, OK, OK, OK, NO, NO),
    "/domains/add/{domains_draft}/": (IN, GONE, GONE, ON, NO, NO),
    "/domains/add/{domains_draft}/names/": (IN, GONE, GONE, OK, NO, NO),
    "/domains/delete/": (IN, ON, ON, ON, NO, NO),
    "/domains/{domain}/": (IN, GONE, OK, OK, GONE, NO),
    "/domains/{domain}/state/": (IN, GONE, OK, OK, GONE, NO),
    "/domains/{domain}/choose/": (IN, 405, 405, 405, NO, NO),
    "/domains/{domain}/check/": (IN, 405, 405, 405, NO, NO),
    "/domains/{domain}/decline/": (IN, 405, 405, 405, NO, NO),
    "/domains/{domain}/file/": (IN, GONE, GONE, GONE, GONE, NO),
    "/domains/{by_file}/file/": (IN, GONE, OK, OK, GONE, NO),
    "/discovery/": (IN, OK, OK, OK, OK, NO),
    "/discovery/overview.pdf": (IN, OK, OK, OK, OK, NO),
    "/discovery/new/": (IN, OK, OK, OK, OK, NO),
    "/discovery/scans/": (IN, OK, OK, OK, OK, NO),
    "/discovery/scans/{scan}/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/scans/{scan}/state/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/scans/{scan}/scanner.pyz": (IN, 405, 405, 405, 405, NO),
    "/discovery/scans/{scan}/cancel/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/scans/{scan}/changes/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/scans/{scan}/without-certificate/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/schedules/": (IN, OK, OK, OK, OK, NO),
    "/discovery/schedules/{schedule}/end/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/results/": (IN, OK, OK, OK, OK, NO),
    "/discovery/results/{finding}/": (IN, GONE, OK, OK, OK, NO),
    "/discovery/not-found/": (IN, OK, OK, OK, OK, NO),
    "/reporting/": (IN, OK, OK, OK, OK, NO),
    "/reporting/new/": (IN, OK, OK, OK, OK, NO),
    "/reporting/new/{report_draft}/": (IN, GONE, GONE, ON, GONE, NO),
    "/reporting/new/{report_draft}/fields/": (IN, GONE, GONE, ON, GONE, NO),
    "/reporting/ready-made/expiring/": (IN, 405, 405, 405, 405, NO),
    "/reporting/run/": (IN, ON, ON, ON, ON, NO),
    "/reporting/delete/": (IN, ON, ON, ON, ON, NO),
    "/reporting/{report}/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/{report}/edit/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/{report}/duplicate/": (IN, 405, 405, 405, 405, NO),
    "/reporting/{report}/pause/": (IN, 405, 405, 405, 405, NO),
    "/reporting/{report}/resume/": (IN, 405, 405, 405, 405, NO),
    "/reporting/{report}/run-now/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/{report}/run/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/{report}/run/export/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/runs/{run}/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/runs/{run}/state/": (IN, GONE, GONE, OK, OK, NO),
    "/reporting/runs/{run}/csv/": (IN, GONE, GONE, OK, OK, NO),
    "/discovery/agent/{program}/start/": (405, 405, 405, 405, 405, 405),
    "/discovery/agent/{program}/results/": (405, 405, 405, 405, 405, 405),
    "/discovery/agent/{program}/health/": (405, 405, 405, 405, 405, 405),
    "/discovery/agent/{program}/answers/": (405, 405, 405, 405, 405, 405),
    "/discovery/agent/{program}/end/": (405, 405, 405, 405, 405, 405),
    "/confirm/{token}/": (OK, OK, OK, OK, OK, OK),
    "/unsubscribe/{unsubscribe}/": (OK, OK, OK, OK, OK, OK),
    "/unsubscribe/{token}/": (GONE, GONE, GONE, GONE, GONE, GONE),
    "/vetting/": (IN, IN, IN, IN, IN, OK),
    "/vetting/profiles/organizationprofile/": (IN, IN, IN, IN, IN, OK),
    "/vetting/profiles/organizationprofile/{case}/change/": (IN, IN, IN, IN, IN, OK),
    "/vetting/profiles/organizationprofile/{case}/check/address/": (IN, IN, IN, IN, IN, OK),
    "/vetting/profiles/organizationprofile/{case}/decide/decline/": (IN, IN, IN, IN, IN, OK),
    "/vetting/profiles/organizationprofile/evidence/{evidence}/": (IN, GONE, GONE, GONE, GONE, OK),
    "/vetting/profiles/organizationprofile/add/": (IN, IN, IN, IN, IN, NO),
    "/vetting/profiles/organizationprofile/{case}/delete/": (IN, IN, IN, IN, IN, NO),
    "/vetting/profiles/organizationprofile/{case}/history/": (IN, IN, IN, IN, IN, OK),
    "/vetting/domains/domain/": (IN, IN, IN, IN, IN, OK),
    "/vetting/domains/domain/{domain}/change/": (IN, IN, IN, IN, IN, OK),
    "/vetting/domains/domain/{domain}/decide/approve/": (IN, IN, IN, IN, IN, OK),
    "/vetting/domains/domain/evidence/{domain_evidence}/": (IN, GONE, GONE, GONE, GONE, OK),
    "/vetting/domains/domain/add/": (IN, IN, IN, IN, IN, NO),
    "/vetting/domains/domain/{domain}/delete/": (IN, IN, IN, IN, IN, NO),
    "/vetting/domains/domain/{domain}/history/": (IN, IN, IN, IN, IN, OK),
    "/vetting/kit/outgoingmail/": (IN, IN, IN, IN, IN, OK),
    "/vetting/kit/outgoingmail/{mail}/change/": (IN, IN, IN, IN, IN, OK),
    "/vetting/kit/outgoingmail/{mail}/send-again/": (IN, IN, IN, IN, IN, 405),
    "/vetting/kit/outgoingmail/add/": (IN, IN, IN, IN, IN, NO),
    "/vetting/kit/outgoingmail/{mail}/delete/": (IN, IN, IN, IN, IN, NO),
    "/vetting/kit/outgoingmail/{mail}/history/": (IN, IN, IN, IN, IN, OK),
    "/vetting/certificates/order/": (IN, IN, IN, IN, IN, OK),
    "/vetting/certificates/order/{order}/change/": (IN, IN, IN, IN, IN, OK),
    "/vetting/certificates/order/{order}/decide/decline/": (IN, IN, IN, IN, IN, OK),
    "/vetting/certificates/order/add/": (IN, IN, IN, IN, IN, NO),
    "/vetting/certificates/order/{order}/delete/": (IN, IN, IN, IN, IN, NO),
    "/vetting/certificates/order/{order}/history/": (IN, IN, IN, IN, IN, OK),
}
DJANGOS_OWN = {
    "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "view_on_site", "app_list"
}  # fmt: skip


def views(resolver=None, path="/") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from views(entry, here)
        else:
            yield here, entry


def test_every_view_says_who_may_open_it():
    silent = [
        path
        for path, entry in views()
        if not path.startswith("/vetting/")
        and not hasattr(entry.callback, "needs")
        and not hasattr(entry.callback, "public")
    ]

    assert silent == []


def test_every_grant_that_a_view_needs_exists():
    needed = {entry.callback.needs for _path, entry in views() if hasattr(entry.callback, "needs")}

    assert needed <= set(GRANTS)


def test_every_address_is_in_the_matrix():
    tried = {get_resolver().resolve(fill(path)).route for path in MATRIX}
    there = {path.lstrip("/") for path, entry in views() if not is_djangos_own(path, entry)}

    assert there - tried == set()


def is_djangos_own(path, entry):
    """Pages of Django admin that every admin site has, guarded by the site itself."""
    catch_all = "(?P<url>" in path or path.endswith("<path:object_id>/")
    return path.startswith("/vetting/") and (catch_all or entry.name in DJANGOS_OWN)


def fill(path, **known):
    draft = "00000000-0000-0000-0000-000000000000"
    drafts = {
        "draft": draft,
        "reissue_draft": draft,
        "domains_draft": draft,
        "adding": draft,
        "editing": draft,
        "upgrading": draft,
        "seal": draft,
        "program": draft,
        "report_draft": draft,
    }
    numbers = {
        "order": 1,
        "issued": 1,
        "domain": 1,
        "person": 1,
        "account": 1,
        "profile": 1,
        "upgraded": 1,
        "case": 1,
        "evidence": 1,
        "domain_evidence": 1,
        "by_file": 1,
        "notice": 1,
        "account_notice": 1,
        "delivery": 1,
        "mail": 1,
        "scan": 1,
        "schedule": 1,
        "finding": 1,
        "report": 1,
        "run": 1,
        "outside_order": 1,
    }
    portal = {"portal": "x", "reference": "x", "entry": "x", "way_back": "x"}
    links = portal | {"token": "x", "setup": "x", "invitation": "x", "reset": "x", "ev_terms": "x", "unsubscribe": "x"}
    return path.format(**(drafts | numbers | links | known))


@pytest.mark.parametrize("path", MATRIX)
def test_every_address_answers_every_person_as_it_should(people, known, client, path):
    got = tuple(answer(client, people, person, fill(path, **known)) for person in PERSONS)

    assert dict(zip(PERSONS, got, strict=True)) == dict(zip(PERSONS, MATRIX[path], strict=True))


def answer(client, people, person, path):
    client.logout()
    if person != "nobody":
        client.force_login(getattr(people, person), backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.get(path)
    if response.status_code != 302:
        return response.status_code
    return IN if response["Location"].startswith(("/sign-in/", "/vetting/login/")) and path != "/sign-out/" else ON
