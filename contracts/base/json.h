// JSON text in and out, without exceptions.
#pragma once

#include "contracts/base/result.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace contracts {

using Json = nlohmann::json;

// Deeper documents are refused: a parser that recurses must not be driven by its input.
inline constexpr std::size_t kMaxJsonDepth = 64;

// Fails with `invalid` and the byte position where the text stops being JSON.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

// One line. Invalid UTF-8 inside strings becomes U+FFFD, so that writing cannot fail.
[[nodiscard]] std::string dump_json(const Json& document);

// Appends `text` as a JSON string, as dump_json does.
void append_json(std::string& out, std::string_view text);

// The text under `key` of an object; empty: no such text.
[[nodiscard]] std::string text_at(const Json& object, std::string_view key);

}  // namespace contracts
