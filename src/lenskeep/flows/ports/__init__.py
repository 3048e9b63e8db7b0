"""The narrow questions that flows ask of the store. `app` decides who answers.

Every write takes its Audit line (where a person or device caused it) and commits it with the
change. Lists are paged by cursor: an opaque text from the page before.
"""

from lenskeep.flows.ports.authority import AuthorityFiles, Living, LivingStore
from lenskeep.flows.ports.conversation import (
    ConversationStore,
    Conversed,
    DeviceHead,
    Due,
    Glance,
    Learned,
    Loaded,
    MessageKey,
)
from lenskeep.flows.ports.enrollment import (
    Enrolled,
    EnrollmentStore,
    Issued,
    NewEnrollment,
    Renewable,
)
from lenskeep.flows.ports.entry import (
    AttemptStore,
    AutopilotStore,
    DocumentStore,
    ItemStore,
    TicketStore,
)
from lenskeep.flows.ports.fleet import MAX_OPEN, DeviceDetail, FleetCounts, FleetStore
from lenskeep.flows.ports.housekeeping import (
    HousekeepingStore,
    Lease,
    LeaseLost,
    LeaseStore,
    Retention,
    Serving,
    Stumble,
    Stumbled,
    StumbleStore,
    WorkerStore,
)
from lenskeep.flows.ports.leaving import LeavingStore
from lenskeep.flows.ports.mandate import (
    MandateChange,
    Mandated,
    MandateStore,
    Rehearser,
    RolloutStore,
    StandingStore,
    Stood,
    Tried,
    Wanting,
)
from lenskeep.flows.ports.outside import (
    Begun,
    KeySource,
    Looked,
    NameProbe,
    ProviderSettings,
    SignIn,
    Vouched,
)
from lenskeep.flows.ports.people import AdminChange, PasswordHasher, PeopleStore

__all__ = [
    "MAX_OPEN",
    "AdminChange",
    "AttemptStore",
    "AuthorityFiles",
    "AutopilotStore",
    "Begun",
    "ConversationStore",
    "Conversed",
    "DeviceDetail",
    "DeviceHead",
    "DocumentStore",
    "Due",
    "Enrolled",
    "EnrollmentStore",
    "FleetCounts",
    "FleetStore",
    "Glance",
    "HousekeepingStore",
    "Issued",
    "ItemStore",
    "KeySource",
    "Learned",
    "Lease",
    "LeaseLost",
    "LeaseStore",
    "LeavingStore",
    "Living",
    "LivingStore",
    "Loaded",
    "Looked",
    "MandateChange",
    "MandateStore",
    "Mandated",
    "MessageKey",
    "NameProbe",
    "NewEnrollment",
    "PasswordHasher",
    "PeopleStore",
    "ProviderSettings",
    "Rehearser",
    "Renewable",
    "Retention",
    "RolloutStore",
    "Serving",
    "SignIn",
    "StandingStore",
    "Stood",
    "Stumble",
    "StumbleStore",
    "Stumbled",
    "TicketStore",
    "Tried",
    "Vouched",
    "Wanting",
    "WorkerStore",
]
