"""When an agency is open, and how lengths of time are counted: pure arithmetic, and the rows that it reads.

opening.py         hours of a day as people write them: "09:00-13:00 14:00-18:00"
national.py        the national holidays of Italy
calendar.py        one agency's calendar: open stretches as instants, through both changes of the clocks
lengths.py         the four clocks, H, GC, GCL and GL, and when a length of one of them is over
models.py          rows: areas, timetables, dated days
timetables.py      an agency's calendar out of the rows: its own, its area's, its network's
administration.py  what the administrator of a network does with them
"""
