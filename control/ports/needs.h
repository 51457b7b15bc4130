// The ports that a role needs apart from the store and the bus, which every daemon has.
#pragma once

namespace control {

struct Needs {
    bool network = false;  // listens on LISTEN and API_SOCKET
    bool forge = false;
    bool runtime = false;  // and images, if the runtime isolates

    [[nodiscard]] constexpr Needs operator|(Needs other) const {
        return {.network = network || other.network,
                .forge = forge || other.forge,
                .runtime = runtime || other.runtime};
    }
};

}  // namespace control
