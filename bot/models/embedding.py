"""Makes the embedder that the settings ask for."""

from bot.models.local_embedding import LocalEmbedder
from bot.seams import Embedder
from bot.settings import Settings


def build_embedder(settings: Settings) -> Embedder | None:
    """None for `none`: keyword and graph search only. Loads no model and opens no connection.

    Raises SettingsError for an embedder that is not installed.
    """
    match settings.embedder:
        case "local":
            return LocalEmbedder()
        case "e5":
            from bot.models.e5_embedding import E5Embedder

            return E5Embedder()
        case "openai":
            from bot.models.openai_embedding import OpenAIEmbedder

            return OpenAIEmbedder(settings)
        case "none":
            return None
