"""Holds what the fake answers, and what it is asked, against aiogram's types. Without aiogram nothing is judged."""

try:
    import pydantic
    from aiogram import methods
except ImportError:
    methods = None

IS_THERE = methods is not None
METHODS = {"getMe": "GetMe", "getUpdates": "GetUpdates", "sendMessage": "SendMessage",
           "editMessageText": "EditMessageText", "answerCallbackQuery": "AnswerCallbackQuery"}
_responses = {}


def faults(method, parameters, document):
    """What is wrong with the exchange, in words; empty: nothing."""
    if not IS_THERE or method not in METHODS:
        return ""
    asked = getattr(methods, METHODS[method])
    if method not in _responses:
        _responses[method] = pydantic.TypeAdapter(methods.Response[asked.__returning__])
    try:
        _responses[method].validate_python(document)
        unknown = set(parameters) - set(asked.model_fields)
        asked.model_validate(parameters)
        return f"{method} has no {sorted(unknown)}" if unknown else ""
    except pydantic.ValidationError as error:
        return f"{method}: {error}"
