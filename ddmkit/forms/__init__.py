"""Forms ask: a restore from choosing to results on one page, and each step as a form of its own that yields one model.

Made of core ipywidgets; every form works from Python without a page. ``RestoreForm(kit)`` is the whole.
"""

from ddmkit.forms.records import RecordForm
from ddmkit.forms.restore import RestoreForm
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.target import TargetForm
from ddmkit.forms.steps.watch import JobProgress

__all__ = ["InstanceForm", "JobProgress", "PlanReview", "PointForm", "RecordForm", "RestoreForm", "TargetForm"]
