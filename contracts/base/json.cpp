#include "contracts/base/json.h"

namespace contracts {

namespace {

// True when brackets outside of strings nest deeper than allowed.
bool nests_too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxJsonDepth) return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
    if (nests_too_deep(text))
        return fail(ErrorKind::invalid,
                    "JSON nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    try {
        return Json::parse(text.begin(), text.end());
    } catch (const Json::parse_error& error) {
        return fail(ErrorKind::invalid, "not valid JSON at byte " + std::to_string(error.byte));
    } catch (const Json::exception&) {
        return fail(ErrorKind::invalid, "not valid JSON: a number is out of range");
    }
}

std::string dump_json(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace contracts
