"""allauth's hooks: nobody signs up here by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """People come by activation or invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
