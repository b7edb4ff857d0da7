"""The maintenance window, which opens when a test says so.

57. `POST /emulator/maintenance-window/ACCOUNT` applies what the account's databases have
queued, as AWS does in the window (RDS User Guide, Maintaining a DB instance). What waits
for a reboot goes on waiting. The call is the emulator's own; stock moto has no window.
"""

from moto import server
from moto.rds.models import rds_backends

from patches.accounts import ONE_AT_A_TIME
from patches.cluster_changes import apply_cluster_values, show_queue
from patches.clusters import begin_all, is_multi_az
from patches.modifications import AT_REBOOT, apply_values, show_pending
from patches.transitions import begin

PATH = "/emulator/maintenance-window/"


def _maintain_instance(instance):
    due = {name: v for name, v in instance.pending.items() if name not in AT_REBOOT}
    if not due:
        return
    apply_values(instance, due)
    instance.pending = {n: v for n, v in instance.pending.items() if n not in due}
    show_pending(instance)
    begin(instance, "modifying")


def _maintain_cluster(cluster):
    if not cluster.pending:
        return
    apply_cluster_values(cluster, cluster.pending)
    cluster.pending = {}
    show_queue(cluster)
    begin_all(cluster, "modifying")


def open_window(account):
    """The window of every database of the account, in every region."""
    for backend in list(rds_backends[account].values()):
        for instance in backend.databases.values():
            _maintain_instance(instance)
        for cluster in backend.clusters.values():
            if is_multi_az(cluster):
                _maintain_cluster(cluster)


def _with_window(app):
    def respond(environ, start_response):
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "POST" or not path.startswith(PATH):
            return app(environ, start_response)
        with ONE_AT_A_TIME:
            open_window(path.removeprefix(PATH))
        start_response("204 No Content", [])
        return []

    return respond


_dispatcher = server.DomainDispatcherApplication
server.DomainDispatcherApplication = lambda *args: _with_window(_dispatcher(*args))
