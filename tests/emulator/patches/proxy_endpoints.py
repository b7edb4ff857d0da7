"""Proxy endpoints beside the default one."""

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.rds.models import RDSBaseModel
from moto.rds.responses import RDSResponse

from patches import security_groups
from patches.proxies import available_proxy, proxy_named
from patches.stock import adds, fault
from patches.transitions import POLLS, begin, doom, is_gone, observe, shows_transitions
from patches.zones import supported


class ProxyEndpoint(RDSBaseModel):
    """What DescribeDBProxyEndpoints shows of one."""

    resource_type = "db-proxy-endpoint"
    is_default = False

    def __init__(self, backend, proxy, params):
        super().__init__(backend)
        self.unique_id = f"prx-endpoint-{mock_random.get_random_string(17, lower_case=True)}"
        self.db_proxy_name = proxy.db_proxy_name
        self.db_proxy_endpoint_name = params["DBProxyEndpointName"]
        self.vpc_id = proxy.vpc_id
        self.vpc_subnet_ids = supported(backend, params["VpcSubnetIds"])
        self.vpc_security_group_ids = list(
            params.get("VpcSecurityGroupIds") or [_default_group(backend, proxy.vpc_id)]
        )
        self.target_role = params.get("TargetRole") or "READ_WRITE"
        self.endpoint_network_type = params.get("EndpointNetworkType") or "IPV4"
        self.created_date = utcnow()
        self.status = "available"
        self.tags = params.get("Tags") or []

    @property
    def resource_id(self):
        return self.unique_id

    @property
    def db_proxy_endpoint_arn(self):
        return self.arn

    @property
    def endpoint(self):
        name = self.db_proxy_endpoint_name
        return f"{name}.endpoint.proxy-{self.unique_id[13:]}.{self.region}.rds.amazonaws.com"


shows_transitions(ProxyEndpoint)


def _default_group(backend, vpc_id):
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    return ec2.get_default_security_group(vpc_id).id


def _endpoint(backend, name):
    if name not in backend.proxy_endpoints:
        raise fault("DBProxyEndpointNotFoundFault", f"DBProxyEndpoint {name} not found.")
    return backend.proxy_endpoints[name]


def _check_new(backend, proxy, params):
    name = params["DBProxyEndpointName"]
    if name in backend.proxy_endpoints:
        raise fault("DBProxyEndpointAlreadyExistsFault", f"DBProxyEndpoint {name} exists.")
    targets = proxy.proxy_target_groups["default"].targets
    tracks_cluster = any(target.type == "TRACKED_CLUSTER" for target in targets)
    if params.get("TargetRole") == "READ_ONLY" and not tracks_cluster:
        raise fault(
            "InvalidParameterCombination",
            "A READ_ONLY endpoint needs a Multi-AZ DB cluster as the proxy's target.",
        )
    security_groups.check_known(backend, params.get("VpcSecurityGroupIds"))


# 45. Proxy endpoints (RDS API, CreateDBProxyEndpoint and its siblings). The default
# endpoint is shown on the proxy only. Stock: none of the four calls is implemented.
@adds(RDSResponse)
def create_db_proxy_endpoint(self):
    proxy = available_proxy(self.backend, self.params["DBProxyName"])
    _check_new(self.backend, proxy, self.params)
    endpoint = ProxyEndpoint(self.backend, proxy, self.params)
    self.backend.proxy_endpoints[endpoint.db_proxy_endpoint_name] = endpoint
    begin(endpoint, "creating")
    return ActionResult({"DBProxyEndpoint": endpoint})


@adds(RDSResponse)
def describe_db_proxy_endpoints(self):
    proxy_name, name = self.params.get("DBProxyName"), self.params.get("DBProxyEndpointName")
    if proxy_name:
        proxy_named(self.backend, proxy_name)
    for endpoint in list(self.backend.proxy_endpoints.values()):
        observe(endpoint)
        if is_gone(endpoint):
            del self.backend.proxy_endpoints[endpoint.db_proxy_endpoint_name]
    if name:
        _endpoint(self.backend, name)
    shown = [
        endpoint
        for endpoint in self.backend.proxy_endpoints.values()
        if proxy_name in (None, endpoint.db_proxy_name)
        and name in (None, endpoint.db_proxy_endpoint_name)
    ]
    return ActionResult({"DBProxyEndpoints": shown})


def _available(endpoint):
    if endpoint.status != "available":
        raise fault(
            "InvalidDBProxyEndpointStateFault",
            f"{endpoint.db_proxy_endpoint_name} is in state {endpoint.status}.",
        )


@adds(RDSResponse)
def modify_db_proxy_endpoint(self):
    endpoint = _endpoint(self.backend, self.params["DBProxyEndpointName"])
    _available(endpoint)
    groups, name = self.params.get("VpcSecurityGroupIds"), self.params.get("NewDBProxyEndpointName")
    security_groups.check_known(self.backend, groups)
    if groups is not None:
        endpoint.vpc_security_group_ids = list(groups)
    if name:
        del self.backend.proxy_endpoints[endpoint.db_proxy_endpoint_name]
        endpoint.db_proxy_endpoint_name = name
        self.backend.proxy_endpoints[name] = endpoint
    begin(endpoint, "modifying")
    return ActionResult({"DBProxyEndpoint": endpoint})


@adds(RDSResponse)
def delete_db_proxy_endpoint(self):
    endpoint = _endpoint(self.backend, self.params["DBProxyEndpointName"])
    _available(endpoint)
    doom(endpoint, {})
    if not POLLS:
        del self.backend.proxy_endpoints[endpoint.db_proxy_endpoint_name]
    return ActionResult({"DBProxyEndpoint": endpoint})
