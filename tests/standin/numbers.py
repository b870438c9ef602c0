"""Reserved recipients, like the test cards of a payment sandbox: each makes the stand-in answer in its own way.

Every other number is accepted. Credentials and payload are checked first, as for any other recipient.
"Once" means: the first POST of each distinct request body.

Whatever is accepted runs its course: by default the first message of the chain becomes ACK, DELIVRD (err 0) and
SEEN (err 10), Delays.report apart, counted from acceptance or from `time_to_send`. Each step is reported as it
happens, if there is a `dlr_url` or a webhook, and is what GET status tells from then on; before the first, and for
messages of the chain that were not needed, status and err are null. This holds for the numbers of the second table
too: their reports tell what the answer did not.

Not accepted:

| number       | name               | answer                                                        |
|--------------|--------------------|---------------------------------------------------------------|
| +37255500400 | BAD_REQUEST        | 400, code 105, source payload[to]                             |
| +37255500401 | UNAUTHORIZED       | 401, code 103, whatever the password                          |
| +37255500403 | FORBIDDEN          | 403, code 102                                                 |
| +37255500404 | NOT_FOUND          | 404, code 101                                                 |
| +37255500405 | METHOD_NOT_ALLOWED | 405, code 107                                                 |
| +37255500407 | PROXY_AUTH         | 407, HTML                                                     |
| +37255500408 | REQUEST_TIMEOUT    | 408, HTML, and the connection is closed                       |
| +37255500409 | CONFLICT           | 409, code 105                                                 |
| +37255500413 | TOO_LARGE          | 413, HTML                                                     |
| +37255500415 | UNSUPPORTED_TYPE   | 415, HTML                                                     |
| +37255500421 | MISDIRECTED        | 421, HTML, and the connection is closed                       |
| +37255500422 | UNPROCESSABLE      | 422, code 105                                                 |
| +37255500425 | TOO_EARLY          | 425, HTML                                                     |
| +37255500429 | TOO_MANY           | 429, HTML, Retry-After: 1                                     |
| +37255500430 | TOO_MANY_ONCE      | the same once, then accepted                                  |
| +37255500431 | THROTTLED          | 429, HTML, without Retry-After                                |
| +37255500440 | NUMERIC_CODE       | 400, code 105 as a number, source payload[to]                 |
| +37255500441 | ERRORS_OBJECT      | 400, `errors` is an object: field -> list of texts            |
| +37255500442 | ERRORS_TEXTS       | 400, `errors` is a list of texts                              |
| +37255500443 | PROBLEM            | 400, application/problem+json (RFC 9457)                      |
| +37255500444 | PAGE               | 400, HTML                                                     |
| +37255500500 | SERVER_ERROR       | 500, code 104                                                 |
| +37255500502 | BAD_GATEWAY        | 502, HTML                                                     |
| +37255500503 | UNAVAILABLE        | 503, HTML, Retry-After: 1                                     |
| +37255500513 | UNAVAILABLE_ONCE   | the same once, then accepted                                  |
| +37255500504 | GATEWAY_TIMEOUT    | 504, HTML                                                     |
| +37255500302 | FOUND              | 302, Location is the same path                                |
| +37255500307 | REDIRECT           | 307, Location is the same path                                |
| +37255500001 | HANG               | none, the connection stays open                               |
| +37255500003 | CUT                | none, the connection is closed                                |

Accepted, that is in the accept log, before the answer goes wrong, or comes in an unusual way:

| number       | name                         | answer                                                  |
|--------------|------------------------------|---------------------------------------------------------|
| +37255500002 | HANG_AFTER_ACCEPT            | none, the connection stays open                         |
| +37255500004 | CUT_AFTER_ACCEPT             | none, the connection is closed                          |
| +37255500005 | TRUNCATED                    | 201, closed half way through the body                   |
| +37255500508 | REQUEST_TIMEOUT_AFTER_ACCEPT | 408, HTML, and the connection is closed                 |
| +37255500501 | SERVER_ERROR_AFTER_ACCEPT    | 500, code 104                                           |
| +37255500301 | REDIRECT_AFTER_ACCEPT        | 307, Location is the same path                          |
| +37255500200 | OK                           | 200 instead of 201, with ids                            |
| +37255500204 | NO_CONTENT                   | 204                                                     |
| +37255500210 | NOT_JSON                     | 201, says JSON and is not                               |
| +37255500211 | HTML                         | 201, HTML                                               |
| +37255500212 | NO_IDS                       | 201, JSON without any id                                |
| +37255500213 | NEWER_SHAPE                  | 201 with ids, sender null, a new channel and new fields |
| +37255500214 | PLAIN_TYPE                   | 201 with ids, JSON that calls itself text/plain         |
| +37255500220 | SLOW                         | 201 after a delay (Delays.slow)                         |
| +37255500221 | DRIP                         | 201, byte after byte (Delays.drip between them)         |
| +37255500223 | DRIP_HEAD                    | the same, from the first byte of the head               |
| +37255500222 | HUGE                         | 201 with ids, then 20 MB of padding                     |
| +37255500103 | EARLY_HINTS                  | 103 at once, and 201 a while later (Delays.interim)     |
| +37255500102 | SEVERAL_INTERIM              | 100, 102 and twice 103, and 201 a while later           |
| +37255500100 | INTERIM_FLOOD                | 103 a thousand times, and 201 a while later             |
| +37255500101 | SWITCHING                    | 101                                                     |
| +37255500224 | TWO_ANSWERS                  | 201, and behind it a second one with nobody's ids       |
| +37255500226 | CHUNKED                      | 201 in chunks                                           |
| +37255500225 | TWO_LENGTHS                  | 201 in chunks, with a Content-Length as well            |
| +37255500227 | COMPRESSED                   | 201, compressed (gzip)                                  |
| +37255500228 | NOT_COMPRESSED               | 201, says gzip and is not                               |

Accepted and answered with the ordinary 201, but reported otherwise:

| number       | name             | course and reports                                                  |
|--------------|------------------|---------------------------------------------------------------------|
| +37255500601 | REVERSED         | the usual course, reported as SEEN, DELIVRD, ACK once it is over    |
| +37255500602 | DOUBLED          | the usual course, each step reported twice                          |
| +37255500603 | UNREPORTED       | the usual course, never reported: only GET status knows             |
| +37255500604 | NEVER_DONE       | none: no report, GET status stays null                              |
| +37255500605 | FAILED_THEN_NEXT | ACK, FAILED (err 1); then ACK, DELIVRD for the chain's next message |
| +37255500606 | EXPIRED          | ACK, EXPIRED (err 2) for each message of the chain in turn          |
| +37255500607 | UNDELIVERED      | ACK, UNDELIV (err 1) for each message of the chain in turn          |
| +37255500608 | BAD_SIGNATURE    | the usual course, every report signed with a wrong password         |
| +37255500609 | NO_SIGNATURE     | the usual course, no report signed                                  |
| +37255500610 | BEFORE_ANSWER    | ACK and DELIVRD are reported before the 201, SEEN as usual          |
| +37255500611 | UNKNOWN_STATUS   | TELEPORTED (err 4711), both unheard of; then DELIVRD                |
| +37255500612 | FAILED           | ACK, FAILED (err 1) for each message of the chain in turn           |
| +37255500613 | LATE             | the usual course, each step reported 20 Delays.report late          |
"""

