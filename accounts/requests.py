"""The request that views with `@needs` get: somebody is signed in."""

from django.http import HttpRequest

from accounts.models import Administrator


class PersonRequest(HttpRequest):
    user: Administrator
