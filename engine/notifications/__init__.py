"""What the system tells people, written in the transaction of what it tells about. Texts say nothing about anybody."""

from engine.notifications.notices import NoticeRow, Receiver, inbox, mark_read, notify

__all__ = ["NoticeRow", "Receiver", "inbox", "mark_read", "notify"]
