#include "control/graphs/kit/tail.h"

namespace control::graphs {

std::string tail_of(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    text.remove_prefix(text.size() - most);
    while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xc0) == 0x80)
        text.remove_prefix(1);
    return "…" + std::string(text);
}

}  // namespace control::graphs
