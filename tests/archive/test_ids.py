from archive.ids import is_id, new_id


def test_an_id_is_ten_characters_that_nobody_misreads() -> None:
    drawn = [new_id() for _ in range(500)]

    assert all(is_id(one) for one in drawn)
    assert len(set(drawn)) == 500
    assert not set("".join(drawn)) & set("ILOU")


def test_what_people_may_type_instead_is_not_an_id() -> None:
    for text in ("", "7K3MZ9QF2", "7K3MZ9QF2AA", "7k3mz9qf2a", "7K3MZ9QF2O", "../../etc/", "7K3MZ9QF2A\n"):
        assert not is_id(text)
