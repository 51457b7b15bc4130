// What its own build would generate for a shared library. Ours is linked into the daemon.
#pragma once

#define PROMETHEUS_CPP_CORE_EXPORT
