"""RDS Proxies."""

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.rds.exceptions import DBProxyNotFoundFault
from moto.rds.models import DBProxy, RDSBackend
from moto.rds.responses import RDSResponse

from patches import security_groups
from patches.stock import adds, fault, replaces
from patches.transitions import POLLS, begin, doom, is_doomed, is_gone, observe, shows_transitions
from patches.zones import supported

AUTH_DEFAULTS = {
    "AuthScheme": "SECRETS",
    "IAMAuth": "DISABLED",
    "ClientPasswordAuthType": "POSTGRES_SCRAM_SHA_256",
}
# Request members of ModifyDBProxy that are read back under the same name.
MODIFIABLE = {
    "DefaultAuthScheme": "default_auth_scheme",
    "RequireTLS": "require_tls",
    "IdleClientTimeout": "idle_client_timeout",
    "DebugLogging": "debug_logging",
    "RoleArn": "role_arn",
}

shows_transitions(DBProxy)


@replaces(RDSBackend, "__init__")
def init(stock, self, region_name, account_id):
    stock(self, region_name, account_id)
    self.proxy_endpoints = {}


def proxy_named(backend, name):
    """The proxy, or the refusal that RDS has for a name that is not there."""
    if name not in backend.db_proxies:
        raise DBProxyNotFoundFault(name)
    return backend.db_proxies[name]


def available_proxy(backend, name):
    """The proxy, if it takes changes now."""
    proxy = proxy_named(backend, name)
    if proxy.status != "available":
        raise fault("InvalidDBProxyStateFault", f"The proxy {name} is in state {proxy.status}.")
    return proxy


def _auth(entries):
    """Auth as it is read back: defaults filled in."""
    return [
        {**AUTH_DEFAULTS, **{k: v for k, v in entry.original_dict().items() if v is not None}}
        for entry in entries or []
    ]


def _check_auth(scheme, auth):
    if scheme == "NONE" and not auth:
        raise fault(
            "InvalidParameterCombination",
            "Auth is required unless DefaultAuthScheme is IAM_AUTH.",
        )


def _check_timeout(seconds):
    if seconds is not None and not 1 <= seconds <= 28_800:
        raise fault("InvalidParameterValue", f"Invalid IdleClientTimeout: {seconds}")


# 42. CreateDBProxy without Auth where DefaultAuthScheme is IAM_AUTH, the scheme and the
# network types read back, `creating` for a while (RDS API, CreateDBProxy). Stock: a
# KeyError, HTTP 500, without Auth; the rest dropped; always `available`.
@replaces(RDSResponse, "create_db_proxy")
def create_db_proxy(_stock, self):
    params, auth = self.params, _auth(self.params.get("Auth"))
    scheme = params.get("DefaultAuthScheme") or "NONE"
    _check_auth(scheme, auth)
    _check_timeout(params.get("IdleClientTimeout"))
    subnets = supported(self.backend, params["VpcSubnetIds"])
    security_groups.check_known(self.backend, params.get("VpcSecurityGroupIds"))
    proxy = self.backend.create_db_proxy(
        db_proxy_name=params["DBProxyName"],
        engine_family=params["EngineFamily"],
        auth=auth,
        role_arn=params["RoleArn"],
        vpc_subnet_ids=subnets,
        vpc_security_group_ids=params.get("VpcSecurityGroupIds"),
        require_tls=params.get("RequireTLS") or False,
        idle_client_timeout=params.get("IdleClientTimeout"),
        debug_logging=params.get("DebugLogging"),
        tags=params.get("Tags") or [],
    )
    proxy.default_auth_scheme = scheme
    proxy.endpoint_network_type = params.get("EndpointNetworkType") or "IPV4"
    proxy.target_connection_network_type = params.get("TargetConnectionNetworkType") or "IPV4"
    begin(proxy, "creating")
    return ActionResult({"DBProxy": proxy})


def _rename(backend, proxy, name):
    if name in backend.db_proxies:
        raise fault("DBProxyAlreadyExistsFault", f"A DBProxy named {name} already exists.")
    backend.db_proxies[name] = backend.db_proxies.pop(proxy.db_proxy_name)
    proxy.endpoint = proxy.endpoint.replace(proxy.db_proxy_name, name, 1)
    proxy.db_proxy_name = name


# 43. ModifyDBProxy: what is sent replaces, Auth as a whole (RDS API, ModifyDBProxy).
# Stock: not implemented.
@adds(RDSResponse)
def modify_db_proxy(self):
    params = self.params
    proxy = available_proxy(self.backend, params["DBProxyName"])
    auth = proxy.auth if params.get("Auth") is None else _auth(params["Auth"])
    _check_auth(params.get("DefaultAuthScheme") or proxy.default_auth_scheme, auth)
    _check_timeout(params.get("IdleClientTimeout"))
    security_groups.check_known(self.backend, params.get("SecurityGroups"))
    proxy.auth = auth
    for member, attribute in MODIFIABLE.items():
        if params.get(member) is not None:
            setattr(proxy, attribute, params[member])
    if params.get("SecurityGroups") is not None:
        proxy.vpc_security_group_ids = list(params["SecurityGroups"])
    if params.get("NewDBProxyName"):
        _rename(self.backend, proxy, params["NewDBProxyName"])
    proxy.updated_date = utcnow()
    begin(proxy, "modifying")
    return ActionResult({"DBProxy": proxy})


_remove = RDSBackend.delete_db_proxy


def _forget(backend, proxy):
    """A proxy takes its endpoints along (RDS User Guide, Working with RDS Proxy
    endpoints)."""
    backend.proxy_endpoints = {
        name: endpoint
        for name, endpoint in backend.proxy_endpoints.items()
        if endpoint.db_proxy_name != proxy.db_proxy_name
    }
    _remove(backend, proxy.db_proxy_name)


# 44. A proxy is `deleting` for a while (RDS API, DeleteDBProxy). Stock: gone at once, a
# KeyError, HTTP 500, for a name that is not there.
@replaces(RDSBackend, "delete_db_proxy")
def delete_db_proxy(_stock, self, proxy_name):
    proxy = proxy_named(self, proxy_name)
    if is_doomed(proxy):
        raise fault("InvalidDBProxyStateFault", f"The proxy {proxy_name} is being deleted.")
    doom(proxy, {})
    if not POLLS:
        _forget(self, proxy)
    return proxy


@replaces(RDSBackend, "describe_db_proxies")
def describe_db_proxies(stock, self, db_proxy_name=None, filters=None):
    for name, proxy in list(self.db_proxies.items()):
        if db_proxy_name in (None, name):
            observe(proxy)
            if is_gone(proxy):
                _forget(self, proxy)
    return stock(self, db_proxy_name, filters)
