"""What allows an agency to be told of a case: agreements, duties, vital interest; and the pause she may ask for."""
