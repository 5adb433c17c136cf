"""What holds for every test: nothing that this machine has set for Openbook reaches it. Also the
servers that tests share."""

from collections.abc import Iterator

import pytest

from tests.peers.llama import run_llama
from tests.test_settings import list_settings


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No settings, no `.env` in the working folder, no proxy between tests and their servers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        for setting in list_settings():
            patch.delenv(setting.name, raising=False)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1,::1")
        patch.setenv("no_proxy", "localhost,127.0.0.1,::1")
        yield


@pytest.fixture(scope="session")
def llama() -> Iterator[str]:
    """The address of a real language model server."""
    with run_llama() as url:
        yield url
