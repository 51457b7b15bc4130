// The library's own build generates this for a shared library; ours is linked statically.
#pragma once

#define PROMETHEUS_CPP_CORE_EXPORT
