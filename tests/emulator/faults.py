#!/usr/bin/env python3
"""The fault proxy: microburst, with what the tests need beside its rules.

    tests/emulator/start-faults PORT UPSTREAM

- It ends when its standard input does, as the emulator does.
- The models of the services that pgha uses are loaded before it listens; microburst itself
  loads each with the service's first call, which then takes seconds.
- `GET /calls/ACCOUNT` counts the calls of an account: one line each for a service, a
  region, an operation and how often it was called, faults included.
- `GET /underway/ACCOUNT` is how many of its calls have no answer yet, those included whose
  caller has left.
- A response fault with `abort_bytes` of -1 lets the call take effect and then cuts the
  connection before the first byte of the answer; microburst's own 0 sends the headers. An
  answer without a body, of which nothing can be left out, is cut off like that too.
- A fraction of an answer is one of its real length: microburst takes that from a header
  which the emulator does not send, and then leaves the answer whole.
"""

import collections
import sys

from aiohttp import web
from microburst.app import make_control_app
from microburst.core.pipeline import Microburst
from microburst.detection.scope import parse_credential_scope
from microburst.forward import Upstream, _stream_to_client
from microburst.models import error_shape
from microburst.rules import RuleEngine

from server import end_with_parent

SERVICES = ["cloudwatch", "ec2", "iam", "rds", "secretsmanager", "sns", "sts"]
# More than the events of a whole test program.
EVENTS = 100_000


class CuttingUpstream(Upstream):
    """Relays; an answer that a rule wants less of is read before any of it is passed on."""

    async def relay(self, request, body, mutator=None, data=None):
        if mutator is None:
            return await super().relay(request, body, mutator, data)
        url = self.base_url + request.rel_url.raw_path_qs
        headers = self._outbound_headers(request)
        async with self.session.request(request.method, url, headers=headers, data=body) as answer:
            text = await answer.read()
        if not text or mutator.abort_bytes == -1:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # never written: the connection is gone
        mutator.resolve(len(text))
        return await _stream_to_client(request, answer.status, answer.headers, mutator, once(text))


async def once(text):
    yield text


class CountingRules(RuleEngine):
    """Rules that remember which calls they were asked about: all of them."""

    def __init__(self):
        super().__init__()
        self.calls = collections.Counter()

    def decide(self, info):
        self.calls[info.access_key, info.service, info.region, info.operation] += 1
        return super().decide(info)


class CountingProxy(Microburst):
    """microburst that knows how often what was called, and what is still being answered."""

    def __init__(self, upstream):
        super().__init__(upstream, resign=False, fired_capacity=EVENTS)
        self.upstream = CuttingUpstream(upstream, resign=False, stats=self.stats)
        self.engine = CountingRules()
        self.underway = collections.Counter()

    async def handle_proxy(self, request):
        _, _, account = parse_credential_scope(request.headers, request.rel_url.query)
        self.underway[account] += 1
        try:
            return await super().handle_proxy(request)
        finally:
            self.underway[account] -= 1

    async def handle_calls(self, request):
        wanted = request.match_info["account"]
        lines = [
            f"{service} {region} {operation} {count}\n"
            for (account, service, region, operation), count in self.engine.calls.items()
            if account == wanted
        ]
        return web.Response(text="".join(lines))

    async def handle_underway(self, request):
        return web.Response(text=str(self.underway[request.match_info["account"]]))


def main(port, upstream):
    """Serves until interrupted."""
    end_with_parent()
    for service in SERVICES:
        error_shape(service, "Throttling")
    proxy = CountingProxy(upstream)
    app = make_control_app(proxy)
    app.on_startup.append(proxy.start)
    app.on_cleanup.append(proxy.stop)
    app.router.add_get("/calls/{account}", proxy.handle_calls)
    app.router.add_get("/underway/{account}", proxy.handle_underway)
    app.router.add_route("*", "/{tail:.*}", proxy.handle_proxy)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
