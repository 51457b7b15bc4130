#include "control/workers/evidence.h"

#include "contracts/base/json.h"

namespace control {

std::string storable(std::string text) {
    // Writing JSON replaces bytes that are not UTF-8.
    if (const auto read = contracts::parse_json(contracts::dump_json(text)))
        text = read->get<std::string>();
    for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;)
        text.replace(at, 1, "\xEF\xBF\xBD");
    return text;
}

}  // namespace control
