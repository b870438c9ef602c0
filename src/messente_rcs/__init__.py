"""Sends RCS messages through Messente's Omnichannel API, at most once for each message id, and follows their delivery.

A payload travels one way through these modules:

    functions/send -> app -> triggers/ (sqs | api | events)   what arrived, and how its sender is answered
                               -> payload/                     is it a valid message?
                               -> send                         the protocol: prepare, claim, POST once, record
                                    -> credentials             Messente's user and password
                                    -> table                   the record of each message id
                                    -> messente                the POST, and what its answer means
                               -> queues                       later, or to the dead-letter queue
                               -> cancel                       not at all, if it is not too late

and what becomes of it comes back through these:

    functions/report    -> triggers/reports -> signature       is it from Messente?
                                            -> track           a report moves the record forward
                                                 -> delivery   what each status means, and the whole chain's word
    functions/reconcile -> reconcile -> track                  what no report has told is asked for

`wiring` puts the parts together; `wire` connects them with the world, and `aws` makes botocore use it.
"""
