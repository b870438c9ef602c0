"""Reserved recipients, like the test cards of a payment sandbox: each makes the stand-in answer in its own way.

Every other number is accepted. Credentials and payload are checked first, as for any other recipient.
"Once" means: the first POST of each distinct request body.

Not accepted:

| number       | name               | answer                                                        |
|--------------|--------------------|---------------------------------------------------------------|
| +37255500400 | BAD_REQUEST        | 400, code 105, source payload[to]                             |
| +37255500401 | UNAUTHORIZED       | 401, code 103, whatever the password                          |
| +37255500403 | FORBIDDEN          | 403, code 102                                                 |
| +37255500404 | NOT_FOUND          | 404, code 101                                                 |
| +37255500405 | METHOD_NOT_ALLOWED | 405, code 107                                                 |
| +37255500407 | PROXY_AUTH         | 407, HTML                                                     |
| +37255500409 | CONFLICT           | 409, code 105                                                 |
| +37255500413 | TOO_LARGE          | 413, HTML                                                     |
| +37255500415 | UNSUPPORTED_TYPE   | 415, HTML                                                     |
| +37255500422 | UNPROCESSABLE      | 422, code 105                                                 |
| +37255500429 | TOO_MANY           | 429, HTML, Retry-After: 1                                     |
| +37255500430 | TOO_MANY_ONCE      | the same once, then accepted                                  |
| +37255500500 | SERVER_ERROR       | 500, code 104                                                 |
| +37255500502 | BAD_GATEWAY        | 502, HTML                                                     |
| +37255500503 | UNAVAILABLE        | 503, HTML, Retry-After: 1                                     |
| +37255500513 | UNAVAILABLE_ONCE   | the same once, then accepted                                  |
| +37255500504 | GATEWAY_TIMEOUT    | 504, HTML                                                     |
| +37255500302 | FOUND              | 302, Location is the same path                                |
| +37255500307 | REDIRECT           | 307, Location is the same path                                |
| +37255500001 | HANG               | none, the connection stays open                               |
| +37255500003 | CUT                | none, the connection is closed                                |

Accepted, that is in the accept log, before the answer goes wrong:

| number       | name                      | answer                                                 |
|--------------|---------------------------|--------------------------------------------------------|
| +37255500002 | HANG_AFTER_ACCEPT         | none, the connection stays open                        |
| +37255500004 | CUT_AFTER_ACCEPT          | none, the connection is closed                         |
| +37255500005 | TRUNCATED                 | 201, closed half way through the body                  |
| +37255500501 | SERVER_ERROR_AFTER_ACCEPT | 500, code 104                                          |
| +37255500301 | REDIRECT_AFTER_ACCEPT     | 307, Location is the same path                         |
| +37255500200 | OK                        | 200 instead of 201, with ids                           |
| +37255500204 | NO_CONTENT                | 204                                                    |
| +37255500210 | NOT_JSON                  | 201, says JSON and is not                              |
| +37255500211 | HTML                      | 201, HTML                                              |
| +37255500212 | NO_IDS                    | 201, JSON without any id                               |
| +37255500213 | NEWER_SHAPE               | 201 with ids, sender null, a new channel and new fields |
| +37255500214 | PLAIN_TYPE                | 201 with ids, JSON that calls itself text/plain        |
| +37255500220 | SLOW                      | 201 after a delay (Delays.slow)                        |
| +37255500221 | DRIP                      | 201, byte after byte (Delays.drip between them)        |
| +37255500222 | HUGE                      | 201 with ids, then 20 MB of padding                    |
"""

from typing import Final

BAD_REQUEST: Final = "+37255500400"
UNAUTHORIZED: Final = "+37255500401"
FORBIDDEN: Final = "+37255500403"
NOT_FOUND: Final = "+37255500404"
METHOD_NOT_ALLOWED: Final = "+37255500405"
PROXY_AUTH: Final = "+37255500407"
CONFLICT: Final = "+37255500409"
TOO_LARGE: Final = "+37255500413"
UNSUPPORTED_TYPE: Final = "+37255500415"
UNPROCESSABLE: Final = "+37255500422"
TOO_MANY: Final = "+37255500429"
TOO_MANY_ONCE: Final = "+37255500430"
SERVER_ERROR: Final = "+37255500500"
BAD_GATEWAY: Final = "+37255500502"
UNAVAILABLE: Final = "+37255500503"
UNAVAILABLE_ONCE: Final = "+37255500513"
GATEWAY_TIMEOUT: Final = "+37255500504"
FOUND: Final = "+37255500302"
REDIRECT: Final = "+37255500307"
HANG: Final = "+37255500001"
CUT: Final = "+37255500003"

HANG_AFTER_ACCEPT: Final = "+37255500002"
CUT_AFTER_ACCEPT: Final = "+37255500004"
TRUNCATED: Final = "+37255500005"
SERVER_ERROR_AFTER_ACCEPT: Final = "+37255500501"
REDIRECT_AFTER_ACCEPT: Final = "+37255500301"
OK: Final = "+37255500200"
NO_CONTENT: Final = "+37255500204"
NOT_JSON: Final = "+37255500210"
HTML: Final = "+37255500211"
NO_IDS: Final = "+37255500212"
NEWER_SHAPE: Final = "+37255500213"
PLAIN_TYPE: Final = "+37255500214"
SLOW: Final = "+37255500220"
DRIP: Final = "+37255500221"
HUGE: Final = "+37255500222"

BY_NAME: Final[dict[str, str]] = {
    name: value for name, value in globals().items() if isinstance(value, str) and value.startswith("+")
}
