"""What the system tells people, written in the transaction of what it tells about. Texts say nothing about anybody."""

from engine.notifications.notices import (
    NoticeRow,
    Receiver,
    about_step,
    inbox,
    mark_read,
    notify,
    notify_people,
)

__all__ = ["NoticeRow", "Receiver", "about_step", "inbox", "mark_read", "notify", "notify_people"]
