"""Who takes part: networks, agencies, people with their memberships, what they may do, and how they log in."""
