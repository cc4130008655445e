"""What the engines are given to write: values at random, few enough to meet each branch often."""

from hypothesis import strategies as st

digits = st.text("0123456789", max_size=3)
words = st.text("ab<&'\"é %{}\n", max_size=5)
# Where a template asks for a value, it may be there, empty, false, or not be there at all.
numbers = st.integers(0, 3)


def contexts(values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    """Return contexts whose values write nothing but what ``values`` gives."""
    person = st.fixed_dictionaries({"name": values, "code": values})
    items = st.lists(
        st.fixed_dictionaries(
            {"name": values, "vip": st.booleans(), "parts": st.lists(values, max_size=3)}
        ),
        max_size=3,
    )
    return st.fixed_dictionaries(
        {"user": person, "n": numbers, "items": items, "tags": st.lists(values, max_size=3)},
        optional={
            "a": values,
            "b": values,
            "vip": st.booleans(),
            "status": st.sampled_from(["paid", "open", "late"]),
        },
    )
