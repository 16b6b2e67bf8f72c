"""Forms for a notebook: ``RestoreForm(kit)`` is a whole restore on one page, and each step is also a form of its own.

``RecoveryForm(kit)`` is a whole recovery: it makes the data nodes and the target first. ``FleetForm(kit)`` is many of
either, as one table.

Each form has one ``value``. The forms are made of core ipywidgets, and every form also works from Python without a page.
"""

from ddmkit.forms.fleet import FleetForm
from ddmkit.forms.records import RecordForm
from ddmkit.forms.recovery import RecoveryForm
from ddmkit.forms.restore import RestoreForm
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.target import TargetForm
from ddmkit.forms.steps.watch import JobProgress

__all__ = [
    "FleetForm",
    "InstanceForm",
    "JobProgress",
    "PlanReview",
    "PointForm",
    "RecordForm",
    "RecoveryForm",
    "RestoreForm",
    "TargetForm",
]
