"""An answer on Discord, and the ways in which the bot can still change it.

Each way ends sooner or later:

1. the token of the interaction, after 15 minutes;
2. the token of the latest press of a button on the message, 15 minutes after that press: the `@original` of a component
   interaction is the message that the component is on;
3. the bot's own token with the message's ID, as long as the bot may see the channel: an answer that isn't ephemeral is
   the bot's own message;
4. a new message in the same channel, which replies to the old one;
5. a direct message.

An answer that only the member sees has only the ways 1, 2 and 5.

Edits are idempotent, so an edit that is interrupted and repeated, in this process or the next, is shown once. New
messages carry a nonce instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import discord
import structlog

from bot.errors import NETWORK_ERRORS, NotPosted, Superseded
from bot.messages.address import Address, Press, message_url
from bot.messages.card import Card
from bot.messages.uploads import opened
from stylizer.pool import FrozenError

log = structlog.get_logger()

REQUEST_LIMIT_BYTES = 25 * 2**20
REQUEST_OVERHEAD_BYTES = 64 * 2**10
"""Reserved for everything in a request besides the files."""
MAX_UPLOAD_BYTES = REQUEST_LIMIT_BYTES - REQUEST_OVERHEAD_BYTES
"""Of all files in one request."""
TOKEN_LIFE = timedelta(minutes=15)
OLD_AFTER = timedelta(minutes=55)
"""Messages older than an hour have their own limit of edits; a little less, because clocks may differ."""

FORBIDDEN, NOT_FOUND = 403, 404
UNKNOWN_MESSAGE = 10008
INVALID_WEBHOOK_TOKEN = 50027
THREAD_IS_ARCHIVED = 50083
NO_REPLY_WITHOUT_HISTORY = 160002
"""A reply needs the permission Read Message History; a plain message doesn't."""

MENTION_NOBODY = discord.AllowedMentions.none()


class _Original:
    """The answer to an interaction, as Discord names it. discord.py expects a number and would quote a string."""

    def __str__(self) -> str:
        return "@original"


ORIGINAL: Any = _Original()


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a card is shown."""

    channel_id: int
    message_id: int
    guild_id: int | None = None
    """None in direct messages."""
    is_new_message: bool = False
    """False for an edit, which notifies nobody."""

    @property
    def url(self) -> str:
        """Link to the message."""
        return message_url(self.guild_id, self.channel_id, self.message_id)


class WayClosed(FrozenError):
    """The message can no longer be edited this way."""

    problem: NotPosted | str
    """A reason of ours, or what Discord says."""


class MessageDeleted(WayClosed):
    """Somebody deleted the message while a token could still edit it."""


class NotAllowed(WayClosed):
    """Discord forbids editing the message with any token: its thread is locked, or a permission is missing.

    This may change.
    """


class Journal:
    """Saves where an answer is, so that the next process finds it again. This one saves nothing."""

    async def record_message(self, message_id: int, channel_id: int | None) -> None:
        """Save which message it is; `channel_id` is None in the channel of the interaction."""

    async def record_press(self, press: Press) -> None:
        """Save the latest press on the message."""

    async def is_wanted(self) -> bool:
        """Whether the answer may still be sent as a new message."""
        return True


class _Token:
    """A token that edits the message while it lives."""

    def __init__(
        self, address: Address, token: str, since: datetime, client: discord.Client, *, is_owners: bool
    ) -> None:
        self.since = since
        self.is_owners = is_owners
        """Whether it is from the owner's own command or press: only that member sees its ephemeral messages."""
        self.is_dead = False
        self.webhook = discord.Webhook.partial(address.application_id, token, client=client)
        self.webhook.type = discord.WebhookType.application  # required for ephemeral messages

    @property
    def works(self) -> bool:
        return not self.is_dead and self.is_fresh

    @property
    def is_fresh(self) -> bool:
        return discord.utils.utcnow() < self.since + TOKEN_LIFE


