"""A cache for Swift's proxy in its own memory: what the memcache filter gives, without a memcached beside it.

Only right for a single proxy process. Values pass through JSON as they would on their way to memcached, since
Swift relies on lists coming back where it put tuples.
"""
import json
import time


class MemoryCache(object):
    def __init__(self):
        self.entries = {}

    def get(self, key, raise_on_error=False):
        value, expires = self.entries.get(key, (None, 0))
        if value is None or (expires and expires < time.time()):
            return None
        return json.loads(value)

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self.entries[key] = (json.dumps(value), expiry(time))

    def incr(self, key, delta=1, time=0):
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.entries.pop(key, None)


def expiry(seconds):
    return time.time() + seconds if seconds else 0


def filter_factory(global_conf, **local_conf):
    cache = MemoryCache()

    def cached(app):
        def application(environ, start_response):
            environ['swift.cache'] = cache
            return app(environ, start_response)
        return application
    return cached
