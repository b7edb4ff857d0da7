"""CloudWatch over rpc-v2-cbor.

17. The AWS SDK for Rust speaks nothing else to CloudWatch, and stock moto answers 404.
Each request is translated to the JSON protocol that moto knows, and its answer back.
"""

import datetime
import io
import json
import uuid

import botocore.session
import cbor2
from moto import server

from patches.stock import is_true

PROTOCOL = "rpc-v2-cbor"
EPOCH_TIME = 1  # the CBOR tag of a timestamp
SERVICE = botocore.session.get_session().get_service_model("cloudwatch")


def _to_json(value):
    """What CBOR can say and JSON cannot: moments in time."""
    if isinstance(value, dict):
        return {key: _to_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_to_json(member) for member in value]
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def _timestamp(value):
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    return cbor2.CBORTag(EPOCH_TIME, float(value))


SCALARS = {
    "timestamp": _timestamp,
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
    "boolean": is_true,
}


def _to_cbor(value, shape):
    """A JSON value in the types that the API's model gives it."""
    if value is None or shape is None:
        return value
    if shape.type_name == "structure":
        return {
            key: _to_cbor(member, shape.members.get(key))
            for key, member in value.items()
            if member is not None
        }
    if shape.type_name == "list":
        return [_to_cbor(member, shape.member) for member in value]
    if shape.type_name == "map":
        return {key: _to_cbor(member, shape.value) for key, member in value.items()}
    return SCALARS.get(shape.type_name, lambda same: same)(value)


def _body(environ):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    raw = environ["wsgi.input"].read(length) if length else b""
    return cbor2.loads(raw) if raw else {}


def _as_json_request(environ, operation):
    """Turns the request into one of the JSON protocol, in place."""
    body = json.dumps(_to_json(_body(environ))).encode()
    environ.pop("HTTP_SMITHY_PROTOCOL")
    environ.update(
        {
            "PATH_INFO": "/",
            "REQUEST_URI": "/",
            "RAW_URI": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "HTTP_X_AMZ_TARGET": f"GraniteServiceVersion20100801.{operation}",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
    )


def _as_cbor_answer(operation, status, body):
    try:
        answer = json.loads(body) if body else {}
    except ValueError:
        answer = {"message": body.decode("utf8", "replace")[:200]}
    if int(status.split()[0]) < 300:
        shape = SERVICE.operation_model(operation).output_shape
        return _to_cbor(answer, shape) if shape is not None else {}
    return {
        "__type": answer.get("__type") or answer.get("code") or "InternalFailure",
        "message": answer.get("message") or answer.get("Message") or "",
    }


class CborTranslator:
    """A WSGI application in front of moto's."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ.get("HTTP_SMITHY_PROTOCOL") != PROTOCOL:
            return self.app(environ, start_response)
        operation = environ["PATH_INFO"].rsplit("/", 1)[-1]
        _as_json_request(environ, operation)
        answered = {}

        def note_status(status, _headers, _exc_info=None):
            answered["status"] = status

        body = b"".join(self.app(environ, note_status))
        cbor = cbor2.dumps(_as_cbor_answer(operation, answered["status"], body))
        headers = [
            ("Content-Type", "application/cbor"),
            ("smithy-protocol", PROTOCOL),
            ("Content-Length", str(len(cbor))),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ]
        start_response(answered["status"], headers)
        return [cbor]


_dispatcher = server.DomainDispatcherApplication
server.DomainDispatcherApplication = lambda *args: CborTranslator(_dispatcher(*args))
