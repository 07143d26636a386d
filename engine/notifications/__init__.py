"""What the system tells people, written in the transaction of what it tells about. Texts say nothing about anybody."""
