// The ports that a role needs beyond the store and the bus, which every daemon has.
#pragma once

namespace control {

struct Needs {
    bool network = false;  // listens on LISTEN and API_SOCKET
    bool forge = false;
    bool runtime = false;  // and images, where it isolates

    [[nodiscard]] constexpr Needs operator|(Needs other) const {
        return {.network = network || other.network,
                .forge = forge || other.forge,
                .runtime = runtime || other.runtime};
    }
};

}  // namespace control
