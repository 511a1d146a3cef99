"""wn.check with models that are written in Python."""

import pytest

import worknode as wn


def op(process, function, value, start, end, outcome="ok", result=None, key=None):
    return {"process": process, "function": function, "key": key, "value": value, "result": result, "outcome": outcome,
            "invoked": start, "completed": end}


class Register:
    initial = (None,)

    def step(self, state, operation):
        if operation.function == "write":
            return (operation.value,)
        if operation.outcome == "info" or operation.result == state[0]:
            return state
        return None


class Stack:
    """States are lists: they need not be hashable."""

    def initial(self):
        return []

    def step(self, state, operation):
        if operation.function == "push":
            return [*state, operation.value]
        if operation.outcome == "info":
            return state[:-1]
        if operation.result is None:
            return None if state else state
        return state[:-1] if state and state[-1] == operation.result else None


STALE = [op(0, "write", 1, 0, 1), op(0, "write", 2, 2, 3), op(1, "read", None, 4, 5, result=1)]


def test_a_register_in_python_says_what_ours_says():
    verdict = wn.check(STALE, Register())
    assert (verdict.outcome, verdict.model, verdict.consistency) == ("fail", "Register", "linearizable")
    assert 2 in verdict.operations
    assert wn.check(STALE, "register").outcome == "fail"
    assert wn.check(STALE[:2], Register()).outcome == "pass"
    open_write = [op(0, "write", 1, 0, 9), op(1, "read", None, 2, 3, result=1)]
    assert wn.check(open_write, Register()).outcome == wn.check(open_write, "register").outcome == "pass"


def test_keys_are_objects_of_their_own_unless_told():
    rows = [op(0, "write", 1, 0, 1, key="a"), op(1, "read", None, 2, 3, key="b")]

    class Whole(Register):
        split_by_key = False

    assert wn.check(rows, Register()).outcome == "pass"
    assert wn.check(rows, Whole()).outcome == "fail"


def test_states_of_lists():
    rows = [op(0, "push", 1, 0, 1), op(0, "push", 2, 2, 3), op(1, "pop", None, 4, 5, result=2), op(1, "pop", None, 6, 7, result=1)]
    assert wn.check(rows, Stack()).outcome == "pass"
    rows[2], rows[3] = {**rows[2], "result": 1}, {**rows[3], "result": 2}
    verdict = wn.check(rows, Stack())
    assert verdict.outcome == "fail"
    figure = verdict.plot()
    assert any("→ [1, 2]" in text.get_text() for text in figure.axes[0].texts)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_what_the_model_raises_is_raised():
    class Broken(Register):
        def step(self, state, operation):
            raise ZeroDivisionError("in the model")

    with pytest.raises(ZeroDivisionError, match="in the model"):
        wn.check(STALE, Broken())


@pytest.mark.parametrize("model, words", [(object(), "initial"), (type("NoInitial", (), {"step": lambda self, s, o: s})(), "initial"),
                                          (type("Nothing", (), {"initial": None, "step": lambda self, s, o: s})(), "None")])
def test_what_is_no_model_is_refused(model, words):
    with pytest.raises(wn.BadInput, match=words):
        wn.check(STALE, model)
    with pytest.raises(wn.BadInput, match="linearizable"):
        wn.check(STALE, Register(), "sequential")


def test_a_budget_gives_unknown():
    rows = [op(process, "write", process, 0, 100) for process in range(12)]
    rows += [op(20 + i, "read", None, 101 + 2 * i, 102 + 2 * i, result=i) for i in range(2)]
    assert wn.check(rows, Register(), steps=5).outcome == "unknown"
