"""Holding credits for a revision of an item, and charging them or giving them back.

Credits are held before any paid work, in one conditional transaction, so work can't be done on
credit that is not there. A hold ends once. What is charged is named by the photo and the recipe:
a revision that only makes again what was charged already, because its outputs were lost or a
recipe came back, is not charged again.
"""

from datetime import datetime

from opal.credits.accounts import BALANCE, job_account, month_account, month_of, post
from opal.credits.budgets import Limits, refusal
from opal.credits.documents import (
    Charge,
    Entry,
    Hold,
    HoldStatus,
    Reason,
    entry_id,
    ledger_of,
    new_entry,
)
from opal.errors import DependencyDown
from opal.state.contract import (
    AlreadyExists,
    ConditionFailed,
    Create,
    Operation,
    Patch,
    Replace,
    StateStore,
    Stored,
)
from opal.state.transition import racing
