"""Who was told stands on a model's page, for those who may read about notices."""

from pathlib import Path

from tests.api.access.guarded import guarded
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, Site
from tests.api.http.told import all_told
from tests.api.pages.model.looking import links, section, text_of

PAGE = "/models/azure/mistral-large"


def test_its_runs_are_told_with_their_counts(empty: Site) -> None:
    run = all_told(empty)
    told = section(empty.get(PAGE).text, "told")
    assert f"/notices/runs/{run}" in links(told)
    found = empty.read(f"/v1/notices/{run}")
    counts = [str(found[name]) for name in ("expected", "accepted", "failed", "pending", "excluded")]
    assert f"announced {' '.join(counts)} open" in text_of(told)


def test_they_are_told_as_of_a_position(empty: Site) -> None:
    run = all_told(empty)
    before = section(empty.get(PAGE, recorded_at=f"@{run - 1}").text, "told")
    assert "no run was opened" in before


def test_whoever_may_not_read_about_notices_is_told_nothing_of_them(tmp_path: Path) -> None:
    with guarded(tmp_path) as found:
        admin = found.key("admin", "admin")
        found.site.post("/v1/models", LISTING, headers=admin)
        found.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, headers=admin)
        assert 'id="told"' in found.site.get(PAGE, headers=admin).text
        reader = found.site.get(PAGE, headers=found.key("reader", "read")).text
    assert 'id="facts"' in reader
    assert 'id="told"' not in reader
    assert "/notices/runs" not in reader
