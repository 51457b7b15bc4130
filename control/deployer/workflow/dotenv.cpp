#include "control/deployer/workflow/dotenv.h"

#include <algorithm>
#include <string_view>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

bool is_plain(std::string_view value) {
    return !value.empty() && std::ranges::all_of(value, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-./:,@+%").contains(c);
    });
}

// Compose takes a single-quoted value literally. A value that contains a single quote or a
// backslash needs double quotes, where backslashes and $ are special.
std::string quoted_value(const std::string& value) {
    if (is_plain(value)) return value;
    if (!value.contains('\'') && !value.contains('\\')) return "'" + value + "'";
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\r') {
            out += "\\r";
            continue;
        }
        if (c == '"' || c == '\\' || c == '$') out += '\\';
        out += c;
    }
    return out + "\"";
}

}  // namespace

Result<std::string> dotenv_of(const std::map<std::string, std::string>& values) {
    std::string text;
    for (const auto& [name, value] : values) {
        if (value.contains('\0'))
            return fail(ErrorKind::invalid, "has a NUL in its value", name, "set another value");
        text += name + "=" + quoted_value(value) + "\n";
    }
    return text;
}

}  // namespace control::deployer
