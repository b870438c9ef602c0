"""Reserved recipients, like the test cards of a payment sandbox: each makes the stand-in answer in its own way.

Every other number is accepted. Credentials and payload are checked first, as for any other recipient.
"Once" means: the first POST of each distinct request body.

Whatever is accepted runs its course: by default the first message of the chain becomes ACK, DELIVRD (err 0) and
SEEN (err 10), Delays.report apart, counted from acceptance or from `time_to_send`. Each step is reported as it
happens, if there is a `dlr_url` or a webhook, and is what GET status tells from then on; before the first, and for
messages of the chain that were not needed, status and err are null. This holds for the second group of numbers too:
their reports tell what the answer did not.
"""

from typing import Final

# Not accepted. The answer is:
BAD_REQUEST: Final = "+37255500400"  # 400, code 105, source payload[to]
UNAUTHORIZED: Final = "+37255500401"  # 401, code 103, whatever the password
FORBIDDEN: Final = "+37255500403"  # 403, code 102
NOT_FOUND: Final = "+37255500404"  # 404, code 101
METHOD_NOT_ALLOWED: Final = "+37255500405"  # 405, code 107
PROXY_AUTH: Final = "+37255500407"  # 407, HTML
REQUEST_TIMEOUT: Final = "+37255500408"  # 408, HTML, and the connection is closed
CONFLICT: Final = "+37255500409"  # 409, code 105
TOO_LARGE: Final = "+37255500413"  # 413, HTML
UNSUPPORTED_TYPE: Final = "+37255500415"  # 415, HTML
MISDIRECTED: Final = "+37255500421"  # 421, HTML, and the connection is closed
UNPROCESSABLE: Final = "+37255500422"  # 422, code 105
TOO_EARLY: Final = "+37255500425"  # 425, HTML
TOO_MANY: Final = "+37255500429"  # 429, HTML, Retry-After: 1
TOO_MANY_ONCE: Final = "+37255500430"  # the same once, then accepted
THROTTLED: Final = "+37255500431"  # 429, HTML, without Retry-After
NUMERIC_CODE: Final = "+37255500440"  # 400, code 105 as a number, source payload[to]
ERRORS_OBJECT: Final = "+37255500441"  # 400, `errors` is an object: field -> list of texts
ERRORS_TEXTS: Final = "+37255500442"  # 400, `errors` is a list of texts
PROBLEM: Final = "+37255500443"  # 400, application/problem+json (RFC 9457)
PAGE: Final = "+37255500444"  # 400, HTML
SERVER_ERROR: Final = "+37255500500"  # 500, code 104
BAD_GATEWAY: Final = "+37255500502"  # 502, HTML
UNAVAILABLE: Final = "+37255500503"  # 503, HTML, Retry-After: 1
UNAVAILABLE_ONCE: Final = "+37255500513"  # the same once, then accepted
GATEWAY_TIMEOUT: Final = "+37255500504"  # 504, HTML
FOUND: Final = "+37255500302"  # 302, Location is the same path
REDIRECT: Final = "+37255500307"  # 307, Location is the same path
HANG: Final = "+37255500001"  # none, the connection stays open
CUT: Final = "+37255500003"  # none, the connection is closed

# Accepted, that is in the accept log, before the answer goes wrong, or comes in an unusual way. The answer is:
HANG_AFTER_ACCEPT: Final = "+37255500002"  # none, the connection stays open
CUT_AFTER_ACCEPT: Final = "+37255500004"  # none, the connection is closed
TRUNCATED: Final = "+37255500005"  # 201, closed half way through the body
REQUEST_TIMEOUT_AFTER_ACCEPT: Final = "+37255500508"  # 408, HTML, and the connection is closed
SERVER_ERROR_AFTER_ACCEPT: Final = "+37255500501"  # 500, code 104
REDIRECT_AFTER_ACCEPT: Final = "+37255500301"  # 307, Location is the same path
OK: Final = "+37255500200"  # 200 instead of 201, with ids
NO_CONTENT: Final = "+37255500204"  # 204
NOT_JSON: Final = "+37255500210"  # 201, says JSON and is not
HTML: Final = "+37255500211"  # 201, HTML
NO_IDS: Final = "+37255500212"  # 201, JSON without any id
NEWER_SHAPE: Final = "+37255500213"  # 201 with ids, sender null, a new channel and new fields
PLAIN_TYPE: Final = "+37255500214"  # 201 with ids, JSON that calls itself text/plain
SLOW: Final = "+37255500220"  # 201 after a delay (Delays.slow)
DRIP: Final = "+37255500221"  # 201, byte after byte (Delays.drip between them)
DRIP_HEAD: Final = "+37255500223"  # the same, from the first byte of the head
HUGE: Final = "+37255500222"  # 201 with ids, then 20 MB of padding
EARLY_HINTS: Final = "+37255500103"  # 103 at once, and 201 a while later (Delays.interim)
SEVERAL_INTERIM: Final = "+37255500102"  # 100, 102 and twice 103, and 201 a while later
INTERIM_FLOOD: Final = "+37255500100"  # 103 a thousand times, and 201 a while later
SWITCHING: Final = "+37255500101"  # 101
TWO_ANSWERS: Final = "+37255500224"  # 201, and behind it a second one with nobody's ids
CHUNKED: Final = "+37255500226"  # 201 in chunks
TWO_LENGTHS: Final = "+37255500225"  # 201 in chunks, with a Content-Length as well
COMPRESSED: Final = "+37255500227"  # 201, compressed (gzip)
NOT_COMPRESSED: Final = "+37255500228"  # 201, says gzip and is not

BY_NAME: Final[dict[str, str]] = {
    name: value for name, value in globals().items() if isinstance(value, str) and value.startswith("+")
}

# Accepted and answered with the ordinary 201, but reported otherwise. The course and its reports are:
REVERSED: Final = "+37255500601"  # the usual course, reported as SEEN, DELIVRD, ACK once it is over
DOUBLED: Final = "+37255500602"  # the usual course, each step reported twice
UNREPORTED: Final = "+37255500603"  # the usual course, never reported: only GET status knows
NEVER_DONE: Final = "+37255500604"  # none: no report, GET status stays null
FAILED_THEN_NEXT: Final = "+37255500605"  # ACK, FAILED (err 1); then ACK, DELIVRD for the chain's next message
EXPIRED: Final = "+37255500606"  # ACK, EXPIRED (err 2) for each message of the chain in turn
UNDELIVERED: Final = "+37255500607"  # ACK, UNDELIV (err 1) for each message of the chain in turn
BAD_SIGNATURE: Final = "+37255500608"  # the usual course, every report signed with a wrong password
NO_SIGNATURE: Final = "+37255500609"  # the usual course, no report signed
BEFORE_ANSWER: Final = "+37255500610"  # ACK and DELIVRD are reported before the 201, SEEN as usual
UNKNOWN_STATUS: Final = "+37255500611"  # TELEPORTED (err 4711), both unheard of; then DELIVRD
FAILED: Final = "+37255500612"  # ACK, FAILED (err 1) for each message of the chain in turn
LATE: Final = "+37255500613"  # the usual course, each step reported 20 Delays.report late

REPORTS_BY_NAME: Final[dict[str, str]] = {
    name: value
    for name, value in globals().items()
    if isinstance(value, str) and value.startswith("+") and name not in BY_NAME
}
