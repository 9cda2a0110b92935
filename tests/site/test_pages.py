"""Pages of no app."""

from django.core.cache import caches
from django.test import override_settings

AWAY = {"default": {"BACKEND": "sslportal.kit.cache.ForgivingRedisCache", "LOCATION": "unix:///nowhere/redis.sock"}}


def test_without_redis_the_portal_still_answers(client, people):
    with override_settings(CACHES=AWAY):
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
