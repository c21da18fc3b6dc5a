//! fractal-v1: the Genesis data set, when ../shared is beside the project.
