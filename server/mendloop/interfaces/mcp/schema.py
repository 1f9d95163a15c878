"""The schemas that clients are told, in as few words as say everything."""

from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel

Schema = dict[str, Any]

_SIMPLE: Final = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
}


def argument_schema(schema: Schema) -> Schema:
    """Pydantic's schema of some arguments, closed, and without what says nothing.

    That is: generated titles, and null for what may as well be left out.
    """
    return {**cast("Schema", _plain(schema)), "additionalProperties": False}


def answer_schema(model: type[BaseModel]) -> Schema:
    """The schema of an answer. It is open: later versions may say more.

    Written here rather than by pydantic, which takes as long for eleven answers as the SDK takes to
    make a whole server, and says five times as much.
    """
    parts: dict[str, Schema] = {}
    schema = {**_object(model, parts), "required": ["next"]}
    return {**schema, "$defs": parts} if parts else schema


def _object(model: type[BaseModel], parts: dict[str, Schema]) -> Schema:
    properties: Schema = {}
    for name, field in model.model_fields.items():
        schema = _of(field.annotation, parts)
        properties[name] = (
            {**schema, "description": field.description} if field.description else schema
        )
    return {"type": "object", "properties": properties}


def _of(annotation: object, parts: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return _one_of([each for each in arguments if each is not NoneType], parts)
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], parts)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], parts)}
    if annotation is Any:
        return {}
    return _named(cast("type[Any]", annotation), parts)


def _one_of(choices: list[Any], parts: dict[str, Schema]) -> Schema:
    # of several choices only int | float occurs: a number
    return _of(choices[-1], parts)


def _named(annotation: type[Any], parts: dict[str, Schema]) -> Schema:
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    name = annotation.__name__
    if name not in parts:
        if issubclass(annotation, BaseModel):
            parts[name] = _object(annotation, parts)
        elif issubclass(annotation, Enum):
            parts[name] = {"type": "string", "enum": [each.value for each in annotation]}
        else:
            raise TypeError(f"{name} is nothing that an answer can hold")
    return {"$ref": f"#/$defs/{name}"}


def _plain(schema: object) -> object:
    if isinstance(schema, list):
        return [_plain(part) for part in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: _properties(value) if key in {"properties", "$defs"} else _plain(value)
        for key, value in cast("dict[str, object]", schema).items()
        if key != "title" and not (key == "default" and value is None)
    }
    return _without_null(plain)


def _properties(properties: object) -> object:
    # a property may be called title, too
    return {key: _plain(value) for key, value in cast("dict[str, object]", properties).items()}


def _without_null(schema: dict[str, object]) -> dict[str, object]:
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    kept = [choice for choice in cast("list[object]", choices) if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(kept) == 1:
        return {**cast("dict[str, object]", kept[0]), **rest}
    return {**rest, "anyOf": kept}
