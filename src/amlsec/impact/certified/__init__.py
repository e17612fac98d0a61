"""Linear models at their exact optimum: what more rows do to them, by Newton steps with proven bounds."""
