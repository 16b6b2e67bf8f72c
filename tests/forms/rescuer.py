"""A person who walks through the form of a whole recovery by its widgets."""

from ddmkit.forms.logic.wizard_state import Step

PASSWORD = "Canary-7-ofTheNodes"


class Rescuer:
    """Presses and types, and waits until the form has answered."""

    def __init__(self, form, kit):
        self.form, self.kit, self.facts = form, kit, kit.scenario

    def press(self, button):
        assert not button.disabled, f"{button.description} is disabled in {self.form.step}"
        button.click()
        assert self.form.wait(180)

    def go_on(self):
        self.press(self.form.stepper.on)

    def reach(self, step):
        acts = {Step.SOURCE: self.choose_source, Step.POINT: self.choose_point}
        while self.form.step is not step:
            acts.get(self.form.step, lambda: None)()
            self.go_on()
        return self

    def choose_source(self):
        self.form.source.list.press(self.facts.source)
        assert self.form.wait(180)

    def choose_point(self):
        self.form.point.restore_time = self.facts.restore_time

    def fill_in(self, **wrong):
        plan, fields = self.form.plan, self.form.confirmation
        given = {"name": plan.source_name, "digest": plan.digest[:6], "count": str(plan.new_instances), **wrong}
        fields.name_field.input.value = given["name"]
        fields.digest_field.input.value = given["digest"]
        fields.count_field.input.value = given["count"]
        fields.password.input.value = given.get("password", PASSWORD)

    def recover(self):
        self.reach(Step.CONFIRM).fill_in()
        self.press(self.form.confirmation.submit)
        return self.form
