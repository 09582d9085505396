"""What the timeline says, in the templates."""

from django import template

from patients.language import say

register = template.Library()
register.filter("say", say)
