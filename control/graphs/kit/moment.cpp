#include "control/graphs/kit/moment.h"

namespace control::graphs {

std::string Moment::text(const char* name) const {
    const auto found = body().find(name);
    return found != body().end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint32_t Moment::fixed_random() const {
    std::uint32_t number = 0;
    for (const char c : uuid_of(std::string(turn.thread) + ":" + std::to_string(turn.step)))
        number = number * 31 + static_cast<unsigned char>(c);
    return number;
}

}  // namespace control::graphs
