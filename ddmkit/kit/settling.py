"""Going on with what is on record: follow a restore or recovery, and decide an unknown outcome."""

from __future__ import annotations

from ddmkit.handles.job import RestoreJob
from ddmkit.handles.record import Record
from ddmkit.handles.records import records_on_errors
from ddmkit.handles.recovery.desk import RECOVERY_KINDS
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.kit.recovering import Recovering
from ddmkit.kit.restoring import Restoring
from ddmkit.recovery.run.password import GivenPassword
from ddmkit.restore.step import step_of
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.reconcile import adopt
from ddmkit.sending.release import release

__all__ = ["Settling"]


class Settling(Restoring, Recovering):
    """What ``Kit`` does with a recorded restore or recovery."""

    def resume(self, record: Record | str, *, node_password: GivenPassword | None = None) -> RestoreJob | RecoveryRun:
        """Return the job of a recorded restore, or the run of a recorded recovery, in any kernel on any machine.

        Nothing is sent. What a lost answer has started is searched for. ``node_password`` is for a recovery that still has
        to request a node: ``run.wait()`` goes on with it.

        Raises ``UnknownOutcomeError`` when nobody can tell whether the restore was started, and ``InputError`` when it was
        not started, or when the record is of another service or project. The outcome of an imported record is not decided
        here.
        """
        with records_on_errors(lambda: self.records):
            run_id = self._find_run(record)
            if self._is_recovery(run_id):
                self._require_run_here(self._context.store.get(run_id))
                return self._recoveries.resume(run_id, node_password)
            write_down_not_sent(self._context)
            return self._open_job(run_id)

    def adopt(self, record: Record | str, job_id: str, *, step: str = "") -> RestoreJob | RecoveryRun:
        """Record, after an unknown outcome, that this was the job of the restore; the operator's name is recorded too.

        For a recovery, ``step`` names the step, and the id is that of the instance where the step makes one.
        """
        run_id = self._find_own_run(record)
        if self._is_recovery(run_id):
            return self._recoveries.adopt(run_id, step, job_id)
        with records_on_errors(lambda: self.records):
            sent = step_of(self._context.store.get(run_id), self._context)
            adopt(sent, run_id, job_id, self._context, operator=self._operator)
        return RestoreJob(run_id, self._context)

    def release(self, record: Record | str, *, reason: str, confirm: str, step: str = "") -> Record:
        """Record, after an unknown outcome, that nothing was started; the target is free for a new plan again.

        The target is read again first. This also closes a run whose job the service does not know any more (it forgets
        jobs after 30 days).

        Args:
            record: The record, or its id.
            reason: How you know that nothing was started.
            confirm: The exact name of the target; for most steps of a recovery that of the source.
            step: The step, for a recovery.

        Returns:
            The closed record, or that of the recovery.

        Raises:
            NotReadyError: Something seems to have been started, or the request may still be on its way: within two minutes
                of its claim, by the service's clock.
            NotConfirmedError: The reason or the exact name is missing.
            InputError: The run has ended, or was never sent.
        """
        run_id = self._find_own_run(record)
        if self._is_recovery(run_id):
            return self._recoveries.release(run_id, step, reason, confirm).record
        with records_on_errors(lambda: self.records):
            # When this program itself knew that nothing was sent, the target is free already and nobody has to decide.
            if run_id not in write_down_not_sent(self._context):
                sent = step_of(self._context.store.get(run_id), self._context)
                release(sent, run_id, self._context, reason=reason, confirm=confirm, operator=self._operator)
        return self.records.get(run_id)

    def _is_recovery(self, run_id: str) -> bool:
        return self._context.store.get(run_id).header.kind in RECOVERY_KINDS
