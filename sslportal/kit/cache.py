"""The cache on Redis, which may vanish: what cannot be read is missing, what cannot be written is dropped."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Answers as an empty cache while Redis is away, so that no page fails for want of it."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._forgive(super().get, default, key, default, version)

    def set(self, key: str, value: Any, timeout: Any = None, version: int | None = None) -> None:
        self._forgive(super().set, None, key, value, timeout, version)

    def add(self, key: str, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        return self._forgive(super().add, True, key, value, timeout, version)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._forgive(super().delete, False, key, version)

    def push(self, key: str, values: Sequence[int]) -> bool:
        """Put numbers at the end of a list that many write to. Returns whether they are there."""
        client = self._cache.get_client(key, write=True)
        return bool(self._forgive(client.rpush, False, self.make_and_validate_key(key), *values))

    def pop(self, key: str, most: int) -> list[int]:
        """Take numbers from the beginning of such a list, each for one taker alone."""
        client = self._cache.get_client(key, write=True)
        return [int(value) for value in self._forgive(client.lpop, None, self.make_and_validate_key(key), most) or ()]

    def messages(self, queue: str) -> int | None:
        """How many messages wait for a worker of the queue: Celery keeps them in the same Redis, as a list of that name."""
        return self._forgive(self._cache.get_client(queue).llen, None, queue)

    def _forgive(self, ask: Callable[..., Any], otherwise: Any, *args: Any) -> Any:
        try:
            return ask(*args)
        except (RedisError, OSError) as error:
            log.warning("the cache did not answer (%s)", error)
            return otherwise
