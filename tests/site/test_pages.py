"""Pages of no app."""

from datetime import timedelta

import time_machine
from django.core.cache import caches
from django.test import override_settings
from django.utils import timezone

from sslportal.kit import tasks

AWAY = {"default": {"BACKEND": "sslportal.kit.cache.ForgivingRedisCache", "LOCATION": "unix:///nowhere/redis.sock"}}


def test_readyz_tells_the_database_redis_and_the_workers(client, db):
    tasks.heartbeat("default")

    assert client.get("/readyz").json() == {"database": True, "redis": True, "workers": ["default"]}


def test_a_worker_that_was_not_seen_lately_is_not_told(client, db):
    tasks.heartbeat("ca")

    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert client.get("/readyz").json()["workers"] == []


def test_without_redis_the_portal_still_answers(client, people):
    with override_settings(CACHES=AWAY):
        assert client.get("/readyz").json()["redis"] is False
        assert client.post("/sign-in/", {"login": "nobody@example.com", "password": "wrong"}).status_code == 200


def test_a_cache_that_is_away_is_an_empty_one(db):
    with override_settings(CACHES=AWAY):
        cache = caches["default"]
        cache.set("a", 1)

        assert cache.get("a", "nothing") == "nothing"
        assert cache.add("a", 1)
        assert not cache.delete("a")


def test_an_unknown_address_gets_a_page_that_leads_on(client, db):
    response = client.get("/nonsense/")

    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()
