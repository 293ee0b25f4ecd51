"""Requests: messages by which a seat is asked for an act, and what closes each."""

from collections.abc import Mapping

from services.notify.domain.acts import CONTRIBUTED, ENDS, NEEDLESS_AFTER
from services.notify.domain.recipients import RECIPIENTS, REPORTER
from services.notify.domain.withdrawals import ANNOUNCED

# A seat that is asked for an act has another above it. What sla announces it passes on and takes back itself.
REQUESTS: Mapping[str, str] = {
    rule.template: rule.above
    for rules in RECIPIENTS.values()
    for rule in rules
    if rule.above and rule.field != REPORTER and rule.template not in ANNOUNCED
}
# A new leader of the holder gets the news, even if the agency has acted. A claim skips messages about a former holder.
NEWS = "for_leader"
# What closes each request, by the templates that tell of it; of a contribution the one under the same number.
CLOSED_BY: Mapping[str, frozenset[str]] = {
    **{template: NEEDLESS_AFTER[template] for template in REQUESTS},
    "asked_to_contribute": NEEDLESS_AFTER["asked_to_contribute"] | {CONTRIBUTED},
    NEWS: NEEDLESS_AFTER[NEWS] | ENDS,
}
# Routing makes these anew when it moves the case of an agency that has left; it sends a draft of that agency back.
_WITH_THE_CASE = frozenset(
    {
        "to_verify",
        "to_verify_again",
        "to_follow_up",
        "reopened_for_seat",
        "upheld_for_seat",
        "annulled_for_seat",
        "ordered",
        "urgent",
        "sensitive",
    }
)
MOVING = frozenset(REQUESTS[template] for template in (*_WITH_THE_CASE, "to_approve"))
# What closes each request that is left behind in this way, to a seat or to the one above.
STAYING: Mapping[str, frozenset[str]] = {
    each: CLOSED_BY[template]
    for template, above in REQUESTS.items()
    for each in (template, above)
    if each not in _WITH_THE_CASE
}
