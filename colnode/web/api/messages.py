"""A person's messages over the API, and what they switched on and off."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.identity import notifications
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.rendering import error_text

__all__ = ["bp"]

bp = Blueprint("api_messages", __name__)


class MessageQuery(BaseModel):
    """`before` is the id of the last message that was seen."""

    before: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class MessageItem(BaseModel):
    """One message. `read_at` is null while it is new."""

    id: str
    kind: str
    subject: str
    text: str
    url: str
    created_at: datetime
    read_at: datetime | None


class MessageList(BaseModel):
    """Messages, newest first."""

    items: list[MessageItem]


class ChoiceItem(BaseModel):
    """One kind of message, and whether it comes to the page and by mail."""

    kind: str
    label: str
    on_page: bool
    by_mail: bool


class ChoiceList(BaseModel):
    """Every kind of message."""

    items: list[ChoiceItem]


class ChoiceRequest(BaseModel):
    """What somebody wants of one kind of message."""

    on_page: bool
    by_mail: bool


@bp.route("/me/messages")
@require("account.use")
@operation(tag="account", query=MessageQuery, response=MessageList)
def list_messages(query: MessageQuery) -> MessageList:
    """List the person's messages."""
    found = notifications.list_notifications(
        current_node(), current_person_id(), before=query.before, limit=query.limit
    )
    return MessageList(
        items=[MessageItem.model_validate(item, from_attributes=True) for item in found]
    )


@bp.route("/me/messages/read", methods=["POST"])
@require("account.use")
@operation(tag="account")
def mark_messages_read() -> None:
    """Mark all messages as read."""
    notifications.mark_read(current_node(), current_person_id())


@bp.route("/me/message-choices")
@require("account.use")
@operation(tag="account", response=ChoiceList)
def list_message_choices() -> ChoiceList:
    """List the kinds of messages and what the person chose."""
    return ChoiceList(
        items=[
            ChoiceItem(
                kind=choice.kind.name,
                label=error_text(choice.kind.label, {}),
                on_page=choice.on_page,
                by_mail=choice.by_mail,
            )
            for choice in notifications.choices_of(current_node(), current_person_id())
        ]
    )


@bp.route("/me/message-choices/<kind>", methods=["PUT"])
@require("account.use")
@operation(tag="account", body=ChoiceRequest)
def choose_messages(kind: str, json: ChoiceRequest) -> None:
    """Switch one kind of message on or off, each way."""
    notifications.choose(
        current_node(), current_person_id(), kind, on_page=json.on_page, by_mail=json.by_mail
    )
