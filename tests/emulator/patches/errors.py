"""What moto does not implement, or crashes on.

20. Stock answers with an HTML page and status 500, which SDKs retry and then cannot
parse. Here it is an error in the request's own protocol: `NotImplemented`, status 501, or
`EmulatorBug`, status 500. Either must fail a test, never skip it.
"""

import json
import traceback
import uuid
from xml.sax.saxutils import escape

from moto import server

from patches.stock import replaces


def _xml(code, message):
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{escape(message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )


def _answer(environ, error):
    """Status, content type and body for the exception."""
    missing = isinstance(error, NotImplementedError)
    code = "NotImplemented" if missing else "EmulatorBug"
    status = "501 Not Implemented" if missing else "500 Internal Server Error"
    message = f"moto: {type(error).__name__}: {error}"
    if "x-www-form-urlencoded" in (environ.get("CONTENT_TYPE") or ""):
        return status, "text/xml", _xml(code, message)
    body = json.dumps({"__type": code, "message": message})
    return status, "application/x-amz-json-1.1", body


def _guard(app):
    def guarded(environ, start_response):
        try:
            return app(environ, start_response)
        except Exception as error:  # whatever it is, the client gets an answer
            traceback.print_exc()
            status, content_type, text = _answer(environ, error)
            body = text.encode()
            headers = [
                ("Content-Type", content_type),
                ("Content-Length", str(len(body))),
                ("x-amzn-RequestId", str(uuid.uuid4())),
            ]
            start_response(status, headers)
            return [body]

    return guarded


@replaces(server, "create_backend_app")
def create_backend_app(stock, service):
    app = stock(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return _guard(app)
