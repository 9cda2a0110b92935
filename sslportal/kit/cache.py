"""The cache on Redis, which may vanish: what cannot be read is missing, what cannot be written is dropped."""

import logging
from collections.abc import Callable
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

    def _forgive(self, ask: Callable[..., Any], otherwise: Any, *args: Any) -> Any:
        try:
            return ask(*args)
        except (RedisError, OSError) as error:
            log.warning("the cache did not answer (%s)", error)
            return otherwise
