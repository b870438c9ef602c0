"""Sends RCS messages through Messente's Omnichannel API, at most once for each message id.

A payload travels one way through these modules:

    handler -> app -> triggers/ (sqs | api | events)      what arrived, and how its sender is answered
                        -> payload/                        is it a valid message?
                        -> send                            the protocol: prepare, claim, POST, record
                             -> credentials                Messente's user and password
                             -> table                      the record of each message id
                             -> messente                   the one POST, and what its answer means
                        -> queues                          later, or to the dead-letter queue
"""
