"""The filled Word document is the master: another word processor lays out the same words, and passes the same gate."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline import gate
from pipeline.errors import RenditionRefused
from tests.pipeline.letters_to_lay_out import CONSULTATION, LETTER, OPERATION, drafted

SOFFICE = shutil.which("soffice") or ""
pytestmark = [
    pytest.mark.skipif(not SOFFICE, reason="LibreOffice is optional: it is not on this machine"),
    pytest.mark.timeout(180),
]


def printed(docx: bytes, folder: Path) -> bytes:
    (folder / "letter.docx").write_bytes(docx)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = [SOFFICE, profile, "--headless", "--norestore", "--nolockcheck", "--convert-to", "pdf"]
    subprocess.run([*convert, "--outdir", str(folder), str(folder / "letter.docx")], check=True, capture_output=True)
    return (folder / "letter.pdf").read_bytes()


@pytest.mark.parametrize(
    ("kind", "pieces"), [("consultation", CONSULTATION), ("courrier", LETTER), ("operatoire", OPERATION)]
)
def test_another_word_processor_prints_the_same_letter(tmp_path: Path, kind: str, pieces):
    docx = drafted(pieces, kind=kind).docx
    pdf = printed(docx, tmp_path)
    gate.check(docx, pdf, on_each_page=["DUPONT Jean", "12/03/1954"])
    with pytest.raises(RenditionRefused):
        gate.check(drafted(pieces[:-1], kind=kind).docx, pdf)
