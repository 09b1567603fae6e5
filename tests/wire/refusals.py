"""Discord's errors: HTTP status, error code and message."""

from __future__ import annotations

from enum import Enum


class Refusal(Enum):
    """Discord's errors as (HTTP status, code, message)."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    BAD_CONTENT_TYPE = (400, 0, "Expected \"Content-Type\" header to be one of {'application/json'}.")
    RATE_LIMITED = (429, 0, "You are being rate limited.")
    SERVER_ERROR = (500, 0, "500: Internal Server Error")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    FILE_TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    TOO_MANY_FOLLOW_UPS = (400, 40094, "This interaction has reached its maximum number of follow up messages.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    NOT_YOUR_MESSAGE = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_MESSAGE_USER = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    NO_REPLY_WITHOUT_HISTORY = (400, 160002, "Cannot reply without permission to read message history")
    TOO_MANY_OLD_EDITS = (429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later")
    NO_MUTUAL_GUILD = (403, 50278, "Cannot send messages to this user")

    def __init__(self, status: int, code: int, sentence: str) -> None:
        self.status = status
        self.code = code
        self.sentence = sentence


class Refused(Exception):
    """A request that Discord rejects; `field` and `problem` go into the response's `errors`."""

    def __init__(self, refusal: Refusal, *, field: str | None = None, problem: str | None = None) -> None:
        super().__init__(refusal, field, problem)
        self.refusal = refusal
        self.field = field
        self.problem = problem

    @property
    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"message": self.refusal.sentence, "code": self.refusal.code}
        if self.field is not None:
            body["errors"] = {self.field: {"_errors": [{"code": "BASE_TYPE_INVALID", "message": self.problem}]}}
        return body


def invalid_form(field: str, problem: str) -> Refused:
    """Return error 50035 for a field."""
    return Refused(Refusal.INVALID_FORM, field=field, problem=problem)