from typing import Final

BAD_REQUEST: Final = "+37255500400"
UNAUTHORIZED: Final = "+37255500401"
FORBIDDEN: Final = "+37255500403"
NOT_FOUND: Final = "+37255500404"
METHOD_NOT_ALLOWED: Final = "+37255500405"
PROXY_AUTH: Final = "+37255500407"
REQUEST_TIMEOUT: Final = "+37255500408"
CONFLICT: Final = "+37255500409"
TOO_LARGE: Final = "+37255500413"
UNSUPPORTED_TYPE: Final = "+37255500415"
MISDIRECTED: Final = "+37255500421"
UNPROCESSABLE: Final = "+37255500422"
TOO_EARLY: Final = "+37255500425"
TOO_MANY: Final = "+37255500429"
TOO_MANY_ONCE: Final = "+37255500430"
THROTTLED: Final = "+37255500431"
NUMERIC_CODE: Final = "+37255500440"
ERRORS_OBJECT: Final = "+37255500441"
ERRORS_TEXTS: Final = "+37255500442"
PROBLEM: Final = "+37255500443"
PAGE: Final = "+37255500444"
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
REQUEST_TIMEOUT_AFTER_ACCEPT: Final = "+37255500508"
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
DRIP_HEAD: Final = "+37255500223"
HUGE: Final = "+37255500222"
EARLY_HINTS: Final = "+37255500103"
SEVERAL_INTERIM: Final = "+37255500102"
INTERIM_FLOOD: Final = "+37255500100"
SWITCHING: Final = "+37255500101"
TWO_ANSWERS: Final = "+37255500224"
CHUNKED: Final = "+37255500226"
TWO_LENGTHS: Final = "+37255500225"
COMPRESSED: Final = "+37255500227"
NOT_COMPRESSED: Final = "+37255500228"

BY_NAME: Final[dict[str, str]] = {
    name: value for name, value in globals().items() if isinstance(value, str) and value.startswith("+")
}

REVERSED: Final = "+37255500601"
DOUBLED: Final = "+37255500602"
UNREPORTED: Final = "+37255500603"
NEVER_DONE: Final = "+37255500604"
FAILED_THEN_NEXT: Final = "+37255500605"
EXPIRED: Final = "+37255500606"
UNDELIVERED: Final = "+37255500607"
BAD_SIGNATURE: Final = "+37255500608"
NO_SIGNATURE: Final = "+37255500609"
BEFORE_ANSWER: Final = "+37255500610"
UNKNOWN_STATUS: Final = "+37255500611"
FAILED: Final = "+37255500612"
LATE: Final = "+37255500613"

REPORTS_BY_NAME: Final[dict[str, str]] = {
    name: value
    for name, value in globals().items()
    if isinstance(value, str) and value.startswith("+") and name not in BY_NAME
}
