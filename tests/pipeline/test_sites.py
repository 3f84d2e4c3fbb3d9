import pytest

from pipeline.errors import AccessDenied, NotFound
from pipeline.people import leaving, sites
from pipeline.people.sites import BadSite
from pipeline.practice import Practice
from tests.fakes import People


def test_sites_are_named_once_and_list_who_works_there(practice: Practice, people: People):
    key = sites.add(practice, people.archives, name=" Clinique  du Parc ", address="1 rue du Parc", phone="01")
    for name in ("clinique du parc", "Clinique-du-Pârc", "  "):
        with pytest.raises(BadSite):
            sites.add(practice, people.archives, name=name)
    sites.assign(practice, people.archives, "lambert", key)
    sites.assign(practice, people.archives, "lambert", key)
    (site,) = sites.listing(practice, people.claire)
    assert (site.name, site.doctors) == ("Clinique du Parc", (people.lambert.doctor,))
    leaving.leave(practice, people.technique, "lambert")
    assert sites.listing(practice, people.claire)[0].doctors == ()
    with pytest.raises(AccessDenied):
        sites.add(practice, people.claire, name="Ailleurs")
    with pytest.raises(NotFound):
        sites.assign(practice, people.archives, "garnier", "Ailleurs")
