"""Accounts: one for each test that wants its own."""

import re
import threading

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.iam import models as iam

from patches.stock import replaces

ONE_AT_A_TIME = threading.RLock()

# 21. An access key of twelve digits is the account of that number. Stock: a key it did
# not hand out is 123456789012, so tests share one account, and finding that out loads
# the managed policies of every partition. (A convention of emulators, not of AWS.)
BaseResponse.access_key_regex = re.compile(r"Credential=([^/,\s]+)/")


def _handed_out_by(access_key):
    for account_id, account in list(iam.iam_backends.items()):
        for backend in list(account.values()):
            if access_key in backend.access_keys:
                return account_id
    return None


@replaces(iam, "get_account_id_from")
def get_account_id_from(_stock, access_key):
    if len(access_key) == 12 and access_key.isdigit():
        return access_key
    return _handed_out_by(access_key) or DEFAULT_ACCOUNT_ID


# 22. One call at a time. Stock: the server has a thread for each connection and no
# locks, so two concurrent calls can both create what may exist once.
@replaces(BaseResponse, "call_action")
def call_action(stock, self):
    with ONE_AT_A_TIME:
        return stock(self)
