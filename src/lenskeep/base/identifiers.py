"""Identifiers as distinct types, so that a device's cannot be handed over for an enrollment's."""

from typing import NewType

DeviceId = NewType("DeviceId", str)
"""Our record of one headset (`dev_...`). Not the DevId that a headset claims for itself."""

EnrollmentId = NewType("EnrollmentId", str)
"""One life of a headset under management (`enr_...`)."""

CertificateId = NewType("CertificateId", str)
OperationId = NewType("OperationId", str)
AccountId = NewType("AccountId", str)
CodeId = NewType("CodeId", str)
AdminId = NewType("AdminId", str)
TokenId = NewType("TokenId", str)

ProfileId = NewType("ProfileId", str)
"""A profile (`prf_...`); with a number it is one of its revisions."""

GroupId = NewType("GroupId", str)
"""A group of devices (`grp_...`)."""

AssignmentId = NewType("AssignmentId", str)
"""One profile assigned to one group (`asg_...`)."""
