"""What a payload may be, as pydantic models: Messente's OpenAPI 2.1.0, with each limit and "exactly one of" in prose.

They are read when something is made of them, and never by the function itself: building validators of them would be a
quarter of its cold start. `make schema` writes messente_rcs/payload/schema.py, and `make openapi` openapi.json.
"""
