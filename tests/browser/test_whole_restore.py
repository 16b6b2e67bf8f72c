"""A whole restore, as a person does it on a page: by mouse, by keyboard, in each front end."""


def test_a_restore_by_mouse_alone_in_jupyterlab(open_form):
    opened = open_form()
    form = opened.form.reach("confirm")
    form.submit()
    form.expect_step("results")
    form.expect_state("watch", "done")
    assert len(opened.effective_restores()) == 1
    assert opened.posts() == 1
    assert [one["state"] for one in opened.records()] == ["completed"]
