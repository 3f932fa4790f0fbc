"""PostgreSQL 18's own libpq, with a token from a hook: what psql 18 does with its device flow, without a person.

argv: the library, the connection string. TOKEN is the token. Says what the hook was told, and what the query gave.
"""

import ctypes
import json
import os
import sys

libpq = ctypes.CDLL(sys.argv[1])
BEARER_TOKEN = 1  # PQAUTHDATA_OAUTH_BEARER_TOKEN, libpq-fe.h


class BearerRequest(ctypes.Structure):
    """PGoauthBearerRequest, libpq-fe.h."""

    _fields_ = [
        ("openid_configuration", ctypes.c_char_p),
        ("scope", ctypes.c_char_p),
        ("async_", ctypes.c_void_p),
        ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
    ]


told = {"version": libpq.PQlibVersion(), "asked": []}


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(BearerRequest))
def hook(kind, _connection, request):
    if kind != BEARER_TOKEN:
        return 0
    told["asked"].append((request.contents.openid_configuration or b"").decode())
    request.contents.token = os.environ["TOKEN"].encode()
    return 1


for name in ("PQconnectdb", "PQexec"):
    getattr(libpq, name).restype = ctypes.c_void_p
for name in ("PQerrorMessage", "PQgetvalue", "PQresultErrorMessage"):
    getattr(libpq, name).restype = ctypes.c_char_p
libpq.PQsetAuthDataHook(hook)

connection = ctypes.c_void_p(libpq.PQconnectdb(sys.argv[2].encode()))
if libpq.PQstatus(connection) != 0:
    told["refused"] = libpq.PQerrorMessage(connection).decode()
else:
    result = ctypes.c_void_p(libpq.PQexec(connection, b"SELECT 'in'"))
    told["value"] = (libpq.PQgetvalue(result, 0, 0) or b"").decode()
libpq.PQfinish(connection)
print(json.dumps(told))
