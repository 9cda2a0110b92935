"""What the tests of the EV upgrade share: who is named, and a request that waits for the signer."""

import uuid

from profiles import ev_actions
from tests.letters import last_letter, link_in

ADDRESS = {
    "address1": "2 Harbour Road",
    "locality": "Bristol",
    "state": "Bristol",
    "postal_code": "BS1 5TT",
    "country": "GB",
}
ADA = {
    "first_name": "Ada",
    "last_name": "Approver",
    "job_title": "CISO",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0001",
}
SID = {
    "first_name": "Sid",
    "last_name": "Signer",
    "job_title": "Director",
    "email": "sid@example.com",
    "phone": "+44 20 7946 0002",
}


def ask(profile, by, **more):
    """The request of the people above for the profile."""
    people = {"approver": ADA | ADDRESS, "signer": SID | ADDRESS}
    return ev_actions.request_ev(profile, **(people | more), submission=uuid.uuid4(), by=by)


def signers_link(address=SID["email"]):
    """Where the newest mail to the signer leads."""
    return link_in(last_letter(address))
