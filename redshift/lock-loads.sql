-- First in a load: what follows sees all that earlier loads committed. Without it two loads of the same posts at the
-- same time would not see each other's rows, and both would stay.
LOCK TABLE loaded_run
