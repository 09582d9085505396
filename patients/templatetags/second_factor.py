"""Who needs a second step, for the page on which it is set up."""

from django import template

from patients.permissions import needs_second_factor

register = template.Library()
register.filter("needs_second_factor", needs_second_factor)
