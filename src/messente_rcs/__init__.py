"""Sends RCS messages through Messente's Omnichannel API, at most once for each message id, and follows their delivery.

A payload travels one way through these modules, from top to bottom:

    functions/send -> triggers/direct -> (sqs | http_api | direct)   reads the event, and answers it
                                           -> payload/submission     checks the payload
                                           -> sending/send           prepares, claims, POSTs once, records
                                                -> inbound/opt_outs      looks up who opted out
                                                -> records/table         writes the record of a message id
                                                -> messente/api          POSTs, and judges the answer
                                           -> sending/ (dry_run | cancel | resolve)
                                           -> aws/queues             defers it, or makes it a dead letter

Delivery reports and changes come back through these:

    functions/report    -> triggers/reports -> triggers/http         checks who sent the report
                                            -> tracking/report       moves the record forward
    functions/reconcile -> tracking/reconcile -> messente/api        asks for what was not reported
    functions/publish   -> triggers/stream -> publishing -> aws/bus  publishes each change of a record

Inbound messages take this way:

    functions/inbound   -> triggers/inbound -> triggers/http         checks who sent the message
                                            -> inbound/message       reads the message
                                            -> inbound/inbox -> (stop_words | opt_outs) -> aws/bus
                                            -> aws/queues            defers it

`functions/wiring` puts the functions together; `messente/connections` serves Messente and AWS alike.
"""

__version__ = "1.0.0"
