"""What a test asks of the emulator itself, and what it can switch on.

67. `POST /emulator/switch/ACCOUNT/NAME` makes one account stricter than the others, for
beliefs that a test wants by itself; `SWITCHES` has the names. `POST /emulator/…` of other
patches lets time pass or lets somebody else act. (A convenience; stock moto has nothing
like it.)
"""

from collections import defaultdict

from moto import server

from patches.accounts import ONE_AT_A_TIME

SWITCHES = {
    "cluster-iops": "CreateDBCluster wants Iops for a Multi-AZ DB cluster",
    "parameter-lag": "ParameterApplyStatus notices a change only after two more answers",
    "offers": "what DescribeDBEngineVersions and the orderable options lack is refused",
}
_on = defaultdict(set)
_handlers = {}


def is_on(account, name):
    """Whether a test has switched it on for the account."""
    assert name in SWITCHES, name
    return name in _on[account]


def on_post(name):
    """Makes the decorated function the answer to `POST /emulator/NAME/ACCOUNT/…`.

    It is called with the account and the rest of the path, split at slashes. A
    `LookupError` is 404.
    """

    def install(handler):
        _handlers[name] = handler
        return handler

    return install


@on_post("switch")
def _switch(account, name):
    if name not in SWITCHES:
        raise LookupError(name)
    _on[account].add(name)


def _with_control(app):
    def respond(environ, start_response):
        _, emulator, name, *rest = (environ.get("PATH_INFO", "") + "///").split("/")
        handler = _handlers.get(name)
        if environ["REQUEST_METHOD"] != "POST" or emulator != "emulator" or handler is None:
            return app(environ, start_response)
        status = "204 No Content"
        with ONE_AT_A_TIME:
            try:
                handler(*[part for part in rest if part])
            except (LookupError, TypeError):
                status = "404 Not Found"
        start_response(status, [("Content-Length", "0")])
        return []

    return respond


_dispatcher = server.DomainDispatcherApplication
server.DomainDispatcherApplication = lambda *args: _with_control(_dispatcher(*args))