class Answer:
    """The message that answers one interaction, wherever it is by now."""

    def __init__(
        self,
        address: Address,
        *,
        owner_id: int,
        client: discord.Client,
        journal: Journal,
        message_id: int | None = None,
        message_channel_id: int | None = None,
        press: Press | None = None,
    ) -> None:
        """`message_id`, `message_channel_id` and `press` are what an earlier process saved."""
        self.message_id = message_id
        self.channel_id = message_channel_id or address.channel_id
        self.bot_may_edit = not address.is_private or message_channel_id is not None
        """False if only tokens reach it, and once Discord has refused an edit by the bot's own token."""
        self.old: Answer | None = None
        """The message that a new one has replaced."""
        self._address = address
        self._owner_id = owner_id
        self._client = client
        self._journal = journal
        self._saved_id = message_id
        self._sent_nonce: str | None = None
        """The nonce of the new message that was sent, although perhaps not saved."""
        self._press = press
        self._attachments: dict[str, discord.Attachment] = {}
        self._is_filled = False
        """Whether the message was edited and no longer says "thinking"."""
        self._tokens: list[_Token] = []
        if message_channel_id is None:  # else it is a separate message, which no token can edit
            self._tokens = [_Token(address, address.token, address.asked_at, client, is_owners=True)]
            if press is not None:  # who pressed is no longer known
                self._tokens.insert(0, _Token(address, press.token, press.pressed_at, client, is_owners=False))

    @property
    def has_token(self) -> bool:
        """Whether a token can still edit it."""
        return bool(self._working_tokens())

    @property
    def can_be_edited(self) -> bool:
        """Whether there is any way to edit it."""
        return self.has_token or (self.bot_may_edit and self.message_id is not None)

    @property
    def is_old(self) -> bool:
        """Whether editing it counts against the channel's limit for old messages."""
        return self.message_id is not None and is_old(self.message_id)

    def upload_limit_bytes(self, *, by_token: bool, direct: bool = False) -> int:
        """The largest file that fits in a message sent this way."""
        if by_token:
            return min(self._address.upload_limit_bytes, MAX_UPLOAD_BYTES)
        return upload_limit_bytes(None if direct else self._client.get_guild(self._address.guild_id or 0))

    def pressed(self, press: Press, *, by: int) -> None:
        """Use the token of an acknowledged press: it is the freshest one from now on."""
        self._press = press
        token = _Token(self._address, press.token, press.pressed_at, self._client, is_owners=by == self._owner_id)
        self._tokens = [token, *(other for other in self._tokens if other.is_fresh)]

    async def edit_by_token(self, card: Card) -> Shown:
        """Edit it by the freshest token that works. Raises `WayClosed`, `NotAllowed` or `MessageDeleted`."""
        problem: NotPosted | str = NotPosted.INTERACTION_OVER
        is_deleted = False
        for token in self._working_tokens():
            # discord.py's types don't allow clearing everything that can't be combined with a layout, as Discord
            # requires.
            edit: Callable[..., Awaitable[discord.WebhookMessage]] = token.webhook.edit_message
            try:
                with self._edited(card) as changes:
                    message = await edit(ORIGINAL, **changes)
            except discord.HTTPException as error:
                if not is_closed(error):
                    raise
                if _is_forbidden(error):
                    raise NotAllowed(said_by_discord(error)) from error
                token.is_dead = True
                problem, is_deleted = said_by_discord(error), error.code == UNKNOWN_MESSAGE
            else:
                return await self._note(message)
        raise MessageDeleted(problem) if is_deleted else WayClosed(problem)

    async def edit_as_bot(self, card: Card) -> Shown:
        """Edit it by its ID. Raises `WayClosed`."""
        if self.message_id is None or not self.bot_may_edit:
            raise WayClosed(NotPosted.NOT_EDITABLE)
        try:
            with self._edited(card) as changes:
                message = await self.partial(self.message_id).edit(**changes)
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            if _is_forbidden(error):
                raise NotAllowed(said_by_discord(error)) from error
            # This doesn't prove that it was deleted: only tokens reach a message that was forced to be ephemeral.
            self.bot_may_edit = False
            raise WayClosed(said_by_discord(error)) from error
        return await self._note(message)

    async def post(self, card: Card, *, nonce: str) -> Shown:
        """Send the card as a new message in the same channel; it is the answer from now on. Raises `WayClosed`."""
        if self._address.is_private:
            raise WayClosed(NotPosted.INTERACTION_OVER)
        return await self._send_new(self._address.channel_id, card, nonce=nonce)

    async def send_to_owner(self, card: Card, *, nonce: str) -> Shown:
        """Send the card as a direct message; it is the answer from now on. Raises `WayClosed`."""
        try:
            owner = await self._client.fetch_user(self._owner_id)
            direct = await owner.create_dm()
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            raise WayClosed(said_by_discord(error)) from error
        return await self._send_new(direct.id, card, nonce=nonce)

    async def reply(self, text: str, shown: Shown, *, mention_id: int, nonce: str) -> None:
        """Reply to the message with a text that mentions one member; only they see it if only they see the message.

        Raises Discord's errors.
        """
        message: dict[str, Any] = {
            "content": text,
            "allowed_mentions": discord.AllowedMentions(
                everyone=False, roles=False, users=[discord.Object(mention_id)], replied_user=False
            ),
        }
        if self._address.is_private:
            for token in self._working_tokens()[:1]:
                await token.webhook.send(**message, ephemeral=True)
            return
        try:
            await self._send(shown.channel_id, shown.message_id, nonce=nonce, **message)
        except discord.HTTPException as error:
            tokens = self._working_tokens()
            if not tokens or not is_closed(error):
                raise
            await tokens[0].webhook.send(**message)

    async def replace_with_ephemeral(self, sentence: str) -> bool:
        """Send an ephemeral message and delete this one; False if the member can't be told that way."""
        token = next((token for token in self._working_tokens() if token.is_owners), None)
        if token is None:
            return False
        try:
            if not self._is_filled:
                # A follow-up would replace the text "thinking", and be just as public: so fill that message first.
                # Discord refuses that for a card that an earlier process has shown.
                with suppress(discord.HTTPException):
                    await token.webhook.edit_message(ORIGINAL, content="…", allowed_mentions=MENTION_NOBODY)
            await token.webhook.send(sentence, ephemeral=True)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.warning("message.not_replaced", problem=str(error))
            return False
        try:
            await token.webhook.delete_message(ORIGINAL)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:  # it reveals nothing
            log.info("message.not_deleted", problem=str(error))
        return True

    async def send_ephemeral(self, sentence: str) -> None:
        """Send a message that only the member sees, if that is still possible."""
        for token in [token for token in self._tokens if token.is_fresh and token.is_owners]:
            try:
                await token.webhook.send(sentence, ephemeral=True)
            except (discord.HTTPException, *NETWORK_ERRORS) as error:
                log.info("message.ephemeral_lost", problem=str(error))
            else:
                return

    def _working_tokens(self) -> list[_Token]:
        """The freshest first."""
        return [token for token in self._tokens if token.works]

    def partial(self, message_id: int) -> discord.PartialMessage:
        """A message of the answer's channel, by its ID."""
        return self._channel(self.channel_id).get_partial_message(message_id)

    def _channel(self, channel_id: int) -> discord.PartialMessageable:
        guild_id = self._address.guild_id if channel_id == self._address.channel_id else None
        return self._client.get_partial_messageable(channel_id, guild_id=guild_id)

    @contextmanager
    def _edited(self, card: Card) -> Iterator[dict[str, Any]]:
        """The card as an edit of the message; files that it already has are not sent again. Raises as `opened` does."""
        with opened(file for file in card.files if file.name not in self._attachments) as uploads:
            attachments = [self._attachments.get(file.name) or uploads[file.name] for file in card.files]
            yield {**cleared(card), "attachments": attachments}

    async def _send_new(self, channel_id: int, card: Card, *, nonce: str) -> Shown:
        if self._sent_nonce == nonce and self.message_id is not None and self.channel_id == channel_id:
            return replace(await self._save(), is_new_message=True)
        if not await self._journal.is_wanted():
            raise Superseded
        try:
            message = await self._send(
                channel_id,
                self.message_id if channel_id == self.channel_id else None,
                view=card.view,
                card=card,
                allowed_mentions=MENTION_NOBODY,
                nonce=nonce,
            )
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            raise WayClosed(said_by_discord(error)) from error
        self._sent_nonce = nonce
        if self.message_id not in {None, message.id}:
            self.old = self._as_replaced()
        self._tokens = []  # they can edit only the old message
        self.channel_id = channel_id
        self.bot_may_edit = True
        return replace(await self._note(message), is_new_message=True)

    def _as_replaced(self) -> Answer:
        """A copy of this answer for a last edit, about which nothing is saved any more."""
        return Answer(
            self._address,
            owner_id=self._owner_id,
            client=self._client,
            journal=Journal(),
            message_id=self.message_id,
            message_channel_id=self._other_channel_id,
            press=self._press,
        )

    async def _send(
        self, channel_id: int, replied_to: int | None, *, card: Card | None = None, **message: Any
    ) -> discord.Message:
        """Send a new message, as a reply where the bot may reply."""

        async def send(**replying: Any) -> discord.Message:
            if card is None:
                return await channel.send(**replying, **message)
            with opened(card.files) as uploads:
                return await channel.send(**replying, **message, files=list(uploads.values()))

        channel = self._channel(channel_id)
        if replied_to is not None:
            reference = discord.MessageReference(message_id=replied_to, channel_id=channel_id, fail_if_not_exists=False)
            try:
                return await send(reference=reference, mention_author=False)
            except discord.HTTPException as error:
                if error.code != NO_REPLY_WITHOUT_HISTORY:
                    raise
        return await send()

    async def _note(self, message: discord.Message) -> Shown:
        self._is_filled = True
        self._attachments = {attachment.filename: attachment for attachment in message.attachments}
        self.message_id = message.id
        return await self._save()

    async def _save(self) -> Shown:
        """Save which message it is, unless that is already saved."""
        message_id = self.message_id or 0
        if message_id != self._saved_id:
            await self._journal.record_message(message_id, self._other_channel_id)
            self._saved_id = message_id
        guild_id = None if self._other_channel_id is not None else self._address.guild_id
        return Shown(self.channel_id, message_id, guild_id)

    @property
    def _other_channel_id(self) -> int | None:
        """The channel that it is in, if not the channel of the interaction."""
        return None if self.channel_id == self._address.channel_id else self.channel_id


