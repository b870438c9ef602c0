"""Sends RCS messages through Messente's Omnichannel API, at most once for each message id, and follows their delivery.

A payload travels one way through these modules, from top to bottom:

    functions/send -> functions/dispatch -> triggers/ (sqs | http_api | direct)   what arrived, and the answer to it
                                                 -> payload/submission            is it a valid message?
                                                 -> sending/send                  prepare, claim, POST once, record
                                                      -> credentials              Messente's user and password
                                                      -> table -> record          the record of each message id
                                                      -> sending/pacing           how long to wait before a repeat
                                                      -> messente                 the POST, and what its answer means
                                                 -> sending/dry_run               what sending would do
                                                 -> queues                        later, or to the dead-letter queue
                                                 -> sending/cancel                not at all, if it is not too late

and what becomes of it comes back through these:

    functions/report    -> triggers/reports   -> triggers/http                    is it a POST to this path?
                                              -> signature                        is it from Messente?
                                              -> tracking/report                  what does it say?
                                              -> tracking/track -> table          a report moves the record forward
    functions/reconcile -> tracking/reconcile -> tracking/track                   what no report has told is asked for
    triggers/http_api   -> sending/resolve    -> tracking/track                   what nobody told, a person says
    functions/publish   -> triggers/stream    -> publishing -> bus                each change of a record is told

and what its recipient says to it, through these:

    functions/inbound   -> triggers/inbound   -> triggers/http                    is it a POST to this path?
                                              -> signature                        is it from Messente?
                                              -> inbound/message                  what does it say?
                                              -> inbound/inbox -> inbound/stop_words -> opt_outs    no more messages?
                                                               -> bus             its owner is told
                                              -> queues                           later, if that cannot be done now

The list of `opt_outs` is looked at before a message is claimed (`inbound/opt_outs`).
`functions/wiring` puts the parts of the functions together. `connections` leads to Messente, and through `aws` to AWS.
"""

__version__ = "1.0.0"
