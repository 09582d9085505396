"""What the timeline says, in the templates."""

from django import template

from patients import server_log
from patients.language import say

register = template.Library()
register.filter("say", say)
register.simple_tag(server_log.request_id, name="request_id")