def is_closed(error: discord.HTTPException) -> bool:
    """Whether this way is closed: Discord forbids it, or no longer knows the channel, the message or the token."""
    return _is_forbidden(error) or error.status == NOT_FOUND or error.code == INVALID_WEBHOOK_TOKEN


def _is_forbidden(error: discord.HTTPException) -> bool:
    return error.status == FORBIDDEN or error.code == THREAD_IS_ARCHIVED


def upload_limit_bytes(guild: discord.Guild | None) -> int:
    """The largest file that fits in a message of the bot's on a server, or elsewhere."""
    limit_bytes = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else int(guild.filesize_limit)
    return min(limit_bytes, MAX_UPLOAD_BYTES)


def is_old(message_id: int) -> bool:
    """Whether editing the message counts against its channel's limit for old messages."""
    return discord.utils.utcnow() - discord.utils.snowflake_time(message_id) > OLD_AFTER


def cleared(card: Card) -> dict[str, Any]:
    """An edit that shows the card's layout, and clears everything that can't be combined with a layout."""
    return {"content": None, "embeds": [], "view": card.view, "allowed_mentions": MENTION_NOBODY}


def said_by_discord(error: discord.HTTPException) -> NotPosted | str:
    """What Discord says about an error, in its own words, if it says anything."""
    return error.text or NotPosted.NO_REASON
