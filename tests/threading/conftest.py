"""Nothing but the profile: threading is pure, so hypothesis may take its time once."""

from hypothesis import settings

settings.register_profile("threading", deadline=None)
settings.load_profile("threading")
