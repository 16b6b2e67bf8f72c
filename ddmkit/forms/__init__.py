"""Forms ask: a restore from choosing to results on one page, and each step as a form of its own that yields one model.

Made of core ipywidgets; every form works from Python without a page. ``RestoreForm(kit)`` is the whole.
"""

from ddmkit.forms.browser import RecordBrowser
from ddmkit.forms.choose import InstanceForm
from ddmkit.forms.point import PointForm
from ddmkit.forms.restore import RestoreForm
from ddmkit.forms.review import PlanReview
from ddmkit.forms.target import TargetForm
from ddmkit.forms.watch import JobWatch

__all__ = ["InstanceForm", "JobWatch", "PlanReview", "PointForm", "RecordBrowser", "RestoreForm", "TargetForm"]
