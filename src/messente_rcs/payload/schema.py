"""What pydantic-core validates a payload by: written by `make schema` from src/models, not by hand."""

from messente_rcs.payload import checks, rules

SCHEMA = {
    "type": "definitions",
    "schema": {
        "type": "function-wrap",
        "function": {
            "type": "no-info",
            "function": rules.Rules(
                rules=(
                    rules.Choice(
                        names=(
                            "text",
                            "messages",
                        ),
                        low=1,
                        high=1,
                    ),
                ),
                most=None,
            ).of_object,
        },
        "schema": {
            "type": "typed-dict",
            "fields": {
                "to": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "pattern": "^\\+[1-9][0-9]{6,14}$"},
                    "required": True,
                },
                "text": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "min_length": 1, "max_length": 3072, "pattern": "^[^\\x00]*$"},
                    "required": False,
                },
                "messages": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "function-wrap",
                        "function": {
                            "type": "no-info",
                            "function": rules.Rules(
                                rules=(
                                    rules.Size(low=1, high=4),
                                    rules.channels_once,
                                    rules.one_is_rcs,
                                ),
                                most=4,
                            ).of_list,
                        },
                        "schema": {
                            "type": "list",
                            "items_schema": {
                                "type": "tagged-union",
                                "choices": {
                                    "rcs": {
                                        "type": "function-wrap",
                                        "function": {
                                            "type": "no-info",
                                            "function": rules.Rules(
                                                rules=(
                                                    rules.Choice(
                                                        names=(
                                                            "text",
                                                            "content_info",
                                                            "rich_card",
                                                        ),
                                                        low=1,
                                                        high=1,
                                                    ),
                                                    rules.Choice(
                                                        names=(
                                                            "ttl",
                                                            "validity",
                                                        ),
                                                        low=0,
                                                        high=1,
                                                    ),
                                                ),
                                                most=None,
                                            ).of_object,
                                        },
                                        "schema": {
                                            "type": "typed-dict",
                                            "fields": {
                                                "channel": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "literal", "expected": ["rcs"]},
                                                    "required": True,
                                                },
                                                "sender": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "ttl": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "validity": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "text": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "max_length": 3072,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "content_info": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "definition-ref",
                                                        "schema_ref": "models.rcs.ContentInfo",
                                                    },
                                                    "required": False,
                                                },
                                                "rich_card": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(
                                                                    rules.Choice(
                                                                        names=(
                                                                            "standalone_card",
                                                                            "carousel_card",
                                                                        ),
                                                                        low=1,
                                                                        high=1,
                                                                    ),
                                                                ),
                                                                most=None,
                                                            ).of_object,
                                                        },
                                                        "schema": {
                                                            "type": "typed-dict",
                                                            "fields": {
                                                                "standalone_card": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "typed-dict",
                                                                        "fields": {
                                                                            "card_orientation": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "literal",
                                                                                    "expected": [
                                                                                        "VERTICAL",
                                                                                        "HORIZONTAL",
                                                                                    ],
                                                                                },
                                                                                "required": True,
                                                                            },
                                                                            "thumbnail_image_alignment": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "literal",
                                                                                    "expected": ["LEFT", "RIGHT"],
                                                                                },
                                                                                "required": True,
                                                                            },
                                                                            "card_content": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "function-wrap",
                                                                                    "function": {
                                                                                        "type": "no-info",
                                                                                        "function": rules.Rules(
                                                                                            rules=(
                                                                                                rules.Choice(
                                                                                                    names=(
                                                                                                        "title",
                                                                                                        "description",
                                                                                                        "media",
                                                                                                    ),
                                                                                                    low=1,
                                                                                                    high=3,
                                                                                                ),
                                                                                            ),
                                                                                            most=None,
                                                                                        ).of_object,
                                                                                    },
                                                                                    "schema": {
                                                                                        "type": "definition-ref",
                                                                                        "schema_ref": "models.rcs.CardContentFields",
                                                                                    },
                                                                                },
                                                                                "required": True,
                                                                            },
                                                                        },
                                                                        "extra_behavior": "forbid",
                                                                        "config": {
                                                                            "strict": True,
                                                                            "extra_fields_behavior": "forbid",
                                                                            "hide_input_in_errors": True,
                                                                            "title": "StandaloneCard",
                                                                        },
                                                                        "ref": "models.rcs.StandaloneCard",
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "carousel_card": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "typed-dict",
                                                                        "fields": {
                                                                            "card_width": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "literal",
                                                                                    "expected": ["SMALL", "MEDIUM"],
                                                                                },
                                                                                "required": True,
                                                                            },
                                                                            "card_contents": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "function-wrap",
                                                                                    "function": {
                                                                                        "type": "no-info",
                                                                                        "function": rules.Rules(
                                                                                            rules=(
                                                                                                rules.Size(
                                                                                                    low=2, high=10
                                                                                                ),
                                                                                            ),
                                                                                            most=10,
                                                                                        ).of_list,
                                                                                    },
                                                                                    "schema": {
                                                                                        "type": "list",
                                                                                        "items_schema": {
                                                                                            "type": "function-wrap",
                                                                                            "function": {
                                                                                                "type": "no-info",
                                                                                                "function": rules.Rules(
                                                                                                    rules=(
                                                                                                        rules.Choice(
                                                                                                            names=(
                                                                                                                "title",
                                                                                                                "description",
                                                                                                                "media",
                                                                                                            ),
                                                                                                            low=1,
                                                                                                            high=3,
                                                                                                        ),
                                                                                                    ),
                                                                                                    most=None,
                                                                                                ).of_object,
                                                                                            },
                                                                                            "schema": {
                                                                                                "type": "definition-ref",
                                                                                                "schema_ref": "models.rcs.CardContentFields",
                                                                                            },
                                                                                        },
                                                                                    },
                                                                                },
                                                                                "required": True,
                                                                            },
                                                                        },
                                                                        "extra_behavior": "forbid",
                                                                        "config": {
                                                                            "strict": True,
                                                                            "extra_fields_behavior": "forbid",
                                                                            "hide_input_in_errors": True,
                                                                            "title": "CarouselCard",
                                                                        },
                                                                        "ref": "models.rcs.CarouselCard",
                                                                    },
                                                                    "required": False,
                                                                },
                                                            },
                                                            "extra_behavior": "forbid",
                                                            "config": {
                                                                "strict": True,
                                                                "extra_fields_behavior": "forbid",
                                                                "hide_input_in_errors": True,
                                                                "title": "RichCardFields",
                                                            },
                                                            "ref": "models.rcs.RichCardFields",
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                                "suggestions": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(rules.Size(low=0, high=11),), most=11
                                                            ).of_list,
                                                        },
                                                        "schema": {
                                                            "type": "list",
                                                            "items_schema": {
                                                                "type": "function-wrap",
                                                                "function": {
                                                                    "type": "no-info",
                                                                    "function": rules.Rules(
                                                                        rules=(
                                                                            rules.Choice(
                                                                                names=(
                                                                                    "reply",
                                                                                    "action",
                                                                                ),
                                                                                low=1,
                                                                                high=1,
                                                                            ),
                                                                        ),
                                                                        most=None,
                                                                    ).of_object,
                                                                },
                                                                "schema": {
                                                                    "type": "definition-ref",
                                                                    "schema_ref": "models.rcs.SuggestionFields",
                                                                },
                                                            },
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                            },
                                            "extra_behavior": "forbid",
                                            "config": {
                                                "strict": True,
                                                "extra_fields_behavior": "forbid",
                                                "hide_input_in_errors": True,
                                                "title": "RcsFields",
                                            },
                                            "ref": "models.rcs.RcsFields",
                                        },
                                    },
                                    "sms": {
                                        "type": "function-wrap",
                                        "function": {
                                            "type": "no-info",
                                            "function": rules.Rules(
                                                rules=(
                                                    rules.Choice(
                                                        names=(
                                                            "ttl",
                                                            "validity",
                                                        ),
                                                        low=0,
                                                        high=1,
                                                    ),
                                                ),
                                                most=None,
                                            ).of_object,
                                        },
                                        "schema": {
                                            "type": "typed-dict",
                                            "fields": {
                                                "channel": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "literal", "expected": ["sms"]},
                                                    "required": True,
                                                },
                                                "text": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": True,
                                                },
                                                "sender": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^(?:\\+?[0-9]{1,15}|[^\\x00]{1,11})$",
                                                    },
                                                    "required": False,
                                                },
                                                "ttl": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "validity": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "autoconvert": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "literal", "expected": ["on", "full", "off"]},
                                                    "required": False,
                                                },
                                                "udh": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "str", "pattern": "^(?:[0-9A-Fa-f]{2})+$"},
                                                    "required": False,
                                                },
                                            },
                                            "extra_behavior": "forbid",
                                            "config": {
                                                "strict": True,
                                                "extra_fields_behavior": "forbid",
                                                "hide_input_in_errors": True,
                                                "title": "SmsFields",
                                            },
                                            "ref": "models.sms.SmsFields",
                                        },
                                    },
                                    "viber": {
                                        "type": "function-wrap",
                                        "function": {
                                            "type": "no-info",
                                            "function": rules.Rules(
                                                rules=(
                                                    rules.Choice(
                                                        names=(
                                                            "ttl",
                                                            "validity",
                                                        ),
                                                        low=0,
                                                        high=1,
                                                    ),
                                                    rules.Combinations(
                                                        allowed=(
                                                            frozenset(["image_url"]),
                                                            frozenset(["text"]),
                                                            frozenset(["button_text", "button_url", "text"]),
                                                            frozenset(
                                                                ["button_text", "button_url", "image_url", "text"]
                                                            ),
                                                            frozenset(["video"]),
                                                            frozenset(["text", "video"]),
                                                            frozenset(["button_text", "text", "video"]),
                                                            frozenset(["button_text", "button_url", "text", "video"]),
                                                            frozenset(["carousel", "text"]),
                                                            frozenset(["template"]),
                                                        )
                                                    ),
                                                ),
                                                most=None,
                                            ).of_object,
                                        },
                                        "schema": {
                                            "type": "typed-dict",
                                            "fields": {
                                                "channel": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "literal", "expected": ["viber"]},
                                                    "required": True,
                                                },
                                                "sender": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "ttl": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "validity": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "text": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "image_url": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "button_url": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "pattern": "^[A-Za-z][A-Za-z0-9+.\\-]*:[^\\s\\x00-\\x1f\\x7f]+$",
                                                    },
                                                    "required": False,
                                                },
                                                "button_text": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "video": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "typed-dict",
                                                        "fields": {
                                                            "url": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "str",
                                                                    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                },
                                                                "required": True,
                                                            },
                                                            "thumbnail": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "str",
                                                                    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                },
                                                                "required": True,
                                                            },
                                                            "file_size": {
                                                                "type": "typed-dict-field",
                                                                "schema": {"type": "int", "ge": 0, "le": 209715200},
                                                                "required": True,
                                                            },
                                                            "duration": {
                                                                "type": "typed-dict-field",
                                                                "schema": {"type": "int", "ge": 1, "le": 600},
                                                                "required": True,
                                                            },
                                                        },
                                                        "extra_behavior": "forbid",
                                                        "config": {
                                                            "strict": True,
                                                            "extra_fields_behavior": "forbid",
                                                            "hide_input_in_errors": True,
                                                            "title": "Video",
                                                        },
                                                        "ref": "models.viber.Video",
                                                    },
                                                    "required": False,
                                                },
                                                "template": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "typed-dict",
                                                        "fields": {
                                                            "id": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "str",
                                                                    "min_length": 1,
                                                                    "pattern": "^[^\\x00]*$",
                                                                },
                                                                "required": True,
                                                            },
                                                            "lang": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "str",
                                                                    "min_length": 1,
                                                                    "pattern": "^[^\\x00]*$",
                                                                },
                                                                "required": True,
                                                            },
                                                            "params": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "dict",
                                                                    "keys_schema": {"type": "str"},
                                                                    "values_schema": {
                                                                        "type": "str",
                                                                        "min_length": 0,
                                                                        "pattern": "^[^\\x00]*$",
                                                                    },
                                                                },
                                                                "required": False,
                                                            },
                                                        },
                                                        "extra_behavior": "forbid",
                                                        "config": {
                                                            "strict": True,
                                                            "extra_fields_behavior": "forbid",
                                                            "hide_input_in_errors": True,
                                                            "title": "Template",
                                                        },
                                                        "ref": "models.viber.Template",
                                                    },
                                                    "required": False,
                                                },
                                                "carousel": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "typed-dict",
                                                        "fields": {
                                                            "items": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "function-wrap",
                                                                    "function": {
                                                                        "type": "no-info",
                                                                        "function": rules.Rules(
                                                                            rules=(rules.Size(low=2, high=5),), most=5
                                                                        ).of_list,
                                                                    },
                                                                    "schema": {
                                                                        "type": "list",
                                                                        "items_schema": {
                                                                            "type": "typed-dict",
                                                                            "fields": {
                                                                                "title": {
                                                                                    "type": "typed-dict-field",
                                                                                    "schema": {
                                                                                        "type": "str",
                                                                                        "min_length": 2,
                                                                                        "max_length": 38,
                                                                                        "pattern": "^[^\\x00]*$",
                                                                                    },
                                                                                    "required": True,
                                                                                },
                                                                                "image_url": {
                                                                                    "type": "typed-dict-field",
                                                                                    "schema": {
                                                                                        "type": "str",
                                                                                        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                                    },
                                                                                    "required": True,
                                                                                },
                                                                                "primary_button": {
                                                                                    "type": "typed-dict-field",
                                                                                    "schema": {
                                                                                        "type": "definition-ref",
                                                                                        "schema_ref": "models.viber.Button",
                                                                                    },
                                                                                    "required": True,
                                                                                },
                                                                                "secondary_button": {
                                                                                    "type": "typed-dict-field",
                                                                                    "schema": {
                                                                                        "type": "definition-ref",
                                                                                        "schema_ref": "models.viber.Button",
                                                                                    },
                                                                                    "required": False,
                                                                                },
                                                                            },
                                                                            "extra_behavior": "forbid",
                                                                            "config": {
                                                                                "strict": True,
                                                                                "extra_fields_behavior": "forbid",
                                                                                "hide_input_in_errors": True,
                                                                                "title": "CarouselItem",
                                                                            },
                                                                            "ref": "models.viber.CarouselItem",
                                                                        },
                                                                    },
                                                                },
                                                                "required": True,
                                                            }
                                                        },
                                                        "extra_behavior": "forbid",
                                                        "config": {
                                                            "strict": True,
                                                            "extra_fields_behavior": "forbid",
                                                            "hide_input_in_errors": True,
                                                            "title": "Carousel",
                                                        },
                                                        "ref": "models.viber.Carousel",
                                                    },
                                                    "required": False,
                                                },
                                            },
                                            "extra_behavior": "forbid",
                                            "config": {
                                                "strict": True,
                                                "extra_fields_behavior": "forbid",
                                                "hide_input_in_errors": True,
                                                "title": "ViberFields",
                                            },
                                            "ref": "models.viber.ViberFields",
                                        },
                                    },
                                    "whatsapp": {
                                        "type": "function-wrap",
                                        "function": {
                                            "type": "no-info",
                                            "function": rules.Rules(
                                                rules=(
                                                    rules.Choice(
                                                        names=(
                                                            "text",
                                                            "image",
                                                            "video",
                                                            "audio",
                                                            "document",
                                                            "sticker",
                                                            "template",
                                                        ),
                                                        low=1,
                                                        high=1,
                                                    ),
                                                    rules.Choice(
                                                        names=(
                                                            "ttl",
                                                            "validity",
                                                        ),
                                                        low=0,
                                                        high=1,
                                                    ),
                                                ),
                                                most=None,
                                            ).of_object,
                                        },
                                        "schema": {
                                            "type": "typed-dict",
                                            "fields": {
                                                "channel": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "literal", "expected": ["whatsapp"]},
                                                    "required": True,
                                                },
                                                "sender": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 1,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                    "required": False,
                                                },
                                                "ttl": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "validity": {
                                                    "type": "typed-dict-field",
                                                    "schema": {"type": "int", "ge": 1, "le": 2147483647},
                                                    "required": False,
                                                },
                                                "text": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "typed-dict",
                                                        "fields": {
                                                            "body": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "str",
                                                                    "min_length": 1,
                                                                    "pattern": "^[^\\x00]*$",
                                                                },
                                                                "required": True,
                                                            },
                                                            "preview_url": {
                                                                "type": "typed-dict-field",
                                                                "schema": {"type": "bool"},
                                                                "required": False,
                                                            },
                                                        },
                                                        "extra_behavior": "forbid",
                                                        "config": {
                                                            "strict": True,
                                                            "extra_fields_behavior": "forbid",
                                                            "hide_input_in_errors": True,
                                                            "title": "TextContent",
                                                        },
                                                        "ref": "models.whatsapp.TextContent",
                                                    },
                                                    "required": False,
                                                },
                                                "image": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(
                                                                    rules.Choice(
                                                                        names=(
                                                                            "id",
                                                                            "link",
                                                                        ),
                                                                        low=1,
                                                                        high=1,
                                                                    ),
                                                                ),
                                                                most=None,
                                                            ).of_object,
                                                        },
                                                        "schema": {
                                                            "type": "typed-dict",
                                                            "fields": {
                                                                "id": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 1,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "link": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "mime_type": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "caption": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                            },
                                                            "extra_behavior": "forbid",
                                                            "config": {
                                                                "strict": True,
                                                                "extra_fields_behavior": "forbid",
                                                                "hide_input_in_errors": True,
                                                                "title": "ImageFields",
                                                            },
                                                            "ref": "models.whatsapp.ImageFields",
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                                "video": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(
                                                                    rules.Choice(
                                                                        names=(
                                                                            "id",
                                                                            "link",
                                                                        ),
                                                                        low=1,
                                                                        high=1,
                                                                    ),
                                                                ),
                                                                most=None,
                                                            ).of_object,
                                                        },
                                                        "schema": {
                                                            "type": "typed-dict",
                                                            "fields": {
                                                                "id": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 1,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "link": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "mime_type": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "caption": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                            },
                                                            "extra_behavior": "forbid",
                                                            "config": {
                                                                "strict": True,
                                                                "extra_fields_behavior": "forbid",
                                                                "hide_input_in_errors": True,
                                                                "title": "VideoFields",
                                                            },
                                                            "ref": "models.whatsapp.VideoFields",
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                                "audio": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(
                                                                    rules.Choice(
                                                                        names=(
                                                                            "id",
                                                                            "link",
                                                                        ),
                                                                        low=1,
                                                                        high=1,
                                                                    ),
                                                                ),
                                                                most=None,
                                                            ).of_object,
                                                        },
                                                        "schema": {
                                                            "type": "typed-dict",
                                                            "fields": {
                                                                "id": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 1,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "link": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "mime_type": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                            },
                                                            "extra_behavior": "forbid",
                                                            "config": {
                                                                "strict": True,
                                                                "extra_fields_behavior": "forbid",
                                                                "hide_input_in_errors": True,
                                                                "title": "UploadFields",
                                                            },
                                                            "ref": "models.whatsapp.UploadFields",
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                                "document": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(
                                                                    rules.Choice(
                                                                        names=(
                                                                            "id",
                                                                            "link",
                                                                        ),
                                                                        low=1,
                                                                        high=1,
                                                                    ),
                                                                ),
                                                                most=None,
                                                            ).of_object,
                                                        },
                                                        "schema": {
                                                            "type": "typed-dict",
                                                            "fields": {
                                                                "id": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 1,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "link": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "mime_type": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "caption": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "file_name": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                            },
                                                            "extra_behavior": "forbid",
                                                            "config": {
                                                                "strict": True,
                                                                "extra_fields_behavior": "forbid",
                                                                "hide_input_in_errors": True,
                                                                "title": "DocumentFields",
                                                            },
                                                            "ref": "models.whatsapp.DocumentFields",
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                                "sticker": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "function-wrap",
                                                        "function": {
                                                            "type": "no-info",
                                                            "function": rules.Rules(
                                                                rules=(
                                                                    rules.Choice(
                                                                        names=(
                                                                            "id",
                                                                            "link",
                                                                        ),
                                                                        low=1,
                                                                        high=1,
                                                                    ),
                                                                ),
                                                                most=None,
                                                            ).of_object,
                                                        },
                                                        "schema": {
                                                            "type": "typed-dict",
                                                            "fields": {
                                                                "id": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 1,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "link": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "mime_type": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {
                                                                            "type": "str",
                                                                            "min_length": 0,
                                                                            "pattern": "^[^\\x00]*$",
                                                                        },
                                                                    },
                                                                    "required": False,
                                                                },
                                                                "animated": {
                                                                    "type": "typed-dict-field",
                                                                    "schema": {
                                                                        "type": "nullable",
                                                                        "schema": {"type": "bool"},
                                                                    },
                                                                    "required": False,
                                                                },
                                                            },
                                                            "extra_behavior": "forbid",
                                                            "config": {
                                                                "strict": True,
                                                                "extra_fields_behavior": "forbid",
                                                                "hide_input_in_errors": True,
                                                                "title": "StickerFields",
                                                            },
                                                            "ref": "models.whatsapp.StickerFields",
                                                        },
                                                    },
                                                    "required": False,
                                                },
                                                "template": {
                                                    "type": "typed-dict-field",
                                                    "schema": {
                                                        "type": "typed-dict",
                                                        "fields": {
                                                            "name": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "str",
                                                                    "min_length": 1,
                                                                    "pattern": "^[^\\x00]*$",
                                                                },
                                                                "required": True,
                                                            },
                                                            "language": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "typed-dict",
                                                                    "fields": {
                                                                        "code": {
                                                                            "type": "typed-dict-field",
                                                                            "schema": {
                                                                                "type": "str",
                                                                                "min_length": 1,
                                                                                "pattern": "^[^\\x00]*$",
                                                                            },
                                                                            "required": True,
                                                                        },
                                                                        "policy": {
                                                                            "type": "typed-dict-field",
                                                                            "schema": {
                                                                                "type": "str",
                                                                                "min_length": 0,
                                                                                "pattern": "^[^\\x00]*$",
                                                                            },
                                                                            "required": False,
                                                                        },
                                                                    },
                                                                    "extra_behavior": "forbid",
                                                                    "config": {
                                                                        "strict": True,
                                                                        "extra_fields_behavior": "forbid",
                                                                        "hide_input_in_errors": True,
                                                                        "title": "Language",
                                                                    },
                                                                    "ref": "models.whatsapp.Language",
                                                                },
                                                                "required": True,
                                                            },
                                                            "components": {
                                                                "type": "typed-dict-field",
                                                                "schema": {
                                                                    "type": "list",
                                                                    "items_schema": {
                                                                        "type": "typed-dict",
                                                                        "fields": {
                                                                            "type": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "str",
                                                                                    "min_length": 1,
                                                                                    "pattern": "^[^\\x00]*$",
                                                                                },
                                                                                "required": True,
                                                                            },
                                                                            "sub_type": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "str",
                                                                                    "min_length": 0,
                                                                                    "pattern": "^[^\\x00]*$",
                                                                                },
                                                                                "required": False,
                                                                            },
                                                                            "index": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "nullable",
                                                                                    "schema": {
                                                                                        "type": "int",
                                                                                        "ge": 0,
                                                                                        "le": 2147483647,
                                                                                    },
                                                                                },
                                                                                "required": False,
                                                                            },
                                                                            "parameters": {
                                                                                "type": "typed-dict-field",
                                                                                "schema": {
                                                                                    "type": "list",
                                                                                    "items_schema": {
                                                                                        "type": "typed-dict",
                                                                                        "fields": {
                                                                                            "type": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "str",
                                                                                                    "min_length": 1,
                                                                                                    "pattern": "^[^\\x00]*$",
                                                                                                },
                                                                                                "required": True,
                                                                                            },
                                                                                            "text": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "str",
                                                                                                    "min_length": 0,
                                                                                                    "pattern": "^[^\\x00]*$",
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "currency": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "typed-dict",
                                                                                                    "fields": {
                                                                                                        "fallback_value": {
                                                                                                            "type": "typed-dict-field",
                                                                                                            "schema": {
                                                                                                                "type": "str",
                                                                                                                "min_length": 1,
                                                                                                                "pattern": "^[^\\x00]*$",
                                                                                                            },
                                                                                                            "required": True,
                                                                                                        },
                                                                                                        "code": {
                                                                                                            "type": "typed-dict-field",
                                                                                                            "schema": {
                                                                                                                "type": "str",
                                                                                                                "min_length": 1,
                                                                                                                "pattern": "^[^\\x00]*$",
                                                                                                            },
                                                                                                            "required": True,
                                                                                                        },
                                                                                                        "amount_1000": {
                                                                                                            "type": "typed-dict-field",
                                                                                                            "schema": {
                                                                                                                "type": "str",
                                                                                                                "min_length": 1,
                                                                                                                "pattern": "^[^\\x00]*$",
                                                                                                            },
                                                                                                            "required": True,
                                                                                                        },
                                                                                                    },
                                                                                                    "extra_behavior": "forbid",
                                                                                                    "config": {
                                                                                                        "strict": True,
                                                                                                        "extra_fields_behavior": "forbid",
                                                                                                        "hide_input_in_errors": True,
                                                                                                        "title": "Currency",
                                                                                                    },
                                                                                                    "ref": "models.whatsapp.Currency",
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "date_time": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "typed-dict",
                                                                                                    "fields": {
                                                                                                        "fallback_value": {
                                                                                                            "type": "typed-dict-field",
                                                                                                            "schema": {
                                                                                                                "type": "str",
                                                                                                                "min_length": 1,
                                                                                                                "pattern": "^[^\\x00]*$",
                                                                                                            },
                                                                                                            "required": True,
                                                                                                        }
                                                                                                    },
                                                                                                    "extra_behavior": "forbid",
                                                                                                    "config": {
                                                                                                        "strict": True,
                                                                                                        "extra_fields_behavior": "forbid",
                                                                                                        "hide_input_in_errors": True,
                                                                                                        "title": "DateTime",
                                                                                                    },
                                                                                                    "ref": "models.whatsapp.DateTime",
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "image": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "function-wrap",
                                                                                                    "function": {
                                                                                                        "type": "no-info",
                                                                                                        "function": rules.Rules(
                                                                                                            rules=(
                                                                                                                rules.Choice(
                                                                                                                    names=(
                                                                                                                        "id",
                                                                                                                        "link",
                                                                                                                    ),
                                                                                                                    low=0,
                                                                                                                    high=1,
                                                                                                                ),
                                                                                                            ),
                                                                                                            most=None,
                                                                                                        ).of_object,
                                                                                                    },
                                                                                                    "schema": {
                                                                                                        "type": "definition-ref",
                                                                                                        "schema_ref": "models.whatsapp.ParameterMediaFields",
                                                                                                    },
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "document": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "function-wrap",
                                                                                                    "function": {
                                                                                                        "type": "no-info",
                                                                                                        "function": rules.Rules(
                                                                                                            rules=(
                                                                                                                rules.Choice(
                                                                                                                    names=(
                                                                                                                        "id",
                                                                                                                        "link",
                                                                                                                    ),
                                                                                                                    low=0,
                                                                                                                    high=1,
                                                                                                                ),
                                                                                                            ),
                                                                                                            most=None,
                                                                                                        ).of_object,
                                                                                                    },
                                                                                                    "schema": {
                                                                                                        "type": "definition-ref",
                                                                                                        "schema_ref": "models.whatsapp.ParameterMediaFields",
                                                                                                    },
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "video": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "function-wrap",
                                                                                                    "function": {
                                                                                                        "type": "no-info",
                                                                                                        "function": rules.Rules(
                                                                                                            rules=(
                                                                                                                rules.Choice(
                                                                                                                    names=(
                                                                                                                        "id",
                                                                                                                        "link",
                                                                                                                    ),
                                                                                                                    low=0,
                                                                                                                    high=1,
                                                                                                                ),
                                                                                                            ),
                                                                                                            most=None,
                                                                                                        ).of_object,
                                                                                                    },
                                                                                                    "schema": {
                                                                                                        "type": "definition-ref",
                                                                                                        "schema_ref": "models.whatsapp.ParameterMediaFields",
                                                                                                    },
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "coupon_code": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "str",
                                                                                                    "min_length": 0,
                                                                                                    "pattern": "^[^\\x00]*$",
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                            "payload": {
                                                                                                "type": "typed-dict-field",
                                                                                                "schema": {
                                                                                                    "type": "str",
                                                                                                    "min_length": 0,
                                                                                                    "pattern": "^[^\\x00]*$",
                                                                                                },
                                                                                                "required": False,
                                                                                            },
                                                                                        },
                                                                                        "extra_behavior": "forbid",
                                                                                        "config": {
                                                                                            "strict": True,
                                                                                            "extra_fields_behavior": "forbid",
                                                                                            "hide_input_in_errors": True,
                                                                                            "title": "Parameter",
                                                                                        },
                                                                                        "ref": "models.whatsapp.Parameter",
                                                                                    },
                                                                                },
                                                                                "required": False,
                                                                            },
                                                                        },
                                                                        "extra_behavior": "forbid",
                                                                        "config": {
                                                                            "strict": True,
                                                                            "extra_fields_behavior": "forbid",
                                                                            "hide_input_in_errors": True,
                                                                            "title": "Component",
                                                                        },
                                                                        "ref": "models.whatsapp.Component",
                                                                    },
                                                                },
                                                                "required": True,
                                                            },
                                                        },
                                                        "extra_behavior": "forbid",
                                                        "config": {
                                                            "strict": True,
                                                            "extra_fields_behavior": "forbid",
                                                            "hide_input_in_errors": True,
                                                            "title": "Template",
                                                        },
                                                        "ref": "models.whatsapp.Template",
                                                    },
                                                    "required": False,
                                                },
                                            },
                                            "extra_behavior": "forbid",
                                            "config": {
                                                "strict": True,
                                                "extra_fields_behavior": "forbid",
                                                "hide_input_in_errors": True,
                                                "title": "WhatsAppFields",
                                            },
                                            "ref": "models.whatsapp.WhatsAppFields",
                                        },
                                    },
                                },
                                "discriminator": "channel",
                                "strict": False,
                                "from_attributes": True,
                            },
                        },
                    },
                    "required": False,
                },
                "time_to_send": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "function-after",
                        "function": {"type": "no-info", "function": checks.iso_8601},
                        "schema": {"type": "str"},
                    },
                    "required": False,
                },
                "priority": {
                    "type": "typed-dict-field",
                    "schema": {"type": "literal", "expected": ["low", "regular", "high"]},
                    "required": False,
                },
                "text_store": {
                    "type": "typed-dict-field",
                    "schema": {"type": "literal", "expected": ["nostore", "plaintext", "sha256"]},
                    "required": False,
                },
                "idempotency_key": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "function-after",
                        "function": {"type": "no-info", "function": checks.key},
                        "schema": {"type": "str"},
                    },
                    "required": False,
                },
                "expires_at": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "function-plain",
                        "function": {"type": "no-info", "function": checks.instant},
                        "json_schema_input_schema": {"type": "any"},
                    },
                    "required": False,
                },
                "on_unknown": {
                    "type": "typed-dict-field",
                    "schema": {"type": "literal", "expected": ["hold", "resend"]},
                    "required": False,
                },
            },
            "extra_behavior": "forbid",
            "config": {
                "strict": True,
                "extra_fields_behavior": "forbid",
                "hide_input_in_errors": True,
                "title": "PayloadFields",
            },
            "ref": "models.omnimessage.PayloadFields",
        },
    },
    "definitions": [
        {
            "type": "typed-dict",
            "fields": {
                "file_url": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "str",
                        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                    },
                    "required": True,
                },
                "force_refresh": {"type": "typed-dict-field", "schema": {"type": "bool"}, "required": True},
                "thumbnail_url": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "nullable",
                        "schema": {
                            "type": "str",
                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                        },
                    },
                    "required": False,
                },
            },
            "extra_behavior": "forbid",
            "config": {
                "strict": True,
                "extra_fields_behavior": "forbid",
                "hide_input_in_errors": True,
                "title": "ContentInfo",
            },
            "ref": "models.rcs.ContentInfo",
        },
        {
            "type": "typed-dict",
            "fields": {
                "title": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "nullable",
                        "schema": {"type": "str", "min_length": 0, "max_length": 200, "pattern": "^[^\\x00]*$"},
                    },
                    "required": False,
                },
                "description": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "nullable",
                        "schema": {"type": "str", "min_length": 0, "max_length": 2000, "pattern": "^[^\\x00]*$"},
                    },
                    "required": False,
                },
                "media": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "typed-dict",
                        "fields": {
                            "height": {
                                "type": "typed-dict-field",
                                "schema": {"type": "literal", "expected": ["SHORT", "MEDIUM", "TALL"]},
                                "required": True,
                            },
                            "content_info": {
                                "type": "typed-dict-field",
                                "schema": {"type": "definition-ref", "schema_ref": "models.rcs.ContentInfo"},
                                "required": True,
                            },
                        },
                        "extra_behavior": "forbid",
                        "config": {
                            "strict": True,
                            "extra_fields_behavior": "forbid",
                            "hide_input_in_errors": True,
                            "title": "Media",
                        },
                        "ref": "models.rcs.Media",
                    },
                    "required": False,
                },
                "suggestions": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "function-wrap",
                        "function": {
                            "type": "no-info",
                            "function": rules.Rules(rules=(rules.Size(low=0, high=4),), most=4).of_list,
                        },
                        "schema": {
                            "type": "list",
                            "items_schema": {
                                "type": "function-wrap",
                                "function": {
                                    "type": "no-info",
                                    "function": rules.Rules(
                                        rules=(
                                            rules.Choice(
                                                names=(
                                                    "reply",
                                                    "action",
                                                ),
                                                low=1,
                                                high=1,
                                            ),
                                        ),
                                        most=None,
                                    ).of_object,
                                },
                                "schema": {"type": "definition-ref", "schema_ref": "models.rcs.SuggestionFields"},
                            },
                        },
                    },
                    "required": False,
                },
            },
            "extra_behavior": "forbid",
            "config": {
                "strict": True,
                "extra_fields_behavior": "forbid",
                "hide_input_in_errors": True,
                "title": "CardContentFields",
            },
            "ref": "models.rcs.CardContentFields",
        },
        {
            "type": "typed-dict",
            "fields": {
                "reply": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "typed-dict",
                        "fields": {
                            "text": {
                                "type": "typed-dict-field",
                                "schema": {"type": "str", "min_length": 1, "max_length": 25, "pattern": "^[^\\x00]*$"},
                                "required": True,
                            },
                            "postback_data": {
                                "type": "typed-dict-field",
                                "schema": {
                                    "type": "str",
                                    "min_length": 1,
                                    "max_length": 2048,
                                    "pattern": "^[^\\x00]*$",
                                },
                                "required": True,
                            },
                        },
                        "extra_behavior": "forbid",
                        "config": {
                            "strict": True,
                            "extra_fields_behavior": "forbid",
                            "hide_input_in_errors": True,
                            "title": "SuggestedReply",
                        },
                        "ref": "models.rcs.SuggestedReply",
                    },
                    "required": False,
                },
                "action": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "function-wrap",
                        "function": {
                            "type": "no-info",
                            "function": rules.Rules(
                                rules=(
                                    rules.Choice(
                                        names=(
                                            "dial_action",
                                            "view_location_action",
                                            "create_calendar_event_action",
                                            "open_url_action",
                                            "share_location_action",
                                        ),
                                        low=1,
                                        high=1,
                                    ),
                                ),
                                most=None,
                            ).of_object,
                        },
                        "schema": {
                            "type": "typed-dict",
                            "fields": {
                                "text": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "str",
                                        "min_length": 1,
                                        "max_length": 25,
                                        "pattern": "^[^\\x00]*$",
                                    },
                                    "required": True,
                                },
                                "postback_data": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "str",
                                        "min_length": 1,
                                        "max_length": 2048,
                                        "pattern": "^[^\\x00]*$",
                                    },
                                    "required": True,
                                },
                                "fallback_url": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "nullable",
                                        "schema": {
                                            "type": "str",
                                            "max_length": 2048,
                                            "pattern": "^[A-Za-z][A-Za-z0-9+.\\-]*:[^\\s\\x00-\\x1f\\x7f]+$",
                                        },
                                    },
                                    "required": False,
                                },
                                "dial_action": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "typed-dict",
                                        "fields": {
                                            "phone_number": {
                                                "type": "typed-dict-field",
                                                "schema": {"type": "str", "pattern": "^\\+[1-9][0-9]{6,14}$"},
                                                "required": True,
                                            }
                                        },
                                        "extra_behavior": "forbid",
                                        "config": {
                                            "strict": True,
                                            "extra_fields_behavior": "forbid",
                                            "hide_input_in_errors": True,
                                            "title": "DialAction",
                                        },
                                        "ref": "models.rcs.DialAction",
                                    },
                                    "required": False,
                                },
                                "view_location_action": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "typed-dict",
                                        "fields": {
                                            "lat_long": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "typed-dict",
                                                    "fields": {
                                                        "latitude": {
                                                            "type": "typed-dict-field",
                                                            "schema": {
                                                                "type": "float",
                                                                "ge": -90,
                                                                "le": 90,
                                                                "allow_inf_nan": False,
                                                            },
                                                            "required": True,
                                                        },
                                                        "longitude": {
                                                            "type": "typed-dict-field",
                                                            "schema": {
                                                                "type": "float",
                                                                "ge": -180,
                                                                "le": 180,
                                                                "allow_inf_nan": False,
                                                            },
                                                            "required": True,
                                                        },
                                                    },
                                                    "extra_behavior": "forbid",
                                                    "config": {
                                                        "strict": True,
                                                        "extra_fields_behavior": "forbid",
                                                        "hide_input_in_errors": True,
                                                        "title": "LatLng",
                                                    },
                                                    "ref": "models.rcs.LatLng",
                                                },
                                                "required": False,
                                            },
                                            "label": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "nullable",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 0,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                },
                                                "required": False,
                                            },
                                            "query": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "nullable",
                                                    "schema": {
                                                        "type": "str",
                                                        "min_length": 0,
                                                        "pattern": "^[^\\x00]*$",
                                                    },
                                                },
                                                "required": False,
                                            },
                                        },
                                        "extra_behavior": "forbid",
                                        "config": {
                                            "strict": True,
                                            "extra_fields_behavior": "forbid",
                                            "hide_input_in_errors": True,
                                            "title": "ViewLocationAction",
                                        },
                                        "ref": "models.rcs.ViewLocationAction",
                                    },
                                    "required": False,
                                },
                                "create_calendar_event_action": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "typed-dict",
                                        "fields": {
                                            "start_time": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "function-after",
                                                    "function": {"type": "no-info", "function": checks.rfc_3339},
                                                    "schema": {"type": "str"},
                                                },
                                                "required": True,
                                            },
                                            "end_time": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "function-after",
                                                    "function": {"type": "no-info", "function": checks.rfc_3339},
                                                    "schema": {"type": "str"},
                                                },
                                                "required": True,
                                            },
                                            "title": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "str",
                                                    "min_length": 1,
                                                    "max_length": 100,
                                                    "pattern": "^[^\\x00]*$",
                                                },
                                                "required": True,
                                            },
                                            "description": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "str",
                                                    "min_length": 1,
                                                    "max_length": 500,
                                                    "pattern": "^[^\\x00]*$",
                                                },
                                                "required": True,
                                            },
                                        },
                                        "extra_behavior": "forbid",
                                        "config": {
                                            "strict": True,
                                            "extra_fields_behavior": "forbid",
                                            "hide_input_in_errors": True,
                                            "title": "CreateCalendarEventAction",
                                        },
                                        "ref": "models.rcs.CreateCalendarEventAction",
                                    },
                                    "required": False,
                                },
                                "open_url_action": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "typed-dict",
                                        "fields": {
                                            "url": {
                                                "type": "typed-dict-field",
                                                "schema": {
                                                    "type": "str",
                                                    "max_length": 2048,
                                                    "pattern": "^[A-Za-z][A-Za-z0-9+.\\-]*:[^\\s\\x00-\\x1f\\x7f]+$",
                                                },
                                                "required": True,
                                            },
                                            "application": {
                                                "type": "typed-dict-field",
                                                "schema": {"type": "literal", "expected": ["BROWSER", "WEBVIEW"]},
                                                "required": True,
                                            },
                                            "description": {
                                                "type": "typed-dict-field",
                                                "schema": {"type": "str", "min_length": 0, "pattern": "^[^\\x00]*$"},
                                                "required": False,
                                            },
                                            "webview_view_mode": {
                                                "type": "typed-dict-field",
                                                "schema": {"type": "literal", "expected": ["FULL", "HALF", "TALL"]},
                                                "required": False,
                                            },
                                        },
                                        "extra_behavior": "forbid",
                                        "config": {
                                            "strict": True,
                                            "extra_fields_behavior": "forbid",
                                            "hide_input_in_errors": True,
                                            "title": "OpenUrlAction",
                                        },
                                        "ref": "models.rcs.OpenUrlAction",
                                    },
                                    "required": False,
                                },
                                "share_location_action": {
                                    "type": "typed-dict-field",
                                    "schema": {
                                        "type": "typed-dict",
                                        "fields": {},
                                        "extra_behavior": "forbid",
                                        "config": {
                                            "strict": True,
                                            "extra_fields_behavior": "forbid",
                                            "hide_input_in_errors": True,
                                            "title": "ShareLocationAction",
                                        },
                                        "ref": "models.rcs.ShareLocationAction",
                                    },
                                    "required": False,
                                },
                            },
                            "extra_behavior": "forbid",
                            "config": {
                                "strict": True,
                                "extra_fields_behavior": "forbid",
                                "hide_input_in_errors": True,
                                "title": "SuggestedActionFields",
                            },
                            "ref": "models.rcs.SuggestedActionFields",
                        },
                    },
                    "required": False,
                },
            },
            "extra_behavior": "forbid",
            "config": {
                "strict": True,
                "extra_fields_behavior": "forbid",
                "hide_input_in_errors": True,
                "title": "SuggestionFields",
            },
            "ref": "models.rcs.SuggestionFields",
        },
        {
            "type": "typed-dict",
            "fields": {
                "label": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "min_length": 1, "pattern": "^[^\\x00]*$"},
                    "required": True,
                },
                "action_url": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "pattern": "^[A-Za-z][A-Za-z0-9+.\\-]*:[^\\s\\x00-\\x1f\\x7f]+$"},
                    "required": True,
                },
            },
            "extra_behavior": "forbid",
            "config": {
                "strict": True,
                "extra_fields_behavior": "forbid",
                "hide_input_in_errors": True,
                "title": "Button",
            },
            "ref": "models.viber.Button",
        },
        {
            "type": "typed-dict",
            "fields": {
                "id": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "min_length": 1, "pattern": "^[^\\x00]*$"},
                    "required": False,
                },
                "link": {
                    "type": "typed-dict-field",
                    "schema": {
                        "type": "str",
                        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\x00-\\x1f\\x7f/?#][^\\s\\x00-\\x1f\\x7f]*$",
                    },
                    "required": False,
                },
                "caption": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "min_length": 0, "pattern": "^[^\\x00]*$"},
                    "required": False,
                },
                "filename": {
                    "type": "typed-dict-field",
                    "schema": {"type": "str", "min_length": 0, "pattern": "^[^\\x00]*$"},
                    "required": False,
                },
            },
            "extra_behavior": "forbid",
            "config": {
                "strict": True,
                "extra_fields_behavior": "forbid",
                "hide_input_in_errors": True,
                "title": "ParameterMediaFields",
            },
            "ref": "models.whatsapp.ParameterMediaFields",
        },
    ],
}
