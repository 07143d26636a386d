"""Who answers for a service when its offices are closed: rosters, their shifts, and who is on call at an instant.

models.py     rows: a roster is of one service, in an area or in the whole network; a shift has a first and a second
on_call.py    who is to be called at an instant, down to the coordination: never nobody in silence
coverage.py   what is wrong with shifts: time that nobody covers, people in two places, too many nights
planning.py   writing shifts, publishing them, withdrawing them
swaps.py      asking a colleague to take a shift; it changes when she accepts
week.py       a week of a roster as the page draws it
"""
