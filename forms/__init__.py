"""What a form is: a pure library, plus the catalogue of forms that are deployed with the diagrams."""
