"""A real service whose clocks recur seldom: `python -m tests.chaos.running <service>`.

At ten days in a second a complaint that climbs each week would climb more often than mails can be sent.
"""

import sys
from dataclasses import replace

from services.__main__ import main
from services.sla.actions import policies
from services.sla.domain.policies import Policy, Recurrence

# As far apart as the law allows.
SELDOM = Recurrence(working_days=70, calendar_days=100)


def recur_seldom() -> None:
    policy_of = policies.policy_of

    def seldom(row: policies.PublishedPolicy) -> Policy:
        return replace(policy_of(row), recurrence=SELDOM)

    policies.policy_of = seldom


if __name__ == "__main__":
    recur_seldom()
    sys.exit(main(sys.argv[1:]))
